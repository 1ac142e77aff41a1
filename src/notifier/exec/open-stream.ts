/** Opens method exec in stream mode. */
import type { Notifier, Services } from '../notifier.ts';
import { jobNotifier } from '../program/job-notifier.ts';
import type { Program } from '../program/started-program.ts';
import type { Answers } from './stream-answer.ts';
import { streamProgram } from './stream-program.ts';

interface Stream {
  /** The most deliveries that have been sent and not confirmed. */
  readonly window: number;
  readonly answers: Answers;
}

export function openStream(
  program: Omit<Program, 'input'>,
  { window, answers }: Stream,
  { log, now, random, attemptTimeoutMs, test }: Services,
): Notifier {
  const [path] = program.argv;
  const settings = { size: window, path, log, now, random, attemptTimeoutMs, jobSize: () => 1 };
  return jobNotifier(settings, streamProgram(program, answers, { log, now, test }));
}
