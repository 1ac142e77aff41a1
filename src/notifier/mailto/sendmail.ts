/** Hands mail to the sendmail program, whose exit status says whether it has taken it. */
import { exitStatus } from '../../base/error.ts';
import { printable } from '../../base/printable.ts';
import type { Outcome } from '../notifier.ts';
import { type Ending, killAll, type RunningPrograms, runProgram } from '../program/run-program.ts';
import type { Transport } from './transport.ts';

export interface SendmailSettings {
  /** Absolute path of the program. */
  readonly program: string;
  /** After how long the signal of an attempt aborts, for reasons. */
  readonly attemptTimeoutMs: number;
}

/**
 * The statuses of sysexits(3) that speak of the mail: data, no such user, no such host. All others (no resources, no
 * permission, a wrong configuration, a plain 1) speak of the machine, and an administrator can mend them.
 */
const refusals: ReadonlySet<number> = new Set([exitStatus.data, 67, 68]);

/** What the program gets of the daemon's environment. */
const inherited = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'TZ'];

/** Runs `PROGRAM -i -f SENDER -- RECIPIENT…` (Cyrus `notifyd/notify_mailto.c`) without a shell. */
export function openSendmail({ program, attemptTimeoutMs }: SendmailSettings): Transport {
  const running: RunningPrograms = new Set();
  const environment: Record<string, string> = {};
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return {
    lineEnd: 'lf',
    send: async ({ sender, recipients, text }, signal) => {
      const argv = [program, '-i', '-f', sender === '' ? '<>' : sender, '--', ...recipients] as const;
      const ending = await runProgram({ argv, environment, input: text }, signal, running);
      return outcomeOf(ending, program, attemptTimeoutMs);
    },
    close: async () => killAll(running),
  };
}

/**
 * A program that was stopped or killed before it said that it has taken the mail has not taken it: retry. Should it have
 * done so all the same, the second mail has the Message-ID of the first.
 */
function outcomeOf(ending: Ending, program: string, attemptTimeoutMs: number): Outcome {
  switch (ending.how) {
    case 'exited': {
      if (ending.status === exitStatus.ok) return { status: 'delivered' };
      const status = refusals.has(ending.status) ? 'rejected' : 'retry';
      return { status, reason: `${program} exited with status ${ending.status}${saying(ending.stderr)}` };
    }
    case 'killed':
      return { status: 'retry', reason: `${program} was killed by ${ending.by}${saying(ending.stderr)}` };
    case 'stopped': {
      if (ending.why === 'shutdown')
        return { status: 'retry', reason: `${program} was stopped because the daemon stops` };
      const limit = `${attemptTimeoutMs / 1000} s`;
      return { status: 'retry', reason: `${program} ran longer than ${limit} and was stopped${saying(ending.stderr)}` };
    }
    case 'not started':
      return { status: 'retry', reason: printable(`${program} cannot be started: ${ending.message}`, 500) };
  }
}

function saying(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return lines.length === 0 ? '' : `: ${printable(lines.slice(-3).join(' | '), 500)}`;
}
