import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../../protocol/src';
import { runKernel as runAny } from '../../../server/src/runner';
import { runKernelOnCpu } from '../../../server/src/runner/cpu';
import {
  buffer,
  context,
  copyRuntime,
  element,
  fixture,
  lineOf,
  opaque,
  ones,
  plan,
  privateFilesIn,
  ramp,
  random,
  runKernel,
  runProgram,
  scalar,
  source,
  warmUp,
} from './support';

warmUp();

const scratch = mkdtempSync(path.join(os.tmpdir(), 'kernel lens ü '));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function outputOf(result: RunResult): string {
  expect(result).toMatchObject({ status: 'ok' });
  return result.status === 'ok' ? result.output : '';
}

const vectorAdd = fixture('programs/vector_add.cu');
const vectorAddArguments = (n: number) => [
  buffer('A', 1000, { fill: ramp, access: 'read' }),
  buffer('B', 1000, { fill: ones, access: 'read' }),
  buffer('C', 1000, { access: 'write' }),
  scalar('N', n),
];

describe('a kernel that works', () => {
  it('is timed, with a plain word about what the time means', async () => {
    const launch = plan('vectorAdd', 4, 256, vectorAddArguments(1000));
    const result = await runKernel(vectorAdd, launch);
    expect(result).toMatchObject({
      status: 'ok',
      device: { kind: 'cpu' },
      output: '',
      time: { unit: 'us', coldCache: false },
    });
    if (result.status !== 'ok') return;
    expect(result.time.samples).toBeGreaterThanOrEqual(1);
    expect(result.time.samples).toBeLessThanOrEqual(20);
    expect(result.time.median).toBeGreaterThan(0);
    expect(result.notes.join(' ')).toMatch(/says nothing about a GPU/);
    expect(result.device).toHaveProperty('compiler', expect.stringMatching(/^(g\+\+|(Apple )?clang\+\+) \d/));
    expect(result.throughput).toBeUndefined();
    expect(result.plan.arguments).toEqual(launch.arguments);
  });

  it('gets every kind of argument, filled as planned, and prints once although it is launched often', async () => {
    const text = [
      '#include <cstdio>',
      '#include <cuda_fp16.h>',
      'enum class Mode { off, on };',
      'struct Pair { int a; float* p; explicit Pair(int x) : a(x), p(nullptr) {} };',
      'namespace ns {',
      'template <typename T, int N> __global__ void all(T* r, const int* ramp, const unsigned char* u, const half* h, float4* v,',
      '    const bool* b, T s, long long big, Mode mode, half hs, Pair pair, const double* ones) {',
      '  if (threadIdx.x != 1) return;',
      '  bool inRange = true; for (int i = 0; i < 64; i++) inRange = inRange && r[i] >= 0 && r[i] < 1 && u[i] < 100;',
      '  printf("%d %d %d %g %g %d %d\\n", inRange, ramp[7], r[0] != r[1], __half2float(h[3]), v[1].w, b[0], b[1]);',
      '  printf("%g %lld %d %g %d %d %g %d\\n", (double)s, big, (int)mode, __half2float(hs), pair.a, pair.p == nullptr, ones[2], N);',
      '  r[0] = 5;',
      '}}',
      'int main() { return 1; }',
    ].join('\n');
    const launch = plan(
      'ns::all',
      1,
      2,
      [
        buffer('r', 64, { fill: random }),
        buffer('ramp', 8, { element: element('i32'), fill: ramp }),
        buffer('u', 64, { element: element('u8'), fill: { kind: 'random', low: 0, high: 100 } }),
        buffer('h', 4, { element: element('f16'), fill: ramp }),
        buffer('v', 2, { element: element('f32', 4), fill: ramp }),
        buffer('b', 2, { element: element('bool'), fill: ramp }),
        scalar('s', '-2.5', 'f32'),
        scalar('big', -9223372036854775808n, 'i64'),
        scalar('mode', 1, 'i32'),
        scalar('hs', '0.5', 'f16'),
        opaque('pair', 'Pair'),
        buffer('ones', 3, { element: element('f64'), fill: ones }),
      ],
      { templateArguments: ['float', '3'] },
    );
    const output = outputOf(await runKernel(source(text), launch));
    expect(output.trim().split('\n')).toEqual(['1 7 1 3 7 0 1', '-2.5 -9223372036854775808 1 0.5 0 1 1 3']);
  });

  it('finds its buffers as planned at every launch', async () => {
    // Without that, the second launch would run past the end of `out`.
    const text = '__global__ void compact(int* count, float* out) { out[atomicAdd(count, 1)] = threadIdx.x; }';
    const result = await runKernel(
      source(text),
      plan('compact', 2, 32, [buffer('count', 1, { element: element('i32') }), buffer('out', 64)]),
    );
    expect(result).toMatchObject({ status: 'ok' });
  });

  it('is launched cooperatively when it synchronises the grid', async () => {
    const text =
      '#include <cooperative_groups.h>\n#include <cstdio>\n__global__ void k(int* p) { auto g = cooperative_groups::this_grid();\n' +
      'atomicAdd(p, 1); g.sync(); if (g.thread_rank() == 0) printf("%d\\n", *p); }';
    const result = await runKernel(source(text), plan('k', 4, 32, [buffer('p', 1, { element: element('i32') })]));
    expect(outputOf(result)).toBe('128\n');
  });

  it('comes from unsaved text, with headers in folders with spaces and letters of any language, and leaves no file there', async () => {
    const folder = path.join(scratch, 'project á');
    mkdirSync(path.join(folder, 'inc 한글'), { recursive: true });
    writeFileSync(path.join(folder, 'kernel.cu'), 'this is an old version');
    writeFileSync(
      path.join(folder, 'inc 한글', 'twice.cuh'),
      '#pragma once\n#include "plain.h"\n__device__ int twice(int x) { return FACTOR * x; }\n',
    );
    writeFileSync(path.join(folder, 'inc 한글', 'plain.h'), '#define FACTOR 2\n');
    const text = '#include <cstdio>\n#include "twice.cuh"\n__global__ void k() { printf("%d %d\\n", twice(21), N); }';
    const from = source(text, path.join(folder, 'kernel.cu'), ['-I', 'inc 한글', '-DN=7', '-arch=sm_90']);
    expect(outputOf(await runKernel(from, plan('k', 1, 1, [])))).toBe('42 7\n');
    expect(readdirSync(folder).sort()).toEqual(['inc 한글', 'kernel.cu']);
  });

  it('stands in a file whose host code needs other files', async () => {
    const text =
      'void elsewhere(int*);\nint other();\n__global__ void k(int* p) { *p = 1; }\n' +
      'void wrapper(int* p) { elsewhere(p); k<<<1, 1>>>(p); }\nint main() { return other(); }';
    const args = [buffer('p', 1, { element: element('i32') })];
    expect(await runKernel(source(text), plan('k', 1, 1, args))).toMatchObject({ status: 'ok' });
    const device = text.replace('*p = 1', 'elsewhere(p)');
    expect(await runKernel(source(device), plan('k', 1, 1, args))).toMatchObject({
      status: 'buildFailed',
      message: expect.stringMatching(/undefined reference to .elsewhere.*Only this file is built/),
    });
  });

  it('is built once for the same text', async () => {
    const text = `__global__ void k(int* p) { *p = ${Math.floor(Math.random() * 1e9)}; }`;
    const phases: string[] = [];
    const cacheDirectory = mkdtempSync(path.join(scratch, 'cache'));
    copyRuntime(cacheDirectory);
    const run = () =>
      runKernel(source(text), plan('k', 1, 1, [buffer('p', 1, { element: element('i32') })]), {
        cacheDirectory,
        onProgress: (phase) => phases.push(phase),
      });
    const [first, second] = await Promise.all([run(), run()]);
    expect([first.status, second.status]).toEqual(['ok', 'ok']);
    const builds = () => readdirSync(path.join(cacheDirectory, 'cpu-builds'));
    const built = builds();
    expect(built).toHaveLength(1);
    const program = path.join(cacheDirectory, 'cpu-builds', built[0] ?? '', 'program');
    const { mtimeMs } = statSync(program);
    expect((await run()).status).toBe('ok');
    expect(builds()).toEqual(built);
    expect(statSync(program).mtimeMs).toBe(mtimeMs);
    expect(privateFilesIn(cacheDirectory)).toEqual([]);
    expect(phases).toContain('build');
    expect(phases).toContain('run');
  });
});

