// How long nvcc's words take from the last keystroke: nvcc itself, its device front end, and waiting front ends,
// (and clangd, where it is installed; CLANGD names another one) side by side in one run. `node test/bench/diagnostics.bench.mjs [FILE.cu …]`; without files, three of its own.
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const rounds = Number(process.env['ROUNDS'] ?? 7);
const work = await mkdtemp(path.join(os.tmpdir(), 'kernel-lens-bench-'));

/** The toolchain room as the product has it, bundled for this run. */
async function loadToolchain() {
  const outfile = path.join(work, 'toolchain.mjs');
  const contents = `export * from './server/src/toolchain'; export { WarmChecker } from './server/src/toolchain/warm';`;
  await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return import(pathToFileURL(outfile).href);
}

const kernel = (/** @type {number} */ i) => `__global__ void k${i}(float* p, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) p[i] = p[i] * ${i}.0f + 1.0f;
}
`;
const kernels = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => kernel(i)).join('\n');

const sources = {
  '30 lines': `#include <cstdio>\n${kernels(6)}int main() { k0<<<1, 32>>>(nullptr, 0); printf("x"); }\n`,
  '3,000 lines': `#include <cstdio>\n#include <vector>\n${kernels(600)}int main() { k0<<<1, 32>>>(nullptr, 0); }\n`,
  'Thrust and CUB': `#include <thrust/device_vector.h>
#include <thrust/sort.h>
#include <thrust/reduce.h>
#include <cub/cub.cuh>
#include <cooperative_groups.h>
${kernels(20)}int main() { thrust::device_vector<int> v(4); thrust::sort(v.begin(), v.end()); return thrust::reduce(v.begin(), v.end()); }
`,
};

/**
 * clangd's time from an edit to its diagnostics, where it is installed; its preamble is warm, as ours is.
 * @param {{ root: string }} toolkit @param {string} file @param {string} clean @param {string} wrong
 */
async function clangd(toolkit, file, clean, wrong) {
  const stubs = path.join(work, 'stubs');
  await mkdir(stubs, { recursive: true });
  // Two headers that clang asks for and CUDA 13 no longer has.
  for (const name of ['texture_fetch_functions.h', 'curand_mtgp32_kernel.h'])
    await writeFile(path.join(stubs, name), '');
  const program = process.env['CLANGD'] ?? 'clangd';
  const child = spawn(program, ['--background-index=false', '--log=error'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const gone = new Promise((resolve) => child.once('error', () => resolve(undefined)));
  const started = await Promise.race([gone, new Promise((resolve) => child.once('spawn', () => resolve(true)))]);
  if (started === undefined) return undefined;
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  /** @type {(version: number) => void} */
  let arrived = () => undefined;
  connection.onNotification('textDocument/publishDiagnostics', (/** @type {{ version?: number }} */ { version }) =>
    arrived(version ?? 0),
  );
  connection.listen();
  const flags = [
    '-xcuda',
    `--cuda-path=${toolkit.root}`,
    '--cuda-gpu-arch=sm_90',
    '-Wno-unknown-cuda-version',
    `-isystem${toolkit.root}/include/cccl`,
    `-I${stubs}`,
  ];
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    initializationOptions: { fallbackFlags: flags },
  });
  await connection.sendNotification('initialized', {});
  const uri = pathToFileURL(file).href;
  /** @param {number} version @param {() => Promise<void>} act */
  const answered = async (version, act) => {
    const answer = new Promise((resolve) => (arrived = (seen) => seen >= version && resolve(undefined)));
    const began = performance.now();
    await act();
    await answer;
    return performance.now() - began;
  };
  await answered(1, () =>
    connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'cuda', version: 1, text: clean },
    }),
  );
  /** @type {Record<string, number[]>} */
  const times = { 'clangd, clean': [], 'clangd, error': [] };
  for (let round = 0; round < rounds; round++) {
    for (const [what, text] of [
      ['clangd, error', wrong],
      ['clangd, clean', clean],
    ]) {
      const version = round * 2 + (what === 'clangd, error' ? 2 : 3);
      const change = { textDocument: { uri, version }, contentChanges: [{ text }] };
      times[what ?? '']?.push(
        await answered(version, () => connection.sendNotification('textDocument/didChange', change)),
      );
    }
  }
  connection.dispose();
  child.kill();
  return times;
}

const median = (/** @type {number[]} */ values) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

try {
  const { locateToolkit, diagnose, WarmChecker } = await loadToolchain();
  const search = await locateToolkit({ setting: '', hostCompiler: '' });
  if (!search.found) throw new Error(search.message);
  const { toolkit } = search;
  const { signal } = new AbortController();
  /** @type {[string, string][]} */
  const named = await Promise.all(
    process.argv.slice(2).map(async (file) => /** @type {[string, string]} */ ([file, await readFile(file, 'utf8')])),
  );
  const all = named.length > 0 ? named : Object.entries(sources);

  console.log(`CUDA ${toolkit.version.full}, ${rounds} rounds, milliseconds: median (share of nvcc -c)\n`);
  for (const [name, text] of all) {
    const file = named.length > 0 ? path.resolve(name) : path.join(work, 'source.cu');
    await writeFile(path.join(work, 'source.cu'), text);
    const wrong = text.replace(/p\[i\] \*|;\n\}/, (found) =>
      found.startsWith('p') ? 'undeclared *' : '; undeclared;\n}',
    );
    const common = { toolkit, file, architecture: 'sm_90', flags: [], timeLimitMs: 300_000, signal };
    const checker = new WarmChecker(common);
    /** @type {Record<string, number[]>} */
    const times = {};
    /** @param {string} what @param {() => Promise<unknown>} act */
    const measure = async (what, act) => {
      const started = performance.now();
      await act();
      (times[what] ??= []).push(performance.now() - started);
    };
    for (let round = 0; round < rounds; round++) {
      await measure('nvcc -c', () => diagnose({ ...common, text, depth: 'full' }));
      await measure('device front end', () => diagnose({ ...common, text, depth: 'syntax' }));
      for (const [what, content] of [
        ['clean', text],
        ['error', wrong],
      ]) {
        checker.warm(content);
        // As long as it takes to have parsed the headers; while people type, this passes unnoticed.
        await new Promise((resolve) =>
          setTimeout(resolve, Math.max(1500, (times['device front end']?.[0] ?? 0) * 1.5)),
        );
        const started = performance.now();
        const answer = await checker.check(content, signal, () =>
          (times[`waiting, ${what}: host pass`] ??= []).push(performance.now() - started),
        );
        (times[`waiting, ${what}: both passes`] ??= []).push(performance.now() - started);
        if (answer.status !== 'ok') throw new Error(JSON.stringify(answer));
      }
    }
    await checker.dispose();
    Object.assign(times, await clangd(toolkit, file, text, wrong));
    const base = median(times['nvcc -c'] ?? []);
    console.log(name);
    for (const [what, values] of Object.entries(times)) {
      const value = median(values);
      console.log(`  ${what.padEnd(30)} ${value.toFixed(0).padStart(7)}  (${(value / base).toFixed(3)})`);
    }
  }
} finally {
  await rm(work, { recursive: true, force: true });
}
