import { describe, expect, it } from 'vitest';
import {
  argumentsByParameter,
  findAllocation,
  kernelOf,
  launchesOf,
  lineOf,
  type Dim3Value,
  type FileModel,
} from '../../../server/src/analysis';
import { modelOf } from './support';

const shape = ({ x, y, z }: Dim3Value): (string | bigint | number)[] => [x, y, z].map((v) => (v.known ? v.value : '?'));
const shapes = (model: FileModel): unknown[] => model.launches.map(({ grid, block }) => [shape(grid), shape(block)]);

describe('kernels', () => {
  it('reads names, parameters, shared memory, bounds and axes', async () => {
    const source = `
namespace ns { namespace inner::deep {
template <typename T, int K = 4>
__global__ void __launch_bounds__(256, 2, 1) scale(const T* __restrict__ in, T *out, unsigned int n, float4 v, int (&r)[2], size_t = 3) {
  extern __shared__ T dyn[];
  __shared__ float tile[16][K + 1];
  out[threadIdx.x + blockIdx.y] = in[n] + threadIdx.z;
}
} }
extern "C" __global__ void plain(float* a);
__device__ void helper(float* a) {}
struct S { static __global__ void member(int* p) { p[0] = 1; } };
`;
    const { kernels } = await modelOf(source);
    expect(kernels.map(({ name }) => name)).toEqual(['ns::inner::deep::scale', 'plain', 'S::member']);
    const [scale, plain] = kernels;
    expect(
      scale!.parameters.map(({ name, type, access }) => [
        name,
        type.text,
        type.base,
        type.pointers,
        type.const,
        access,
      ]),
    ).toEqual([
      ['in', 'const T* __restrict__', 'T', 1, true, 'read'],
      ['out', 'T *', 'T', 1, false, 'write'],
      ['n', 'unsigned int', 'unsigned int', 0, false, 'unknown'],
      ['v', 'float4', 'float4', 0, false, 'unknown'],
      ['r', 'int (&)[2]', 'int', 1, false, 'unknown'],
      ['', 'size_t = 3', 'size_t', 0, false, 'unknown'],
    ]);
    expect(scale!.templateParameters).toEqual([
      { kind: 'type', name: 'T' },
      { kind: 'value', name: 'K', type: 'int', default: '4' },
    ]);
    expect(
      scale!.shared.map(({ name, type, dynamic, extents }) => [name, type, dynamic, extents.map((e) => e.text)]),
    ).toEqual([
      ['dyn', 'T', true, []],
      ['tile', 'float', false, ['16', 'K + 1']],
    ]);
    expect(scale!.maxThreads!.value).toEqual({ known: true, value: 256n });
    expect([scale!.threadAxes, scale!.blockAxes]).toEqual(['xz', 'y']);
    expect(source.slice(scale!.span.start, scale!.span.start + 8)).toBe('template');
    expect(source.slice(scale!.body!.start, scale!.body!.start + 1)).toBe('{');
    expect(source.slice(scale!.nameSpan.start, scale!.nameSpan.end)).toBe('scale');
    expect(plain!.body).toBeUndefined();
  });

  it.each([
    ['a[i] = 1;', 'write'],
    ['x = a[i];', 'read'],
    ['a[i] += 1;', 'readwrite'],
    ['a[i]++;', 'readwrite'],
    ['*a = 2;', 'write'],
    ['*(a + i) = x;', 'write'],
    ['atomicAdd(&a[i], 1.0f);', 'readwrite'],
    ['atomicAdd(a + i, 1.0f);', 'readwrite'],
    ['float* q = a + 3; q[i] = 1;', 'write'],
    ['float4 v = reinterpret_cast<float4*>(a)[i];', 'read'],
    ['reinterpret_cast<float4*>(&a[i])[0] = v;', 'write'],
    ['float4* q = (float4*)a; q[i].x = 1;', 'write'],
    ['x = __ldg(&a[i]);', 'read'],
    ['set(a, i);', 'write'],
    ['x = get(a, i) + a[i];', 'read'],
    ['elsewhere(a);', 'unknown'],
    ['if (a == nullptr) return;', 'unknown'],
    ['a[b[i]] = a[i];', 'readwrite'],
    ['float& r = a[i]; r = 1;', 'unknown'],
  ])('%s makes the access %s', async (body, access) => {
    const helpers =
      '__device__ void set(float* p, int i) { p[i] = 1; }\n__device__ float get(const float* p, int i) { return p[i]; }';
    const { kernels } = await modelOf(
      `${helpers}\n__global__ void k(float* a, int* b, int i, float x, float4 v) { ${body} }`,
    );
    expect(kernels[0]!.parameters[0]!.access).toBe(access);
  });

  it.each([
    ['EXPORT __global__ void k(int a) {}', 'k'],
    ['__global__ ATTRIBUTES void k(int a) {}', 'k'],
    ['__global__ void BOUNDS(256) k(int a) {}', 'k'],
    ['__global__ __launch_bounds__(128, 1, 2) void k(int a) {}', 'k'],
    ['__global__ __cluster_dims__(2, 1, 1) void k(int a) {}', 'k'],
    ['__global__ void __maxnreg__(64) k(int a) {}', 'k'],
    ['namespace EXPORT outer { __global__ void k(int a) {} }', 'outer::k'],
    ['struct __align__(16) V { float x; };\n__global__ void k(V a) {}', 'k'],
    ['template <> __global__ void k<float>(int a) {}', 'k'],
    ['__global__ void k(int a) { auto f = [=] __device__ (int i) { return i; }; f(a); }', 'k'],
    ['__global__ void k(int a) {}\n#include "tail.h"', 'k'],
  ])('finds the kernel in %s', async (source, name) => {
    const { kernels } = await modelOf(source);
    expect(kernels.map((kernel) => [kernel.name, kernel.parameters.length, kernel.broken])).toEqual([[name, 1, false]]);
  });
});

