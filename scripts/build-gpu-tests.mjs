// Bundles the GPU suite into dist-test/gpu/: the tests and, beside them, the processes they start.
// Run it on a machine with a GPU, from the repository's root: node --test dist-test/gpu/
import { build } from 'esbuild';
import { existsSync, readdirSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { root } from './lib/paths.mjs';

const from = path.join(root, 'test/gpu');
const outdir = path.join(root, 'dist-test/gpu');
const tests = readdirSync(from).filter((file) => file.endsWith('.test.ts'));

await rm(outdir, { recursive: true, force: true });
await build({
  entryPoints: [
    ...tests.map((file) => ({ in: path.join(from, file), out: path.basename(file, '.ts') })),
    { in: path.join(root, 'server/src/runner/gpu/child/main.ts'), out: 'gpu-runner' },
    { in: path.join(root, 'server/src/runner/gpu/child/once.ts'), out: 'gpu-once' },
    { in: path.join(root, 'server/src/process/keeper-main.ts'), out: 'keeper' },
    { in: path.join(root, 'server/src/runner/trace/worker.ts'), out: 'trace-worker' },
  ],
  outdir,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: 'linked',
  external: ['koffi'],
  define: { 'import.meta.url': '__importMetaUrl' },
  banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
});

const require = createRequire(import.meta.url);
const grammar = path.join(path.dirname(require.resolve('tree-sitter-cuda/package.json')), 'tree-sitter-cuda.wasm');
await cp(require.resolve('web-tree-sitter/web-tree-sitter.wasm'), path.join(outdir, 'web-tree-sitter.wasm'));
await cp(grammar, path.join(outdir, 'tree-sitter-cuda.wasm'));
await cp(path.join(root, 'server/runtime'), path.join(outdir, 'runtime'), { recursive: true });
// The folder then runs by itself, also where there is no node_modules.
const koffi = path.join(root, 'dist/koffi');
if (existsSync(koffi)) await cp(koffi, path.join(outdir, 'koffi'), { recursive: true });
