import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createParser, type CudaParser } from '../../../server/src/analysis';
import { applicationOf, trialsOf, type Trial } from '../../../server/src/tuning';
import { applied } from '../../../server/src/tuning/knobs';
import { parserFiles } from '../../support/parser-files';

let parser: Promise<CudaParser> | undefined;

async function sourceOf(text: string, kernel: string) {
  const ready = await (parser ??= parserFiles().then(createParser));
  const file = '/home/user/kernels/test.cu';
  return { parser: ready, imports: undefined, text, file, kernel, elements: 2 ** 20, target: {} };
}

async function trials(text: string, kernel = 'k'): Promise<readonly Trial[]> {
  const found = trialsOf(await sourceOf(text, kernel));
  if ('message' in found) throw new Error(found.message);
  return found.trials;
}

/** `256: 4 × 256` for what is tried, `96: reason` for the rest. */
function shown(trial: Trial): string {
  const values = trial.values.map(({ value }) => value).join(' ');
  if ('reason' in trial.prepared) return `${values}: ${trial.prepared.reason}`;
  const { grid, block } = trial.prepared.plan;
  return `${values}: ${grid.join('x')} × ${block.join('x')}`;
}

const example = (name: string) => readFileSync(path.resolve(__dirname, '../../../examples', name), 'utf8');

/** The text that Apply makes of a source. */
async function apply(text: string, values: Record<string, string>, kernel = 'k') {
  const list = Object.entries(values).map(([name, value]) => ({ name, value }));
  const answer = applicationOf(await sourceOf(text, kernel), list);
  return 'edits' in answer ? applied(text, answer.edits) : answer.message;
}

const guarded = 'int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) a[i] = 1;';
const scale = (host: string, body = guarded, before = '') =>
  `${before}__global__ void k(float* a, int n) { ${body} }\nint main() {\n  const int n = 1000;\n  float* a;\n  cudaMalloc(&a, n * sizeof(float));\n  ${host}\n  cudaDeviceSynchronize();\n}\n`;