describe('launches', () => {
  it('folds dim3 in every spelling', async () => {
    const source = `
#define BX 8
__global__ void k();
void f(int bx, int by, dim3 given) {
  const int n = 1000, t = 256;
  dim3 a(BX, 4); dim3 b = dim3(2); dim3 c{3, 3, 3}; dim3 d = {16, 16}; dim3 e; e.x = 5; e.z = 6; dim3 g(t, n); auto h = dim3(7, 7);
  dim3 unknown(bx, by);
  k<<<a, b>>>(); k<<<c, d>>>(); k<<<e, g>>>(); k<<<h, {8, 8}>>>();
  k<<<unknown, given>>>(); k<<<(n + t - 1) / t, dim3{a.x, b.y}>>>(); k<<<dim3(a), a.x * a.y>>>();
}`;
    expect(shapes(await modelOf(source))).toEqual([
      [
        [8n, 4n, 1n],
        [2n, 1n, 1n],
      ],
      [
        [3n, 3n, 3n],
        [16n, 16n, 1n],
      ],
      [
        [5n, 1n, 6n],
        [256n, 1000n, 1n],
      ],
      [
        [7n, 7n, 1n],
        [8n, 8n, 1n],
      ],
      [
        ['?', '?', 1n],
        ['?', '?', '?'],
      ],
      [
        [4n, 1n, 1n],
        [8n, 1n, 1n],
      ],
      [
        [8n, 4n, 1n],
        [32n, 1n, 1n],
      ],
    ]);
  });

  it('reads names, templates, configuration and arguments, in macros too', async () => {
    const source = `
namespace ns { template <typename T, int B> __global__ void k(T* a, int n) {} }
__global__ void k(float* a) {}
void f(float* a, cudaStream_t s) {
  ns::k<float, 16><<<1, 2, 3 * sizeof(float), s>>>(a, 4);
  CHECK((k<<<1, 32>>>(a)));
  START_TIMER("k")
  k<<<2, 32>>>(a);
  k<<<1, 32>>>(a, 1, 2);
  table[0]<<<1, 1>>>(a);
}`;
    const model = await modelOf(source);
    const rows = model.launches.map((l) => [
      l.kernelName,
      kernelOf(model, l)?.name,
      l.configCount,
      l.arguments.length,
      l.broken,
    ]);
    expect(rows).toEqual([
      ['ns::k', 'ns::k', 4, 2, false],
      ['k', 'k', 2, 1, false],
      ['k', 'k', 2, 1, false],
      ['k', undefined, 2, 3, false],
      ['table[0]', undefined, 2, 1, false],
    ]);
    const [first] = model.launches;
    expect(first!.templateArguments.map(({ text, value }) => [text, value.known])).toEqual([
      ['float', false],
      ['16', true],
    ]);
    expect(first!.shared.value).toEqual({ known: true, value: 12n });
    expect(source.slice(first!.configSpan.start, first!.configSpan.end)).toBe('<<<1, 2, 3 * sizeof(float), s>>>');
    expect(
      argumentsByParameter(model, first!).map(({ parameter, argument }) => [parameter.name, argument?.text]),
    ).toEqual([
      ['a', 'a'],
      ['n', '4'],
    ]);
    expect(launchesOf(model, model.kernels[1]!)).toHaveLength(2);
  });

  it('marks what is compiled only in some configurations, and kernels with two bodies', async () => {
    const source = `
#ifdef FAST
__global__ void k(int* a) { a[0] = 1; }
#else
__global__ void k(int* a) { a[0] = 2; }
#endif
void f(int* a) {
#if 0
  k<<<1, 1>>>(a);
#endif
#ifdef FAST
  k<<<2, 2>>>(a);
#else
  k<<<3, 3>>>(a);
#endif
  k<<<4, 4>>>(a);
}`;
    const { launches, kernels } = await modelOf(source);
    expect(launches.map(({ conditional }) => conditional)).toEqual([true, true, true, false]);
    expect(launches.map(({ kernel }) => kernel)).toEqual([undefined, undefined, undefined, undefined]);
    expect(kernels.map(({ conditional }) => conditional)).toEqual([true, true]);
  });

  it('marks a launch that could not be parsed', async () => {
    const { launches } = await modelOf('__global__ void k(int a) {}\nvoid f() { k<<<1, 2 + >>>(3); }');
    for (const launch of launches) expect(launch.broken).toBe(true);
  });
});

