/** Building kernels with the nvcc of this machine. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LaunchPlan } from '../../../protocol/src';
import type { RunContext } from '../../../server/src/runner/backend';
import { buildTarget } from '../../../server/src/runner/gpu/architecture';
import { buildKernel } from '../../../server/src/runner/gpu/build';
import { parseDependencies } from '../../../server/src/runner/gpu/cubin-cache';
import { toolkitOrSkip } from './support';

const root = mkdtempSync(path.join(os.tmpdir(), 'kernel-lens-build-'));
// A folder whose name a shell would split.
const folder = path.join(root, 'my kernels 커널');
const cacheDirectory = path.join(root, 'cache');
const file = path.join(folder, 'unsaved.cu');

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  mkdirSync(cacheDirectory);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function context(signal = new AbortController().signal): RunContext {
  return { signal, cacheDirectory, timeLimit: 30 };
}

function planOf(kernel: string, templateArguments: readonly string[] = []): LaunchPlan {
  const provenance = { kind: 'request' } as const;
  return {
    kernel,
    templateArguments,
    file,
    line: 3,
    grid: [1, 1, 1],
    block: [1, 1, 1],
    sharedBytes: 0,
    provenance: { grid: provenance, block: provenance, sharedBytes: provenance, templateArguments: provenance },
    arguments: [],
  };
}

/** As people write operators for PyTorch. */
const binding = [
  '#include <torch/extension.h>',
  '#include "absent_mpi.h"',
  '#include <vector>',
  'template <typename scalar_t>',
  '__device__ scalar_t sigmoid(scalar_t z) { return 1.0 / (1.0 + exp(-z)); }',
  'template <typename scalar_t>',
  '__global__ void silu(const scalar_t *x, scalar_t *y, size_t n) {',
  '  const size_t i = blockIdx.x * blockDim.x + threadIdx.x;',
  '  if (i < n) y[i] = x[i] * sigmoid(x[i]);',
  '}',
  'torch::Tensor forward(torch::Tensor x) {',
  '  auto y = torch::empty_like(x);',
  '  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "silu", ([&] {',
  '    silu<scalar_t><<<4, 256>>>(x.data_ptr<scalar_t>(), y.data_ptr<scalar_t>(), x.numel());',
  '  }));',
  '  return y;',
  '}',
  'PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) { m.def("silu", &forward, "SiLU"); }',
].join('\n');

