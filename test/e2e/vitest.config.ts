/**
 * Runs the real process against real peers. Each file has a directory and ports of its own, so they run beside each other;
 * those that say how long something takes have the machine to themselves.
 */
import { defineConfig } from 'vitest/config';

/** Their limits are of time or rate, and what else runs would be measured as well. */
const flooding = ['test/e2e/hang.test.ts'];
/** These do next to nothing while time passes, so they may pass it together. */
const timing = ['test/e2e/dovecot-waits.test.ts', 'test/e2e/service-manager.test.ts'];

// biome-ignore lint/style/noDefaultExport: vitest takes its configuration from the default export
export default defineConfig({
  test: {
    disableConsoleIntercept: true,
    reporters: ['verbose'],
    // None of these is waited for in a run that passes. They must hold on a machine that does four other things as well.
    testTimeout: 1_800_000,
    hookTimeout: 300_000,
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'beside',
          include: ['test/e2e/**/*.test.ts'],
          exclude: [...flooding, ...timing],
          // They wait more than they compute.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'timing', include: timing, maxWorkers: 2, sequence: { groupOrder: 1 } } },
      { extends: true, test: { name: 'alone', include: flooding, maxWorkers: 1, sequence: { groupOrder: 2 } } },
    ],
  },
});
