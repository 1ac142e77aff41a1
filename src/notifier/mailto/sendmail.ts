/** Hands mail to the sendmail program, whose exit status says whether it has taken it. */
import { exitStatus } from '../../base/error.ts';
import { inherited, outcomeOf } from '../program/program-outcome.ts';
import { killAll, type RunningPrograms, runProgram } from '../program/run-program.ts';
import { ambiguous } from './smtp-failure.ts';
import type { Transport } from './transport.ts';

/**
 * The statuses of sysexits(3) that speak of the mail: data, no such user, no such host. All others (no resources, no
 * permission, a wrong configuration, a plain 1) speak of the machine, and an administrator can mend them.
 */
const refusals: ReadonlySet<number> = new Set([exitStatus.data, 67, 68]);

/**
 * Runs `PROGRAM -i -f SENDER -- RECIPIENT…` (Cyrus `notifyd/notify_mailto.c`) without a shell. One that was stopped or killed
 * may have taken the mail all the same (msmtp waits for its server's answer): such a mail is given up, as over SMTP.
 * `attemptTimeoutMs`: after how long the signal of an attempt aborts, for reasons.
 */
export function openSendmail(program: string, attemptTimeoutMs: number): Transport {
  const running: RunningPrograms = new Set();
  const environment = inherited(['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'TZ']);
  return {
    lineEnd: 'lf',
    send: async ({ sender, recipients, text }, signal) => {
      const argv = [program, '-i', '-f', sender === '' ? '<>' : sender, '--', ...recipients] as const;
      const ending = await runProgram({ argv, environment, input: text }, signal, running);
      const outcome = outcomeOf(
        ending,
        program,
        attemptTimeoutMs,
        (why) => typeof why === 'number' && refusals.has(why),
      );
      if (outcome.status !== 'retry' || (ending.how !== 'stopped' && ending.how !== 'killed')) return outcome;
      return { status: 'rejected', reason: `${outcome.reason}: ${ambiguous('the program')}` };
    },
    close: async () => killAll(running),
  };
}
