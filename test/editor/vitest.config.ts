import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/editor/**/*.test.ts', 'test/package/**/*.test.ts'],
    // One editor at a time: each is a server, an extension host and a browser.
    fileParallelism: false,
    // Each step has its own limit, which tells what it waited for; this is for what has none.
    testTimeout: 900_000,
    hookTimeout: 600_000,
  },
});
