/** What methods that run a program share: what it gets of the daemon's environment, and what its end means for a delivery. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { exitStatus, messageOf } from '../../base/error.ts';
import { printable } from '../../base/printable.ts';
import type { Outcome } from '../notifier.ts';
import type { Ending } from './run-program.ts';

/** How much of standard error a reason quotes: its last lines. */
const quoted = { lines: 3, lineLength: 200 };

/** Why a program cannot be run; undefined when it can. Worth a warning, no refusal: it may be installed later, and the attempts wait for it. */
export function whyNotExecutable(path: string): Promise<string | undefined> {
  return access(path, constants.X_OK).then(() => undefined, messageOf);
}

/** These variables of the daemon's own environment; the rest (inherited sockets, credentials) stays with the daemon. */
export function inherited(names: readonly string[]): Readonly<Record<string, string>> {
  const values = names.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(values.filter((one): one is [string, string] => one[1] !== undefined));
}

/**
 * Exit status 0 is delivered. Of any other, and of the code of the system by which it was not started, `isFinal` says whether
 * the notification is rejected. One that was stopped or killed before it said that it has done its work has not done it: retry.
 */
export function outcomeOf(
  ending: Ending,
  program: string,
  attemptTimeoutMs: number,
  isFinal: (why: number | string) => boolean,
): Outcome {
  const statusOf = (why: number | string): 'rejected' | 'retry' => (isFinal(why) ? 'rejected' : 'retry');
  switch (ending.how) {
    case 'exited': {
      const { status, stderr } = ending;
      if (status === exitStatus.ok) return { status: 'delivered' };
      return { status: statusOf(status), reason: `${program} exited with status ${status}${saying(stderr)}` };
    }
    case 'killed':
      return { status: 'retry', reason: `${program} was killed by ${ending.by}${saying(ending.stderr)}` };
    case 'stopped': {
      if (ending.why === 'shutdown')
        return { status: 'retry', reason: `${program} was stopped because the daemon stops` };
      const limit = `${attemptTimeoutMs / 1000} s`;
      return { status: 'retry', reason: `${program} ran longer than ${limit} and was stopped${saying(ending.stderr)}` };
    }
    case 'not started': {
      const { code = '' } = ending;
      return { status: statusOf(code), reason: notStartedText(program, ending) };
    }
  }
}

/** That `program` was not started, by the error of the system. */
export function notStartedText(
  program: string,
  error: { readonly code?: string | undefined; readonly message: string },
): string {
  const hint = error.code === 'ENOENT' ? ' (it, or the interpreter named in its first line, is missing)' : '';
  return `${printable(`${program} cannot be started: ${error.message}`, 500)}${hint}`;
}

/** The last lines of standard error, for the end of a reason. */
export function saying(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const last = lines.slice(-quoted.lines).map((line) => printable(line, quoted.lineLength));
  return last.length > 0 ? `: ${last.join(' | ')}` : '';
}
