/** What a plan reads beyond the launch itself: branches of #if, headers, the launch's function and its callers. */
import { describe, expect, it } from 'vitest';
import { buildModel, createParser } from '../../../server/src/analysis';
import { Imports } from '../../../server/src/analysis/model/imports';
import { originOf } from '../../../server/src/analysis/model/positions';
import { planLaunch, type LaunchingFile } from '../../../server/src/runner/plan';
import { parserFiles } from '../../support/parser-files';
import { buffer, counts, planFor, scalar } from './support';

const index = 'int i = blockIdx.x * blockDim.x + threadIdx.x;';

describe('conditional code', () => {
  const source = (define: string) => `${define}
#ifdef USE_DP
typedef double real;
#define BLOCK 64
#else
typedef float real;
#define BLOCK 128
#endif
__global__ void k(real* x, real f, int n) { ${index} if (i < n) x[i] *= f; }
int main() { int n = 1000; real* x; cudaMalloc(&x, n * sizeof(real)); k<<<(n + BLOCK - 1) / BLOCK, BLOCK>>>(x, 2, n); }`;

  it('counts as a compiler takes it that is given no macros', async () => {
    const plan = await planFor(source(''), 'k');
    expect(plan.block).toEqual([128, 1, 1]);
    expect(buffer(plan, 'x')).toMatchObject({ count: 1000, element: { scalar: 'f32' } });
    expect(scalar(plan, 'f')).toMatchObject({ scalar: 'f32' });
  });

  it('follows the macros of the file', async () => {
    const plan = await planFor(source('#define USE_DP'), 'k');
    expect(plan.block).toEqual([64, 1, 1]);
    expect(buffer(plan, 'x')).toMatchObject({ count: 1000, element: { scalar: 'f64' } });
  });
});

describe('macros of the project', () => {
  const planned = async (text: string, macros: string, kernel = 'k') => {
    const parser = await createParser(await parserFiles());
    const model = buildModel(parser.parse(text), new Imports([parser.parse(macros)]));
    const plan = planLaunch({ model, text, file: '/home/user/k.cu', kernel, defaults: { elements: 2 ** 20 } });
    if ('message' in plan) throw new Error(plan.message);
    return plan;
  };

  it('decide which types and sizes count', async () => {
    const text = `#ifndef BLOCK
#define BLOCK 128
#endif
#if PRECISION == 2 && !defined(SLOW)
typedef double real;
#elif PRECISION == 1
typedef __half real;
#else
typedef float real;
#endif
__global__ void k(real* x, int n) { ${index} if (i < n) x[i] *= 2; }
int main() { int n = 1000; real* x; cudaMalloc(&x, n * sizeof(real)); k<<<(n + BLOCK - 1) / BLOCK, BLOCK>>>(x, n); }`;
    const double = await planned(text, '#define PRECISION 2\n#define BLOCK 64\n');
    expect(double.block).toEqual([64, 1, 1]);
    expect(buffer(double, 'x')).toMatchObject({ count: 1000, element: { scalar: 'f64' } });
    const half = await planned(text, '#define PRECISION 1\n');
    expect(half.block).toEqual([128, 1, 1]);
    expect(buffer(half, 'x').element.scalar).toBe('f16');
    expect(buffer(await planned(text, '#define PRECISION 2\n#define SLOW\n'), 'x').element.scalar).toBe('f32');
  });

  it('decide which kernel and which launch are meant', async () => {
    const text = `#ifdef WIDE
__global__ void k(float4* x) { x[blockIdx.x * blockDim.x + threadIdx.x] = float4(); }
#else
__global__ void k(float* x) { x[blockIdx.x * blockDim.x + threadIdx.x] = 0; }
#endif
__global__ void l(float* x) { x[threadIdx.x] = 0; }
void run(float* x, int n) {
#if defined(WIDE) && LANES > 2
  l<<<1, n>>>(x);
#else
  l<<<1, 64>>>(x);
#endif
}`;
    const wide = '#define WIDE 1\n#define LANES 4\n';
    expect([buffer(await planned(text, wide), 'x').element.lanes]).toEqual([4]);
    expect(buffer(await planned(text, '#define NARROW\n'), 'x').element.lanes).toBe(1);
    expect((await planned(text, wide, 'l')).launch).toEqual({ index: 0, count: 2 });
    expect((await planned(text, '#define NARROW\n', 'l')).launch).toEqual({ index: 1, count: 2 });
  });
});

