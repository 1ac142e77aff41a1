/** An observer for tests that watch something else. */
import type { Observer } from '../../src/dispatch/consumer-parts.ts';

export const quietObserver: Observer = {
  attempted() {},
  delivered() {},
  filtered() {},
  filteredWhileHeld() {},
  coalesced() {},
  unusable() {},
  discarded() {},
  becameDead() {},
  breaker() {},
  throttled() {},
  recovered() {},
};
