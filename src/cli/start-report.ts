/** Says on standard error what stands in the way of a start: as the other commands do on a terminal, else as lines of the log. */
import { asBelfryError } from '../base/error.ts';
import { type ConfigProblem, renderProblems } from '../config/problem.ts';
import { logProblems } from '../daemon/lifetime.ts';
import { openDaemonLog } from '../log/daemon-log.ts';
import { formFor } from '../log/line-form.ts';
import { fail } from './failure.ts';
import type { CommandIo } from './io.ts';

export interface StartReport {
  /** Mistakes and warnings of the configuration. */
  problems(problems: readonly ConfigProblem[]): void;
  /** Why there is no daemon; sets the status of the process. */
  failure(thrown: unknown): void;
}

const standardError = 2;

/** `io.err` must still write to standard error. `wanted`: the flag --output. */
export function openStartReport(
  io: Pick<CommandIo, 'err' | 'exit'>,
  wanted: 'json' | 'text' | undefined,
  environment: NodeJS.ProcessEnv,
): StartReport {
  const form = formFor(standardError, wanted, environment);
  if (form.isText) {
    return {
      problems: (problems) => io.err(renderProblems(problems)),
      failure: (thrown) => fail(thrown, io),
    };
  }
  const { log, flushSync } = openDaemonLog('info', standardError, form);
  return {
    problems(problems) {
      logProblems(problems, log);
      flushSync();
    },
    failure(thrown) {
      const { code, message, exitStatus } = asBelfryError(thrown);
      log.fatal({ code, exitStatus }, message);
      flushSync();
      io.exit(exitStatus);
    },
  };
}
