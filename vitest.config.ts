import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts', 'test/protocol/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // nvcc and g++ run under these tests and want the cores for themselves.
    maxWorkers: 2,
    minWorkers: 1,
  },
});
