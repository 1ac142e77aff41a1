import { defineConfig } from 'vitest/config';

// End-to-end runs need built code or real peers: they have an npm script of their own, and benchmarks are no tests.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**'],
    setupFiles: ['test/properties.setup.ts'],
    env: { UV_THREADPOOL_SIZE: '8' },
    // None of these is waited for in a run that passes. They must hold on a machine that does four other things as well.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    // No test changes what others see of a module, and starting a process for each file takes half of the time.
    isolate: false,
    // By default one processor is left free, which on a machine of two is half of it.
    maxWorkers: '100%',
  },
});