describe('a launch in another file', () => {
  const kernels = `template <typename T> __global__ void k(const T* in, T* out, int n) { ${index} if (i < n) out[i] = in[i]; }
__global__ void l(float* x, int n) { ${index} if (i < n) x[i] = 0; }`;
  const host = `#include "kernels.cuh"
__global__ void l(float* x, int n);
int main() {
  int n = 5000;
  double *a, *b;
  cudaMalloc(&a, n * sizeof(double));
  cudaMalloc(&b, (n + 8) * sizeof(double));
  k<double><<<(n + 127) / 128, 128>>>(a + 8, b, n);
  l<<<1, 32>>>((float*)a, 7);
}`;

  async function planned(kernel: string, extra: { includes: boolean; text?: string }) {
    const parser = await createParser(await parserFiles());
    const own = extra.text ?? kernels;
    const ownKernel = 'template <typename T> __global__ void k(const T* in, T* out, int n) { out[n] = in[0]; }';
    const text = extra.includes ? host : host.replace('#include "kernels.cuh"', ownKernel);
    const imports = extra.includes ? new Imports([parser.parse(kernels, originOf(0))]) : undefined;
    const elsewhere: LaunchingFile = {
      file: '/home/user/main.cu',
      text,
      model: buildModel(parser.parse(text), imports),
      includes: extra.includes,
    };
    const model = buildModel(parser.parse(own));
    const file = '/home/user/kernels.cuh';
    const plan = planLaunch({
      model,
      text: own,
      file,
      kernel,
      defaults: { elements: 2 ** 20 },
      elsewhere: [elsewhere],
    });
    if ('message' in plan) throw new Error(plan.message);
    return plan;
  }

  it('tells grid, arguments and buffers, and says where it stands', async () => {
    const plan = await planned('k', { includes: true });
    const from = { file: '/home/user/main.cu' };
    expect(plan.templateArguments).toEqual(['double']);
    expect([plan.grid, plan.block]).toEqual([
      [40, 1, 1],
      [128, 1, 1],
    ]);
    expect(plan.provenance.grid).toEqual({ kind: 'launchSite', line: 8, ...from });
    expect(scalar(plan, 'n')).toMatchObject({ value: '5000', provenance: { kind: 'launchSite', line: 8, ...from } });
    expect(buffer(plan, 'in')).toMatchObject({
      count: 5000,
      offset: 8,
      provenance: { kind: 'allocation', line: 6, ...from },
    });
    expect(buffer(plan, 'out')).toMatchObject({ count: 5008, provenance: { kind: 'allocation', line: 7, ...from } });
    // The index counts launches of the kernel's own file.
    expect(plan.launch).toBeUndefined();
  });

  it('counts through a declaration, but not where another file defines its own kernel of that name', async () => {
    const through = await planned('l', { includes: false });
    expect(through.provenance.block).toMatchObject({ kind: 'launchSite', line: 9 });
    const unrelated = await planned('k', { includes: false });
    expect(unrelated.provenance.block.kind).toBe('default');
  });

  it('is left alone where the file launches the kernel itself', async () => {
    const text = `${kernels}
void own(float* x) { l<<<2, 64>>>(x, 100); }`;
    const plan = await planned('l', { includes: false, text });
    expect(plan.provenance.grid).toEqual({ kind: 'launchSite', line: 3 });
    expect(scalar(plan, 'n').value).toBe('100');
  });
});

