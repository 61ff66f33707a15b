import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/editor/**/*.test.ts', 'test/package/**/*.test.ts'],
    // One editor at a time: each is a server, an extension host and a browser.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
