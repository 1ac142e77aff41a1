/** What an intake is run with in a test: a function that keeps requests, or throws, with ids made up for them. */

import type { RawRequest } from '../../src/base/request.ts';
import type { Accept } from '../../src/intake/intake.ts';

/** The ids are `id1`, `id2`, … in the order in which the requests are kept. */
export function taking(keep: (requests: readonly RawRequest[]) => Promise<void>): Accept {
  let kept = 0;
  return async (requests) => {
    await keep(requests);
    const before = kept + 1;
    kept += requests.length;
    return { idOf: (index) => `id${before + index}` };
  };
}
