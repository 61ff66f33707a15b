import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts', 'test/protocol/**/*.test.ts'],
    // Long, because a machine that is doing other things is no failure.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // nvcc and g++ run under these tests and want the cores for themselves.
    maxWorkers: 2,
    minWorkers: 1,
  },
});