describe('a kernel that goes wrong', () => {
  it('overruns a buffer: the element, its line, block and thread are named', async () => {
    const result = await runKernel(vectorAdd, plan('vectorAdd', 4, 256, vectorAddArguments(1024)));
    expect(result).toMatchObject({
      status: 'kernelFaulted',
      fault: 'outOfBounds',
      location: { file: vectorAdd.file, line: lineOf(vectorAdd, 'C[i] = A[i] + B[i]') },
      block: [3, 0, 0],
      thread: [232, 0, 0],
      plan: { kernel: 'vectorAdd' },
    });
    expect(result).toHaveProperty(
      'message',
      expect.stringMatching(/^(Read|Write) of 4 bytes (from|to) [ABC]\[1000\], but [ABC] has 1000 elements/),
    );
  });

  it('cannot be launched', async () => {
    const result = await runKernel(vectorAdd, plan('vectorAdd', 1, 2048, vectorAddArguments(1000)));
    expect(result).toMatchObject({
      status: 'launchFailed',
      code: 'cudaErrorInvalidValue',
      message: expect.stringContaining('at most 1024 threads'),
    });
  });

  it('does not compile: the error is at its line and column in the editor’s text', async () => {
    const text = [
      '__global__ void k(int* p)',
      '{',
      '    /* é */ __shared__ int s[4]; int x = wrong + 1;',
      '}',
      'void host(int* p) { k<<<1, 2>>>(p); int y = alsoWrong; }',
    ].join('\n');
    const result = await runKernel(source(text), plan('k', 1, 1, [buffer('p', 1)]));
    expect(result).toMatchObject({ status: 'buildFailed' });
    if (result.status !== 'buildFailed') return;
    const place = (word: string) => {
      const line = text.split('\n').findIndex((candidate) => candidate.includes(word));
      return { file: '/nowhere/kernel.cu', line: line + 1, column: (text.split('\n')[line] ?? '').indexOf(word) + 1 };
    };
    expect(result.diagnostics).toEqual([
      expect.objectContaining({ ...place('wrong'), severity: 'error', message: expect.stringContaining('wrong') }),
      expect.objectContaining({
        ...place('alsoWrong'),
        severity: 'error',
        message: expect.stringContaining('alsoWrong'),
      }),
    ]);
  });

  it('has an error in a header', async () => {
    const folder = mkdtempSync(path.join(scratch, 'header'));
    writeFileSync(path.join(folder, 'bad.cuh'), '\n__device__ int f() { return nothing; }\n');
    const from = source('#include "bad.cuh"\n__global__ void k() { f(); }', path.join(folder, 'k.cu'));
    const result = await runKernel(from, plan('k', 1, 1, []));
    expect(result).toMatchObject({
      status: 'buildFailed',
      diagnostics: [{ file: path.join(folder, 'bad.cuh'), line: 2, column: 29 }],
    });
  });

  it('needs what only a GPU has: said at the line, without compiling; other kernels of the file still run', async () => {
    const text = [
      '__global__ void tensor(int* p) { asm volatile("wgmma.fence.sync.aligned;"); }',
      '__global__ void plain(int* p) { *p = 1; }',
      '__device__ void helper(int* p) { plain<<<1, 1>>>(p); }',
    ];
    const args = [buffer('p', 1, { element: element('i32') })];
    expect(await runKernel(source(text.join('\n')), plan('tensor', 1, 1, args))).toMatchObject({
      status: 'unsupported',
      places: [{ line: 1, column: 34, message: expect.stringContaining('inline PTX') }],
    });
    expect(await runKernel(source(text.slice(0, 2).join('\n')), plan('plain', 1, 1, args))).toMatchObject({
      status: 'ok',
    });
  });

  it('stands in a file whose host code and other kernels need what only a GPU has', async () => {
    const folder = mkdtempSync(path.join(scratch, 'library'));
    const header = [
      '#pragma once',
      '#include <cublas_v2.h>',
      '#if 1',
      '#include <thrust/device_vector.h>',
      '#endif',
      'static cublasHandle_t handle;',
      '#define CHECK(status) check((status), __LINE__)',
      'void check(cublasStatus_t status, int line) { if (status != CUBLAS_STATUS_SUCCESS) exit(line); }',
      // cuBLAS brings these types.
      '__device__ float widen(half x, __nv_bfloat16 y) { return float(x) + float(y); }',
    ];
    writeFileSync(path.join(folder, 'common.h'), header.join('\n'));
    const text = [
      '#include <cub/cub.cuh>',
      '#include "common.h"',
      '__global__ void plain(float* p) { p[0] = widen(half(1.f), __nv_bfloat16(2.f)); printf("%g\\n", p[0]); }',
      '__global__ void sum(float* p) { typedef cub::BlockReduce<float, 32> Reduce; p[0] = Reduce().Sum(p[1]); }',
      'cublasStatus_t start() { return cublasCreate(&handle); }',
      'int main() { CHECK(start()); thrust::device_vector<float> v(1); plain<<<1, 1>>>(v.data().get()); }',
    ].join('\n');
    const from = source(text, path.join(folder, 'k.cu'));
    const args = [buffer('p', 2)];
    expect(outputOf(await runKernel(from, plan('plain', 1, 1, args)))).toBe('3\n');
    expect(await runKernel(from, plan('sum', 1, 1, args))).toMatchObject({
      status: 'unsupported',
      message: expect.stringContaining('line 1, cub/cub.cuh'),
      places: [{ file: from.file, line: 1, column: 11 }],
    });
    expect(await runProgram(from)).toMatchObject({
      status: 'unsupported',
      places: [{ line: 1 }, { file: path.join(folder, 'common.h'), line: 2 }],
    });
  });

  it('stands in a file of bindings whose headers are nowhere', async () => {
    const text = [
      '#include <torch/extension.h>',
      '#include "absent_mpi.h"',
      '__global__ void k(float* p) { p[0] = 2; printf("%g\\n", p[0]); }',
      'torch::Tensor run(torch::Tensor x) { MPI_Init(0, 0); k<<<1, 1>>>(x.data_ptr<float>()); return x; }',
      'PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) { m.def("run", &run); }',
    ].join('\n');
    const launch = plan('k', 1, 1, [buffer('p', 1)]);
    const result = await runKernel(source(text), launch);
    expect(outputOf(result)).toBe('2\n');
    expect(result).toHaveProperty('notes', [
      expect.stringContaining('with memory checks'),
      expect.stringContaining('Not found: torch/extension.h, absent_mpi.h.'),
    ]);
    expect(await runKernel(source(text.replace('= 2;', '= at::half;')), launch)).toMatchObject({
      status: 'buildFailed',
      message: expect.stringMatching(/torch\/extension\.h: No such file.*-I<folder>/),
      diagnostics: [{ line: 1 }],
    });
  });

  it('has no compiler', async () => {
    const launch = plan('vectorAdd', 4, 256, vectorAddArguments(1000));
    const result = await runKernelOnCpu({ source: vectorAdd, plan: launch, compiler: '/nowhere/g++' }, context());
    expect(result).toMatchObject({ status: 'noDevice', message: expect.stringContaining('/nowhere/g++') });
  });

  it('has a build folder that cannot be written', async () => {
    const file = path.join(scratch, 'not a folder');
    writeFileSync(file, '');
    const result = await runKernel(vectorAdd, plan('vectorAdd', 4, 256, vectorAddArguments(1000)), {
      cacheDirectory: file,
    });
    expect(result).toMatchObject({ status: 'buildFailed', message: expect.stringContaining(`${file} cannot be made`) });
  });
});

