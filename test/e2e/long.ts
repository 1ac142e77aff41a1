/** Whether the runs go to their full length (`npm run e2e:long`), or only as far as each change needs (`npm run e2e`). */
export const isLong = process.env['LONG_RUNS'] !== undefined;
