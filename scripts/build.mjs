// Bundles the extension into dist/: client, server, cli, the processes beside them, and the files they read.
import { build, context } from 'esbuild';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const dist = path.join(root, 'dist');
const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: production ? false : 'linked',
  minify: production,
  legalComments: production ? 'linked' : 'none',
  logLevel: 'warning',
  external: ['vscode', 'koffi'],
  define: { 'import.meta.url': '__importMetaUrl' },
  banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
};

const entries = {
  client: 'client/src/extension.ts',
  server: 'server/src/main.ts',
  cli: 'server/src/cli.ts',
  'check-worker': 'server/src/cli/check-worker.ts',
  keeper: 'server/src/process/keeper-main.ts',
  'trace-worker': 'server/src/runner/trace/worker.ts',
  'report-worker': 'server/src/profiler/nsys/worker.ts',
  'gpu-runner': 'server/src/runner/gpu/child/main.ts',
  'gpu-once': 'server/src/runner/gpu/child/once.ts',
};

/** Scripts of the pages beside the editor, each `dist/webviews/<name>.js`. */
const webviews = await readdir(path.join(root, 'client/src/webviews'), { withFileTypes: true }).then((found) =>
  found.filter((entry) => entry.isDirectory() && entry.name !== 'lib').map(({ name }) => name),
);

/** The platform whose native files go into dist/; another one when packaging for it. */
const platform = argument('--platform') ?? `${process.platform}-${process.arch}`;

/** @param {string} name */
function argument(name) {
  return process.argv.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1);
}

async function copyAssets() {
  await mkdir(dist, { recursive: true });
  await cp(require.resolve('web-tree-sitter/web-tree-sitter.wasm'), path.join(dist, 'web-tree-sitter.wasm'));
  const grammar = path.join(path.dirname(require.resolve('tree-sitter-cuda/package.json')), 'tree-sitter-cuda.wasm');
  await cp(grammar, path.join(dist, 'tree-sitter-cuda.wasm'));
  await cp(require.resolve('sql.js/dist/sql-wasm.wasm'), path.join(dist, 'sql-wasm.wasm'));
  // Headers and runtime that stand in for CUDA when a kernel runs on the CPU.
  // Removed first: a source file that is gone must not be compiled any more.
  await rm(path.join(dist, 'runtime'), { recursive: true, force: true });
  await cp(path.join(root, 'server/runtime'), path.join(dist, 'runtime'), { recursive: true });
  await copyKoffi();
}

/** koffi loads a native file that no bundler can follow, so its few files travel as they are: `require('<dist>/koffi')`. */
async function copyKoffi() {
  const to = path.join(dist, 'koffi');
  const koffi = path.dirname(require.resolve('koffi'));
  for (const file of [
    'package.json',
    'LICENSE.txt',
    'index.cjs',
    'src/koffi/index.cjs',
    'src/koffi/src/static.cjs',
    'src/koffi/src/trampolines.cjs',
  ]) {
    await cp(path.join(koffi, file), path.join(to, 'koffi', file));
  }
  // The native part is looked for beside the folder of koffi itself.
  const native = `@koromix/koffi-${platform}`;
  const from = argument('--native') ?? path.join(koffi, '..', native);
  await cp(from, path.join(to, native), { recursive: true });
  await writeFile(path.join(to, 'index.js'), "module.exports = require('./koffi/index.cjs');\n");
}

// Not while developing: a running editor still reads the files of the build before.
if (production) await rm(dist, { recursive: true, force: true });
await copyAssets();
const options = {
  ...common,
  entryPoints: Object.entries(entries).map(([out, file]) => ({ in: file, out })),
  outdir: dist,
};
/** @type {import('esbuild').BuildOptions} */
const webviewOptions = {
  ...common,
  platform: 'browser',
  target: 'chrome120',
  format: 'iife',
  external: [],
  define: {},
  banner: {},
  entryPoints: webviews.map((name) => ({ in: `client/src/webviews/${name}/main.ts`, out: name })),
  outdir: path.join(dist, 'webviews'),
};
for (const each of webviews.length > 0 ? [options, webviewOptions] : [options]) {
  if (watch) await (await context(each)).watch();
  else await build(each);
}