describe('a header that does not compile by itself', () => {
  const header = source(
    '__global__ void fill(real* x) { x[threadIdx.x] = FIRST + threadIdx.x; }\n',
    path.join(scratch, 'fill.cuh'),
  );
  const launch = plan('fill', 1, 4, [buffer('x', 4, { access: 'write' })]);
  const run = (around: string) => {
    writeFileSync(header.file, header.text);
    const request = { source: { ...header, around: source(around, path.join(scratch, 'main.cu')) }, plan: launch };
    return runAny({ ...request, device: 'cpu', toolkit: undefined, coldCache: false, compiler: '' }, context());
  };

  it('is run as the file compiles it that includes it', async () => {
    const result = await run('typedef float real;\n#define FIRST 3\n#include "fill.cuh"\nint main() { return 1; }\n');
    expect(result).toMatchObject({ status: 'ok', plan: launch });
    expect(result.status === 'ok' && result.notes.join(' ')).toMatch(/fill\.cuh .* main\.cu, which includes it/);
  });

  it('keeps its own errors where that does not help', async () => {
    const result = await run('#include "fill.cuh"\n#error no\n');
    const own = expect.objectContaining({ file: header.file, line: 1 });
    expect(result).toMatchObject({ status: 'buildFailed', diagnostics: expect.arrayContaining([own]) });
    expect(result.status === 'buildFailed' && result.output).not.toContain('#error');
  });
});
