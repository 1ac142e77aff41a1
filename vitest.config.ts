import { defineConfig } from 'vitest/config';

// End-to-end runs and benchmarks need built code or real peers: they have npm scripts of their own.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'test/bench/**'],
    env: { UV_THREADPOOL_SIZE: '8' },
    testTimeout: 20_000,
    hookTimeout: 20_000,
    pool: 'forks',
    // No test changes what others see of a module, and starting a process for each file takes half of the time.
    isolate: false,
    // By default one processor is left free, which on a machine of two is half of it.
    maxWorkers: '100%',
  },
});
