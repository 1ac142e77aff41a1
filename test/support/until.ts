/** Waits for a state, never for a time: a test takes as long as the machine needs. */
import { setTimeout as sleep } from 'node:timers/promises';

type State<T> = () => T | undefined | false | Promise<T | undefined | false>;

const longestPauseMs = 1000;

interface Wait {
  readonly deadlineMs?: number;
  /** What there is instead of what is awaited, for the error. */
  readonly seen?: () => string;
}

/**
 * Resolves with what `state` answers once that is neither undefined nor false. Rejects after `deadlineMs`, saying `what`
 * was awaited. A state that is named costs more than one that is not, and is looked at less often.
 */
export async function until<T>(state: State<T>, deadlineMs?: number): Promise<T>;
export async function until<T>(what: string, state: State<T>, wait?: Wait): Promise<T>;
export async function until<T>(what: string | State<T>, second?: State<T> | number, wait: Wait = {}): Promise<T> {
  const state = typeof second === 'function' ? second : (what as State<T>);
  const isNamed = typeof what === 'string';
  const { seen = () => '' } = wait;
  const deadlineMs = typeof second === 'number' ? second : (wait.deadlineMs ?? (isNamed ? 240_000 : 120_000));
  const end = performance.now() + deadlineMs;
  for (;;) {
    const lookedAt = performance.now();
    const answer = await state();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) {
      const instead = seen();
      throw new Error(`waited ${deadlineMs / 1000} s for: ${what}${instead === '' ? '' : `; instead: ${instead}`}`);
    }
    // By time: so often the state is looked at, and less often where looking itself takes the processor from what is awaited.
    const tookMs = performance.now() - lookedAt;
    await sleep(Math.max(isNamed ? 50 : 2, Math.min(3 * tookMs, longestPauseMs)));
  }
}
