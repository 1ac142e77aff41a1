/** Waits for the end of an intake, and then for the clients that have sent before it. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { ShutdownWatch } from '../os/shutdown-watch.ts';
import type { Handover } from './handover.ts';

/** Turns of the event loop in which nothing has come after which nothing is on its way from this machine. */
const quietTurns = 3;

/**
 * Resolves with false when `signal` aborts, or before that, with true, when the socket that was handed over and is
 * watched is shut down.
 */
export async function untilShutdown(signal: AbortSignal, watch: ShutdownWatch | undefined): Promise<boolean> {
  if (watch !== undefined) return watch.wait(signal);
  while (!signal.aborted) await sleep(2 ** 30, undefined, { signal }).catch(() => {});
  return false;
}

/**
 * Resolves when all clients have their answers, or have not stopped sending for `farewellMs`. `activity` is a count that
 * rises with whatever comes in.
 */
export async function untilIdle(into: Handover, activity: () => number, farewellMs: number): Promise<void> {
  const end = performance.now() + farewellMs;
  for (let seen = -1; seen !== activity() && performance.now() < end; ) {
    seen = activity();
    for (let turn = 0; turn < quietTurns; turn += 1) await nextTurn();
    await into.settled();
  }
}
