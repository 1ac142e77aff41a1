import fc, { type AsyncCommand } from 'fast-check';
import { afterAll, it } from 'vitest';
import { fuzzRuns, fuzzTimeoutMs } from '../../fuzz/fuzz.ts';
import { actions, begin, compare, end, type Model, type Real } from './model.ts';

/** The run that is under way when the time is over goes on by itself. */
let running: Promise<void> = Promise.resolve();
afterAll(() => running.catch(() => {}));

async function run(commands: Iterable<AsyncCommand<Model, Real>>): Promise<void> {
  const both = await begin();
  try {
    await fc.asyncModelRun(() => both, commands);
    await compare(both.model, both.real);
  } finally {
    await end(both.real);
  }
}

it(
  'does whatever is asked of it exactly as the spool in memory does, across crashes and reopenings',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands([...actions], { maxCommands: 60, size: 'max' }), (commands) => {
        running = run(commands);
        return running;
      }),
      fuzzRuns(15),
    );
  },
  fuzzTimeoutMs + 60_000,
);
