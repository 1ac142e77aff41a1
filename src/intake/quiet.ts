/** Waits, at the end of an intake, for those who have sent before the end was told. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Handover } from './handover.ts';

/** Turns of the event loop in which nothing has come after which nothing is on its way from this machine. */
const quietTurns = 3;

/**
 * Resolves when those who have sent have their answers, or do not stop sending for `farewellMs`. `activity` is a count that
 * rises with whatever comes in.
 */
export async function untilQuiet(into: Handover, activity: () => number, farewellMs: number): Promise<void> {
  const end = performance.now() + farewellMs;
  for (let seen = -1; seen !== activity() && performance.now() < end; ) {
    seen = activity();
    for (let turn = 0; turn < quietTurns; turn += 1) await nextTurn();
    await into.settled();
  }
}
