/**
 * Whether tests go to their full length (LONG_RUNS=1: `npm run e2e:long`, and `LONG_RUNS=1 npm test`), or only as far as each
 * change needs: then they repeat less, and leave out nothing.
 */
export const isLong = process.env['LONG_RUNS'] !== undefined;

/** How often a property is tried: `times` in a long run, a third of it otherwise. */
export const tries = (times: number): number => (isLong ? times : Math.ceil(times / 3));