describe('headers', () => {
  it('give sizes and types, one of several where conditions decide', async () => {
    const header = `#if !defined(SMALL)
#define STANDARD
#endif
#ifdef SMALL
#define N 64
#endif
#ifdef STANDARD
#define N 4096
#endif
#define DATA_TYPE float
`;
    const text = `#include "sizes.h"
__global__ void k(DATA_TYPE* a, DATA_TYPE* y, int n) { ${index} if (i < n) for (int j = 0; j < N; j++) y[i] += a[i * N + j]; }
void run(DATA_TYPE* a, DATA_TYPE* y, int n) { k<<<n / 256, 256>>>(a, y, n); }
int main() { int n = N; run(0, 0, n); }`;
    const parser = await createParser(await parserFiles());
    const model = buildModel(parser.parse(text), new Imports([parser.parse(header)]));
    const plan = planLaunch({ model, text, file: '/home/user/k.cu', kernel: 'k', defaults: { elements: 2 ** 20 } });
    if ('message' in plan) throw new Error(plan.message);
    expect(plan.grid).toEqual([16, 1, 1]);
    expect(scalar(plan, 'n').value).toBe('4096');
    expect(counts(plan)).toEqual({ a: 4096 * 4096, y: 4096 });
    expect(buffer(plan, 'a').element.scalar).toBe('f32');
  });
});

describe('functions that launch', () => {
  const launcher = (call: string) => `
__global__ void k(float* x, int n) { ${index} if (i < n) x[i] = 1; }
void run(float* d, int count) { k<<<(count + 255) / 256, 256>>>(d, count); }
int main() { int size = 3000; float* mem; cudaMalloc(&mem, size * sizeof(float)); ${call} }`;

  it('take what their one call passes', async () => {
    const plan = await planFor(launcher('run(mem, size);'), 'k');
    expect(scalar(plan, 'n')).toMatchObject({ value: '3000', provenance: { kind: 'launchSite', line: 3 } });
    expect(buffer(plan, 'x')).toMatchObject({ count: 3000, provenance: { kind: 'allocation', line: 4 } });
    expect(plan.grid).toEqual([12, 1, 1]);
  });

  it('say what is assumed where several calls differ', async () => {
    const plan = await planFor(launcher('run(mem, size); run(mem, 7);'), 'k');
    expect(scalar(plan, 'n')).toMatchObject({ value: '3000', provenance: { kind: 'default' } });
  });
});

describe('arrays of the host', () => {
  it('give the sizes that the launch takes from them', async () => {
    const plan = await planFor(
      `__global__ void k(float* x, int n) { ${index} if (i < n) x[i] = 1; }
void run(float* x) {
  int sizes[2], counts[] = {3000, 5};
  sizes[0] = 1; sizes[1] = 99;
  sizes[1] = 64;
  for (int c = 0; c < 2; c++) k<<<(counts[c] + sizes[1] - 1) / sizes[1], sizes[1]>>>(x, counts[c]);
}`,
      'k',
    );
    expect([plan.grid, plan.block, scalar(plan, 'n').value]).toEqual([[47, 1, 1], [64, 1, 1], '3000']);
  });
});

describe('shared memory of a launch', () => {
  const planned = (size: string) =>
    planFor(
      `extern int threads(int); __global__ void k(float* x) { extern __shared__ float s[]; s[threadIdx.x] = 1; x[threadIdx.x] = s[0]; }
void run(float* x) { k<<<1, threads(3), ${size}>>>(x); }`,
      'k',
    );

  it('is not too little for a block that the plan chooses', async () => {
    const little = await planned('16');
    expect(little.block).toEqual([256, 1, 1]);
    expect(little).toMatchObject({ sharedBytes: 1024, provenance: { sharedBytes: { kind: 'default' } } });
    const much = await planned('4096');
    expect(much).toMatchObject({ sharedBytes: 4096, provenance: { sharedBytes: { kind: 'launchSite' } } });
  });
});

