// Bundles the extension into dist/: client, server, cli, the GPU runner's child, and the files they read.
import { build, context } from 'esbuild';
import { cp, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const dist = path.join(root, 'dist');
const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: production ? false : 'linked',
  minify: production,
  logLevel: 'warning',
  external: ['vscode', 'koffi'],
  define: { 'import.meta.url': '__importMetaUrl' },
  banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
};

const entries = {
  client: 'client/src/extension.ts',
  server: 'server/src/main.ts',
  cli: 'server/src/cli.ts',
  'gpu-runner': 'server/src/runner/gpu/child/main.ts',
};

async function copyAssets() {
  await mkdir(dist, { recursive: true });
  await cp(require.resolve('web-tree-sitter/web-tree-sitter.wasm'), path.join(dist, 'web-tree-sitter.wasm'));
  await cp(
    require.resolve('tree-sitter-cuda/package.json').replace('package.json', 'tree-sitter-cuda.wasm'),
    path.join(dist, 'tree-sitter-cuda.wasm'),
  );
  // Headers and runtime that stand in for CUDA when a kernel runs on the CPU.
  await cp(path.join(root, 'server/runtime'), path.join(dist, 'runtime'), { recursive: true, force: true }).catch(
    (error) => {
      if (error.code !== 'ENOENT') throw error;
    },
  );
}

await rm(dist, { recursive: true, force: true });
await copyAssets();
const options = {
  ...common,
  entryPoints: Object.entries(entries).map(([out, file]) => ({ in: file, out })),
  outdir: dist,
};
if (watch) await (await context(options)).watch();
else await build(options);
