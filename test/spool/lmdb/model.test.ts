import fc from 'fast-check';
import { it } from 'vitest';
import { actions, begin, compare, end } from './model.ts';

/** Milliseconds; `FUZZ_SECONDS` gives it longer. */
const forMs = Number(process.env['FUZZ_SECONDS'] ?? 3) * 1000;

it(
  'does whatever is asked of it exactly as the spool in memory does, across crashes and reopenings',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands([...actions], { maxCommands: 60, size: 'max' }), async (commands) => {
        const both = await begin();
        try {
          await fc.asyncModelRun(() => both, commands);
          await compare(both.model, both.real);
        } finally {
          await end(both.real);
        }
      }),
      { numRuns: 100_000, interruptAfterTimeLimit: forMs },
    );
  },
  forMs + 60_000,
);
