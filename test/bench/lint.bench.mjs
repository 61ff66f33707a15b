// From a one-character edit to findings: `node test/bench/lint.bench.mjs`. Prints median and 95th percentile; asserts nothing.
import { build } from 'esbuild';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(import.meta.url);
const folder = await mkdtemp(path.join(os.tmpdir(), 'kernel-lens-bench-'));

/** About 50 lines, as in a file with many kernels and their launches. */
const part = (n) => `
constexpr int TILE_${n} = 16;
#define BLOCK_${n} 256

// Adds two vectors and keeps the block's sum.
__global__ void add_${n}(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, float* sums, int n) {
  __shared__ float cache[BLOCK_${n}];
  int tid = threadIdx.x;
  int i = blockIdx.x * blockDim.x + tid;
  float v = i < n ? a[i] + b[i] : 0.0f;
  if (i < n) c[i] = v;
  cache[tid] = v;
  __syncthreads();
  for (int s = blockDim.x / 2; s > 0; s >>= 1) {
    if (tid < s) cache[tid] += cache[tid + s];
    __syncthreads();
  }
  if (tid == 0) sums[blockIdx.x] = cache[0];
}

template <typename T>
__global__ void multiply_${n}(const T* a, const T* b, T* c, int m, int n, int k) {
  int row = blockIdx.y * blockDim.y + threadIdx.y;
  int col = blockIdx.x * blockDim.x + threadIdx.x;
  if (row >= m || col >= n) return;
  T sum = 0;
  for (int p = 0; p < k; ++p) sum += a[row * k + p] * b[p * n + col];
  c[row * n + col] = sum;
}

void run_${n}(int n, int m, int k) {
  float *a, *b, *c, *sums;
  const size_t bytes = (size_t)n * m * sizeof(float);
  CHECK(cudaMalloc(&a, bytes));
  CHECK(cudaMalloc(&b, bytes));
  CHECK(cudaMalloc(&c, bytes));
  int threads = BLOCK_${n};
  int blocks = (n + threads - 1) / threads;
  CHECK(cudaMalloc(&sums, blocks * sizeof(float)));
  add_${n}<<<blocks, threads>>>(a, b, c, sums, n);
  dim3 block(TILE_${n}, TILE_${n});
  dim3 grid((n + block.x - 1) / block.x, (m + block.y - 1) / block.y);
  multiply_${n}<float><<<grid, block>>>(a, b, c, m, n, k);
  CHECK(cudaGetLastError());
  cudaFree(a);
  cudaFree(b);
  cudaFree(c);
  cudaFree(sums);
}
`;

function quantile(samples, q) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

try {
  const bundle = path.join(folder, 'analysis.cjs');
  await build({
    entryPoints: [path.join(root, 'server/src/analysis/index.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: bundle,
    define: { 'import.meta.url': '__importMetaUrl' },
    banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    logLevel: 'error',
  });
  const { createParser, buildModel, lint } = (await import(pathToFileURL(bundle).href)).default;
  const grammar = path.join(path.dirname(require.resolve('tree-sitter-cuda/package.json')), 'tree-sitter-cuda.wasm');
  const start = performance.now();
  const parser = await createParser({
    runtimeWasm: await readFile(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    grammarWasm: await readFile(grammar),
  });
  console.log(`start of the parser: ${(performance.now() - start).toFixed(0)} ms`);
  console.log('lines   open    edit→findings median   p95   (parse median, model + rules median)');
  for (const lines of [300, 3_000, 10_000, 50_000]) {
    const length = part(0).split('\n').length - 1;
    const text = Array.from({ length: Math.ceil(lines / length) }, (_, n) => part(n)).join('');
    const opened = performance.now();
    const document = parser.parse(text);
    lint(document, buildModel(document));
    const open = performance.now() - opened;
    const offset = text.indexOf('float v = i < n', Math.floor(text.length / 2)) + 6;
    const totals = [];
    const parses = [];
    const rest = [];
    const rounds = lines > 10_000 ? 60 : 200;
    for (let round = 0; round < rounds; round++) {
      // Type a character in a kernel in the middle of the file, and take it back.
      const edit = round % 2 === 0 ? { offset, removed: 0, text: 'x' } : { offset, removed: 1, text: '' };
      const t0 = performance.now();
      document.edit([edit]);
      const t1 = performance.now();
      lint(document, buildModel(document));
      const t2 = performance.now();
      if (round < 10) continue;
      totals.push(t2 - t0);
      parses.push(t1 - t0);
      rest.push(t2 - t1);
    }
    const ms = (samples, q) => quantile(samples, q).toFixed(1).padStart(6);
    console.log(
      `${String(lines).padStart(6)} ${open.toFixed(0).padStart(6)} ${ms(totals, 0.5)} ms ${ms(totals, 0.95)} ms` +
        `   (${ms(parses, 0.5)}, ${ms(rest, 0.5)})`,
    );
    document.dispose();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
