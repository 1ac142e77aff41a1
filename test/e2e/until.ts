/** Waits for a state, never for a time: the runs below take as long as the machine needs. */
import { setTimeout as sleep } from 'node:timers/promises';

/** How often a state is looked at. */
const intervalMs = 50;

/**
 * Resolves with what `state` answers once that is neither undefined nor false. Rejects after `deadlineMs`, saying `what`
 * was awaited and, when `seen` tells it, what there is instead.
 */
export async function until<T>(
  what: string,
  state: () => T | undefined | false | Promise<T | undefined | false>,
  { deadlineMs = 240_000, seen = () => '' }: { readonly deadlineMs?: number; readonly seen?: () => string } = {},
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const answer = await state();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) {
      const instead = seen();
      throw new Error(`waited ${deadlineMs / 1000} s for: ${what}${instead === '' ? '' : `; instead: ${instead}`}`);
    }
    await sleep(intervalMs);
  }
}