describe('pointers', () => {
  it('may stand inside of their memory', async () => {
    const plan = await planFor(
      `__global__ void k(const float* in, float* out) { ${index} out[i] = in[i - 4] + in[i + 4]; }
int main() { float *in, *out; cudaMalloc(&in, 264 * 4); cudaMalloc(&out, 264 * 4); k<<<1, 256>>>(in + 4, &out[8]); }`,
      'k',
    );
    expect(buffer(plan, 'in')).toMatchObject({ count: 264, offset: 4 });
    expect(buffer(plan, 'out')).toMatchObject({ count: 264, offset: 8 });
  });

  it('are followed through variables and parameters to the memory that they stand in', async () => {
    const plan = await planFor(
      `__global__ void k(const float* in, float* out, float* more) { ${index} out[i] = in[i - 1] + in[i + 1]; more[i] = 0; }
void run(float* from, float* to) {
  float* inner = from + 2;
  k<<<1, 256>>>(inner + 1, to, (float*)from);
}
int main() {
  float* all;
  cudaMalloc(&all, 1000 * sizeof(float));
  float *half = all + 500, *other = all;
  run(all, half);
}`,
      'k',
    );
    const from = { kind: 'allocation', line: 8 };
    expect(buffer(plan, 'in')).toMatchObject({ count: 1000, offset: 3, provenance: from });
    expect(buffer(plan, 'out')).toMatchObject({ count: 1000, offset: 500, provenance: from });
    expect(buffer(plan, 'more')).toMatchObject({ count: 1000, provenance: from });
    expect(buffer(plan, 'more').offset).toBeUndefined();
  });

  it('keep their place where what is added is not known', async () => {
    const plan = await planFor(
      `__global__ void k(float* x) { ${index} x[i] = 0; }
void run(float* all, int rank) { float* own = all + offsetOf(rank); k<<<1, 256>>>(own + 8); }`,
      'k',
    );
    expect(buffer(plan, 'x').offset).toBeUndefined();
  });

  it('reach as far as a wider access through a macro, and as what other buffers hold', async () => {
    const plan = await planFor(
      `#define FLOAT4(value) (reinterpret_cast<float4*>(&(value))[0])
template <int THREADS = 256 / 4>
__global__ void k(float* x, float* y, const int* at, float* table, int n) {
  int i = 4 * (blockIdx.x * THREADS + threadIdx.x);
  if (i < n) { FLOAT4(y[i]) = FLOAT4(x[i]); x[0] += table[1000000 * at[i]]; }
}`,
      'k',
      2 ** 12,
    );
    expect(plan.block).toEqual([64, 1, 1]);
    expect(counts(plan)).toMatchObject({ x: 4096, y: 4096, table: 2 ** 28 / 4 });
  });
});

describe('parameters that the kernel counts up', () => {
  const reached = async (statements: string) => {
    const kernel = `__global__ void k(float* x, int at, int n) { ${statements} }`;
    return counts(await planFor(`${kernel} void run(float* x) { k<<<1, 32>>>(x, 3, 1000); }`, 'k')).x;
  };

  it('reach further than what is passed, as far as a loop tells', async () => {
    expect(await reached('for (; at < n; at += blockDim.x) x[at] = 1;')).toBe(1000);
    // Where it does not, no index is believed.
    expect(await reached('for (int i = threadIdx.x; i < n; i++) { x[at] = i; ++at; }')).toBeGreaterThanOrEqual(1000);
    expect(await reached('at += 3; x[at] = 1;')).toBeLessThan(16);
  });
});

describe('memory whose size was assumed', () => {
  it('is as large as the data where the indices do not tell', async () => {
    const plan = await planFor(
      `__device__ int place(int w, int x, int y);
__global__ void k(float* image, int w, int h) {
  int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x < w && y < h) image[place(w, x, y)] = 0;
}
void run(int w, int h, size_t image_size) {
  float* image;
  cudaMalloc(&image, image_size * sizeof(float));
  k<<<dim3(w / 16, h / 16), dim3(16, 16)>>>(image, w, h);
}`,
      'k',
    );
    expect(buffer(plan, 'image').count).toBe(Number(scalar(plan, 'w').value) * Number(scalar(plan, 'h').value));
  });
});

describe('guards', () => {
  const reached = async (statements: string) =>
    counts(await planFor(`__global__ void k(float* x, float* y, int n) { ${index} ${statements} }`, 'k', 1000));

  it('bound what stands in them only', async () => {
    expect(await reached('if (i < n) y[i] = x[i];')).toEqual({ x: 1000, y: 1000 });
    expect(await reached('if (i >= n) return; y[i] = x[i];')).toEqual({ x: 1000, y: 1000 });
    expect(await reached('y[i] = (i < n) ? x[i] : 0;')).toEqual({ x: 1000, y: 1024 });
    expect(await reached('float v = x[i]; if (i < n) { y[i] = v; }')).toEqual({ x: 1024, y: 1000 });
    expect(await reached('bool in = i < n; if (in) y[i] = x[i];')).toEqual({ x: 1000, y: 1000 });
  });
});