describe('allocations', () => {
  const source = `
__global__ void k(const float* a, float* b, int* c, void* d);
float* global;
void init(size_t bytes) { cudaMalloc(&global, bytes); }
int main() {
  const int n = 100;
  float *a, *b; int* c;
  CHECK(cudaMalloc((void**)&a, n * sizeof(float)));
  if (cudaMallocManaged(&b, n * sizeof(*b)) != cudaSuccess) return 1;
  cudaError_t e = cudaMallocAsync(reinterpret_cast<void**>(&c), 16, 0);
  k<<<1, 1>>>((const float*)a, b, c, global);
  k<<<1, 1>>>(a + 1, static_cast<float*>(b), other, 0);
}
void second() { float* a; cudaMalloc(&a, 7); k<<<1, 1>>>(a, a, 0, 0); }
void third(float* a) { k<<<1, 1>>>(a, a, 0, 0); }`;

  it('finds them with their bytes', async () => {
    const { allocations } = await modelOf(source);
    const rows = allocations.map(({ variable, api, bytes, function: fn }) => [
      variable,
      api,
      bytes.value.known ? bytes.value.value : '?',
      fn,
    ]);
    expect(rows).toEqual([
      ['global', 'cudaMalloc', '?', 'init'],
      ['a', 'cudaMalloc', 400n, 'main'],
      ['b', 'cudaMallocManaged', 400n, 'main'],
      ['c', 'cudaMallocAsync', 16n, 'main'],
      ['a', 'cudaMalloc', 7n, 'second'],
    ]);
  });

  it('belong to the arguments of launches by scope', async () => {
    const model = await modelOf(source);
    const rows = model.launches.map((launch) =>
      launch.arguments.map((_, i) => findAllocation(model, launch, i)?.span.start),
    );
    const start = (i: number): number => model.allocations[i]!.span.start;
    expect(rows).toEqual([
      [start(1), start(2), start(3), start(0)],
      [undefined, start(2), undefined, undefined],
      [start(4), start(4), undefined, undefined],
      [undefined, undefined, undefined, undefined],
    ]);
  });
});

describe('the rest', () => {
  it('finds main', async () => {
    const source = 'int helper();\n\nint main(int argc, char** argv) {\n  return 0;\n}\n';
    const { main } = await modelOf(source);
    expect(source.slice(main!.span.start, main!.span.end)).toBe(source.slice(source.indexOf('int main'), -1));
    expect(source.slice(main!.nameSpan.start, main!.nameSpan.end)).toBe('main');
    expect((await modelOf('int main();')).main).toBeUndefined();
  });

  it('counts lines', () => {
    expect([0, 1, 2, 3, 4].map((offset) => lineOf('a\nb\nc', offset))).toEqual([0, 0, 1, 1, 2]);
  });
});