describe('buildKernel', () => {
  it('builds a kernel without headers that are not to be had, and says so', async (ctx) => {
    const toolkit = await toolkitOrSkip(ctx);
    const build = (text: string) =>
      buildKernel(
        { source: { file, text, flags: [] }, plan: planOf('silu', ['float']), toolkit, computeCapability: '9.0' },
        context(),
      );
    const notes = [expect.stringContaining('Not found: torch/extension.h, absent_mpi.h.')];
    const symbol = expect.stringContaining('silu') as string;
    expect(await build(binding)).toMatchObject({ status: 'ok', symbol, notes });
    expect(await build(binding)).toMatchObject({ status: 'ok', symbol, notes, buildTime: 0 });
    // Once the file is known to be built without them, an error is the kernel's own.
    expect(await build(binding.replace('exp(-z)', 'exq(-z)'))).toMatchObject({
      status: 'buildFailed',
      diagnostics: [{ file, line: 5, message: expect.stringContaining('exq') as string }],
    });
    expect(await build(binding.replace('1.0 + exp', 'at::one + exp'))).toMatchObject({
      status: 'buildFailed',
      message: expect.stringMatching(/torch\/extension\.h: No such file.*-I<folder>/) as string,
      diagnostics: [{ file, line: 1 }],
    });
    // Headers may come later.
    writeFileSync(path.join(folder, 'absent_mpi.h'), '#error "here it is"\n');
    expect(await build(binding)).toMatchObject({
      status: 'buildFailed',
      message: expect.stringContaining('here it is') as string,
    });
    rmSync(path.join(folder, 'absent_mpi.h'));
  });

  it('builds text that is on no disk, with headers beside it, and remembers the cubin until a header changes', async (ctx) => {
    const toolkit = await toolkitOrSkip(ctx);
    const header = path.join(folder, 'scale.h');
    writeFileSync(header, '#define SCALE 2.0f\n');
    const source = { file, text: '#include "scale.h"\n__global__ void k(float* a) { a[0] = SCALE; }\n', flags: [] };
    const build = () => buildKernel({ source, plan: planOf('k'), toolkit, computeCapability: '9.0' }, context());
    const first = await build();
    expect(first).toMatchObject({ status: 'ok', symbol: '_Z1kPf' });
    const second = await build();
    expect(second).toMatchObject({ status: 'ok', symbol: '_Z1kPf', buildTime: 0 });
    writeFileSync(header, '#define SCALE 4.0f // changed\n');
    const third = await build();
    expect(third).toMatchObject({ status: 'ok' });
    expect(third.status === 'ok' && third.buildTime > 0).toBe(true);
    expect(third.status === 'ok' && first.status === 'ok' && Buffer.from(third.image).equals(first.image)).toBe(false);
  });

  it('instantiates a template that nothing instantiates', async (ctx) => {
    const toolkit = await toolkitOrSkip(ctx);
    const text = 'namespace m { template <typename T, int N> __global__ void k(T* a) { a[0] = N; } }';
    const plan = planOf('m::k', ['double', '7']);
    const built = await buildKernel(
      { source: { file, text, flags: [] }, plan, toolkit, computeCapability: '7.5' },
      context(),
    );
    expect(built).toMatchObject({ status: 'ok', symbol: '_ZN1m1kIdLi7EEEvPT_' });
  });

  it('falls back on what the file itself instantiates', async (ctx) => {
    const toolkit = await toolkitOrSkip(ctx);
    const text = `template <typename T> __global__ void k(T* a) { a[0] = 1; }
int main() { using real = float; real* a = nullptr; k<real><<<1, 1>>>(a); }`;
    const plan = planOf('k', ['real']);
    const built = await buildKernel(
      { source: { file, text, flags: [] }, plan, toolkit, computeCapability: '9.0' },
      context(),
    );
    expect(built).toMatchObject({ status: 'ok', symbol: '_Z1kIfEvPT_' });
  });

  it('errors stand at their lines of the original file', async (ctx) => {
    const toolkit = await toolkitOrSkip(ctx);
    const text = '// first\n__global__ void k(float* a) {\n  a[0] = missing;\n}\n';
    const built = await buildKernel(
      { source: { file, text, flags: [] }, plan: planOf('k'), toolkit, computeCapability: '9.0' },
      context(),
    );
    expect(built).toMatchObject({
      status: 'buildFailed',
      message: expect.stringContaining('unsaved.cu:3: ') as string,
      diagnostics: [{ file, line: 3, severity: 'error', message: expect.stringContaining('missing') as string }],
    });
  });

  it('ptxas errors and kernels that an #if leaves out fail with a sentence', async (ctx) => {
    const toolkit = await toolkitOrSkip(ctx);
    const build = (text: string) =>
      buildKernel(
        { source: { file, text, flags: [] }, plan: planOf('k'), toolkit, computeCapability: '9.0' },
        context(),
      );
    const big = await build(
      '__global__ void k(float* a) { __shared__ float s[100000]; s[threadIdx.x] = a[0]; a[1] = s[5]; }',
    );
    expect(big).toMatchObject({ status: 'buildFailed', message: expect.stringMatching(/shared/) as string });
    const absent = await build(
      '#if 0\n__global__ void k(float* a) { a[0] = 1; }\n#endif\n__global__ void other(float* a) { a[0] = 1; }',
    );
    expect(absent).toMatchObject({
      status: 'buildFailed',
      message: expect.stringContaining('no kernel named k') as string,
    });
  });

  it('a GPU that the toolkit does not build for is no error of the source', async (ctx) => {
    const toolkit = await toolkitOrSkip(ctx);
    const source = { file, text: '__global__ void k() {}', flags: [] };
    const built = await buildKernel({ source, plan: planOf('k'), toolkit, computeCapability: '1.0' }, context());
    expect(built).toMatchObject({
      status: 'buildFailed',
      message: expect.stringMatching(/does not build for sm_10.*kernelLens\.cuda\.path/) as string,
      diagnostics: [],
    });
  });

  it('is cancelled', async (ctx) => {
    const toolkit = await toolkitOrSkip(ctx);
    const controller = new AbortController();
    controller.abort();
    const source = { file, text: '__global__ void k() {}', flags: [] };
    const built = await buildKernel(
      { source, plan: planOf('k'), toolkit, computeCapability: '9.0' },
      context(controller.signal),
    );
    expect(built.status).toBe('cancelled');
  });

  it('an nvcc that is not there is said to be', async () => {
    const toolkit = {
      nvcc: path.join(root, 'no-nvcc'),
      root,
      version: { major: 13, minor: 0, full: '13.0' },
      origin: 'setting',
      hostCompiler: '',
    } as const;
    const source = { file, text: '__global__ void other() {}', flags: [] };
    const built = await buildKernel({ source, plan: planOf('other'), toolkit, computeCapability: '9.0' }, context());
    expect(built).toMatchObject({
      status: 'buildFailed',
      message: expect.stringContaining('kernelLens.cuda.path') as string,
    });
  });
});

describe('buildTarget', () => {
  it('takes the architecture from the device and drops what the flags say of it', () => {
    const flags = [
      '-I',
      'include',
      '-arch=sm_80',
      '-gencode',
      'arch=compute_90,code=sm_90',
      '-DX=1',
      '-o',
      'a.out',
      '-O3',
    ];
    expect(buildTarget('9.0', flags)).toEqual({ architecture: 'sm_90', flags: ['-I', 'include', '-DX=1', '-O3'] });
  });

  it("keeps the architecture's own features where they are this device's", () => {
    expect(buildTarget('9.0', ['-arch=sm_90a']).architecture).toBe('sm_90a');
    expect(buildTarget('10.0', ['-gencode', 'arch=compute_100f,code=sm_100f']).architecture).toBe('sm_100f');
    expect(buildTarget('8.6', ['-arch=sm_90a']).architecture).toBe('sm_86');
  });
});

describe('parseDependencies', () => {
  it('reads escaped spaces, dollars and continued lines', () => {
    expect(parseDependencies('k.cubin : k.cu \\\n    /a\\ b/c.h \\\n    /d$$e.h\n')).toEqual([
      'k.cu',
      '/a b/c.h',
      '/d$e.h',
    ]);
    expect(parseDependencies('')).toEqual([]);
  });
});
