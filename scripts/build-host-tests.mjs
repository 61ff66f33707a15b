// Bundles the extension-host suite into dist-test/host/, one file a suite. Mocha stays outside: it is found in node_modules.
import { build } from 'esbuild';
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { root } from './lib/paths.mjs';

const from = path.join(root, 'test/host');
const outdir = path.join(root, 'dist-test/host');
const entryPoints = readdirSync(from)
  .filter((file) => file === 'index.ts' || file.endsWith('.test.ts'))
  .map((file) => path.join(from, file));

await rm(outdir, { recursive: true, force: true });
await build({
  entryPoints,
  outdir,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: 'inline',
  external: ['vscode', 'mocha'],
  logLevel: 'warning',
});