describe('configurations of a launch', () => {
  it('start from the launch that was chosen', async () => {
    const text = scale('k<<<(n + 255) / 256, 256>>>(a, n); k<<<(n + 63) / 64, 64>>>(a, n);');
    const source = await sourceOf(text, 'k');
    const present = (choice: { launch?: number }) => {
      const found = trialsOf({ ...source, choice });
      return 'message' in found ? found.message : shown(found.trials[0]!);
    };
    expect(present({ launch: 0 })).toBe('256: 4x1x1 × 256x1x1');
    expect(present({ launch: 1 })).toBe('64: 16x1x1 × 64x1x1');
  });

  it('follow a literal into the grid that is rounded up for it', async () => {
    const text = scale('k<<<(n + 255) / 256, 256>>>(a, n);');
    const all = await trials(text);
    expect(all.map(shown)).toEqual([
      '256: 4x1x1 × 256x1x1',
      '32: 32x1x1 × 32x1x1',
      '64: 16x1x1 × 64x1x1',
      '96: 11x1x1 × 96x1x1',
      '128: 8x1x1 × 128x1x1',
      '192: 6x1x1 × 192x1x1',
      '384: 3x1x1 × 384x1x1',
      '512: 2x1x1 × 512x1x1',
      '768: 2x1x1 × 768x1x1',
      '1024: 1x1x1 × 1024x1x1',
    ]);
    // Host code only: one build serves all.
    expect(all.every(({ prepared }) => 'text' in prepared && prepared.text === text)).toBe(true);
    expect(await apply(text, { 'block.x': '128' })).toContain('k<<<(n + 127) / 128, 128>>>(a, n);');
  });

  it('follow a variable, and leave other numbers alone', async () => {
    const text = scale('int threads = 256;\n  int other = 256;\n  k<<<(n + threads - 1) / threads, threads>>>(a, n);');
    expect((await trials(text)).map(shown)).toContain('512: 2x1x1 × 512x1x1');
    const changed = await apply(text, { threads: '512' });
    expect(changed).toContain('int threads = 512;\n  int other = 256;');
  });

  it('follow a constant into the kernel, which is then built for each', async () => {
    const text = example('matrix_multiply.cu');
    const all = await trials(text, 'matrixMultiply');
    expect(all.map(shown)).toEqual([
      '16: 13x13x1 × 16x16x1',
      '4: 50x50x1 × 4x4x1',
      '8: 25x25x1 × 8x8x1',
      '32: 7x7x1 × 32x32x1',
    ]);
    const texts = all.map(({ prepared }) => ('text' in prepared ? prepared.text : ''));
    expect(texts[3]).toContain('constexpr int TILE = 32;');
    expect(new Set(texts).size).toBe(4);
    expect(await apply(text, { TILE: '32' }, 'matrixMultiply')).toBe(text.replace('TILE = 16', 'TILE = 32'));
  });

  it('take a macro, and both axes of a block by themselves', async () => {
    const body =
      'int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y; if (x < n && y < n) a[y * n + x] = 1;';
    const text = scale(
      'dim3 block(BX, 8);\n  dim3 grid((n + BX - 1) / BX, (n + 7) / 8);\n  k<<<grid, block>>>(a, n);',
      body,
      '#define BX 32 // columns\n',
    ).replace('n * sizeof', 'n * n * sizeof');
    const all = await trials(text);
    expect(all[0]?.values).toEqual([
      { name: 'BX', value: '32' },
      { name: 'block.y', value: '8' },
    ]);
    expect(all.map(shown)).toContain('64 4: 16x250x1 × 64x4x1');
    expect(all.map(shown)).toContain('128 2: 8x500x1 × 128x2x1');
    expect(await apply(text, { BX: '64', 'block.y': '4' })).toMatch(
      /#define BX 64 \/\/ columns[\s\S]*dim3 block\(BX, 4\);\s*dim3 grid\(\(n \+ BX - 1\) \/ BX, \(n \+ 3\) \/ 4\);/,
    );
  });

  it('keep the number of threads of a grid that is a number, where that comes out even', async () => {
    const text = scale('k<<<6, 256>>>(a, n);').replace('n = 1000', 'n = 1536');
    const all = (await trials(text)).map(shown);
    expect(all).toContain('512: 3x1x1 × 512x1x1');
    expect(all).toContain('384: 4x1x1 × 384x1x1');
    expect(all.find((line) => line.startsWith('1024:'))).toContain('does not come out even');
    expect(await apply(text, { 'block.x': '128' })).toContain('k<<<12, 128>>>');
  });

  it('are left out where the grid would no longer cover the problem', async () => {
    const text = scale('int threads = 100;\n  k<<<n / threads, threads>>>(a, n);');
    const all = (await trials(text)).map(shown);
    expect(all[0]).toBe('100: 10x1x1 × 100x1x1');
    expect(all.find((line) => line.startsWith('1024:'))).toMatch(/empty|nothing|follow/);
    expect(all.find((line) => line.startsWith('768:'))).toMatch(/768 threads along x where there were 1000/);
  });

  it('are left out with what the lint finds in them', async () => {
    const body =
      '__shared__ float s[256]; s[threadIdx.x] = a[blockIdx.x * blockDim.x + threadIdx.x]; __syncthreads(); a[blockIdx.x * blockDim.x + threadIdx.x] = s[blockDim.x - 1 - threadIdx.x];';
    const text = scale('k<<<n / 256, 256>>>(a, n);', body).replace('n = 1000', 'n = 1024');
    const all = (await trials(text)).map(shown);
    expect(all).toContain('128: 8x1x1 × 128x1x1');
    expect(all.find((line) => line.startsWith('512:'))).toContain('[shared-index-out-of-bounds]');
    // Threads that share memory meet in powers of two.
    expect(all.some((line) => line.startsWith('96:'))).toBe(false);
    const literal = scale('k<<<(n + 255) / 256, 256>>>(a, n);', guarded.replace('blockDim.x', '256')).replace(
      'n = 1000',
      'n = 1000000',
    );
    expect((await trials(literal)).map(shown).filter((line) => !line.includes('[')).length).toBe(1);
  });

  it('respect __launch_bounds__', async () => {
    const text = scale('k<<<(n + 255) / 256, 256>>>(a, n);').replace('void k', 'void __launch_bounds__(256) k');
    const all = (await trials(text)).map(shown);
    expect(all.find((line) => line.startsWith('512:'))).toContain('[launch-bounds-exceeded]');
    expect(all.find((line) => line.startsWith('128:'))).toBe('128: 8x1x1 × 128x1x1');
  });

  it('are blocks of the directive where the launch computes its own, and Apply says so', async () => {
    const text = scale('int threads = atoi("7");\n  k<<<(n + threads - 1) / threads, threads>>>(a, n);');
    const all = (await trials(text)).map(shown);
    expect(all).toContain('128: 8x1x1 × 128x1x1');
    const answer = applicationOf(await sourceOf(text, 'k'), [{ name: 'block', value: '128' }]);
    if (!('edits' in answer)) throw new Error(answer.message);
    expect(applied(text, answer.edits)).toBe(`// kernel-lens: block=128\n${text}`);
    expect(answer.message).toContain('for Kernel Lens only');
  });

  it('do not take a variable that is assigned again', async () => {
    const text = scale('int threads = 256;\n  threads *= 2;\n  k<<<(n + threads - 1) / threads, threads>>>(a, n);');
    expect((await trials(text))[1]?.values[0]?.name).toBe('block');
  });

  it('combine what the directive lists with blocks, template parameters and constants', async () => {
    const text = `constexpr int ITEMS = 1;
// kernel-lens: block=64|128, V=1|2, ITEMS=1|4, n=1<<10..1<<12
template <int V> __global__ void k(float* a, int n) { int i = (blockIdx.x * blockDim.x + threadIdx.x) * V * ITEMS; if (i < n) a[i] = 1; }
void f(float* a, int n) { k<1><<<(n + 255) / 256, 256>>>(a, n); }
`;
    const all = await trials(text);
    // 2 × 2 × 2, of which the present one is among them.
    expect(all).toHaveLength(8);
    expect(all[0]?.values).toEqual([
      { name: 'block', value: '64' },
      { name: 'V', value: '1' },
      { name: 'ITEMS', value: '1' },
    ]);
    const last = all.at(-1);
    expect(last?.values.map(({ value }) => value)).toEqual(['128', '2', '4']);
    expect(last && 'plan' in last.prepared && last.prepared.plan.templateArguments).toEqual(['2']);
    expect(last && 'text' in last.prepared && last.prepared.text).toContain('ITEMS = 4;');
    expect(await apply(text, { block: '128', V: '2', ITEMS: '4' })).toContain(
      'constexpr int ITEMS = 4;\n// kernel-lens: block=128|64, V=2|1, ITEMS=4|1, n=1<<10..1<<12',
    );
  });

  it('says that a configuration is the present one, or that it is gone', async () => {
    const text = scale('k<<<(n + 255) / 256, 256>>>(a, n);');
    expect(await apply(text, { 'block.x': '256' })).toContain('already');
    expect(await apply(text, { TILE: '32' })).toContain('tune again');
  });

  it('need a kernel that can be planned', async () => {
    expect(trialsOf(await sourceOf('', 'k'))).toEqual({ message: 'There is no kernel named k in this file.' });
  });
});
