import { defineConfig } from 'vitest/config';

/**
 * Two kinds of tests, told apart by their names: `*.system.test.ts` starts processes or threads, sends much, or waits for
 * the operating system; every other `*.test.ts` does not, and test/unit.setup.ts sees to it. End-to-end runs need built
 * code or real peers: they have an npm script of their own, and benchmarks are no tests.
 */
export default defineConfig({
  test: {
    env: { UV_THREADPOOL_SIZE: '8' },
    // None of these is waited for in a run that passes. They must hold on a machine that does four other things as well.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 120_000 } },
    pool: 'forks',
    // No test changes what others see of a module, and starting a process for each file takes half of the time.
    isolate: false,
    // By default one processor is left free, which on a machine of two is half of it.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/**/*.system.test.ts'],
          setupFiles: ['test/properties.setup.ts', 'test/unit.setup.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/**/*.system.test.ts'],
          exclude: ['test/e2e/**'],
          setupFiles: ['test/properties.setup.ts'],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
