/** Launches in every form but the plain one, which model.test.ts has. */
import { describe, expect, it } from 'vitest';
import { formatMessage, kernelOf, lint, type Evaluated, type Launch } from '../../../server/src/analysis';
import { modelOf, sharedParser } from './support';

const kernels = `
__global__ void k(float* a, int n) {}
template <typename T, int B> __global__ void tk(T* a, int n) {}
`;

interface Row {
  form: Launch['form'];
  kernel: string | undefined;
  grid: string;
  block: string;
  shared: string;
  arguments: string[];
  broken: boolean;
}

const show = (value: Evaluated): string => (value.known ? String(value.value) : '?');
const dim = ({ x, y, z }: Launch['grid']): string => [x, y, z].map(show).join('x');

async function rows(body: string, file = ''): Promise<Row[]> {
  const model = await modelOf(`${kernels}${file}\nvoid f(float* a, int n, cudaStream_t s) {\n${body}\n}\n`);
  return model.launches.map((launch) => ({
    form: launch.form,
    kernel: kernelOf(model, launch)?.name,
    grid: dim(launch.grid),
    block: dim(launch.block),
    shared: show(launch.shared.value),
    arguments: launch.arguments.map(({ text }) => text),
    broken: launch.broken,
  }));
}

const row = (form: Launch['form'], kernel: string | undefined, grid: string, block: string, shared = '0'): Row => ({
  form,
  kernel,
  grid,
  block,
  shared,
  arguments: ['a', 'n'],
  broken: false,
});

describe('launches by a call', () => {
  it.each<[string, Row]>([
    [
      'void* args[] = {&a, &n}; cudaLaunchKernel((void*)k, dim3(4), dim3(256), args, 64, s);',
      row('call', 'k', '4x1x1', '256x1x1', '64'),
    ],
    [
      'void* args[] = {(void*)&a, (void*)&n}; cudaLaunchKernel((const void*)&tk<float, 4>, 4, dim3{8, 8}, args, 0, s);',
      row('call', 'tk', '4x1x1', '8x8x1'),
    ],
    [
      'void* args[2]; args[0] = &a; args[1] = &n; CHECK(cudaLaunchCooperativeKernel(reinterpret_cast<void*>(k), 4, 32, args));',
      row('call', 'k', '4x1x1', '32x1x1'),
    ],
    [
      'cudaLaunchConfig_t c = {0}; c.gridDim = 12; c.blockDim = dim3(32, 8); c.dynamicSmemBytes = 512; cudaLaunchKernelEx(&c, k, a, n);',
      row('config', 'k', '12x1x1', '32x8x1', '512'),
    ],
    [
      'cudaLaunchConfig_t c{.gridDim = dim3(2), .blockDim = 64}; cudaLaunchKernelEx(&c, tk<float, 4>, a, n);',
      row('config', 'tk', '2x1x1', '64x1x1'),
    ],
    [
      'cudaLaunchConfig_t c = {2, 64, 16, s}; void* args[] = {&a, &n}; cudaLaunchKernelExC(&c, (void*)k, args);',
      row('config', 'k', '2x1x1', '64x1x1', '16'),
    ],
  ])('%s', async (body, expected) => {
    expect(await rows(body)).toEqual([expected]);
  });

  it('leave out what cannot be told', async () => {
    const unknown = await rows('cudaLaunchKernel((void*)k, 4, 256, makeArgs(), 0, s);');
    expect(unknown).toEqual([{ ...row('call', 'k', '4x1x1', '256x1x1'), arguments: [] }]);
    const uncertain = [
      'cudaLaunchConfig_t c; cudaLaunchKernelEx(&c, k, a, n);',
      'cudaLaunchConfig_t c = {2, 64}; if (n) c.dynamicSmemBytes = 4; cudaLaunchKernelEx(&c, k, a, n);',
      'cudaLaunchConfig_t c = {2, 64}; adjust(&c); cudaLaunchKernelEx(&c, k, a, n);',
      'cudaLaunchConfig_t c = {2, 64}; c.blockDim.x = n; cudaLaunchKernelEx(&c, k, a, n);',
      'cudaLaunchKernelEx(config(), k, a, n);',
    ];
    for (const body of uncertain) expect((await rows(body)).map(({ broken }) => broken)).toEqual([true]);
  });
});

describe('launches by a macro', () => {
  const macros = `
#define LAUNCH(k, g, b, ...) k<<<g, b>>>(__VA_ARGS__)
#define LAUNCH_1D(kernel, n, ...) \\
  do { (kernel)<<<((n) + 255) / 256, 256>>>(__VA_ARGS__); CHECK(cudaGetLastError()); } while (0)
#define ALL() k<<<1, 4096>>>(a, n)
#define OWN(x) { dim3 b(x); k<<<1, b>>>(a, n); }
#define TWICE(g) k<<<g, 1>>>(a, n); k<<<g, 2>>>(a, n)
#define PASTE(name) name##_kernel<<<1, 1>>>(a, n)
`;

  it.each<[string, Row[]]>([
    ['LAUNCH(k, 1, dim3(32, 64), a, n);', [row('macro', 'k', '1x1x1', '32x64x1')]],
    ['LAUNCH((tk<float, 4>), 1, 64, a, n);', [row('macro', 'tk', '1x1x1', '64x1x1')]],
    ['LAUNCH_1D(k, 1000, a, n);', [row('macro', 'k', '4x1x1', '256x1x1')]],
    ['ALL();', [row('macro', 'k', '1x1x1', '4096x1x1')]],
    ['OWN(4); TWICE(2); PASTE(k);', []],
  ])('%s', async (body, expected) => {
    expect(await rows(body, macros)).toEqual(expected);
  });

  it('are fixed in their arguments only', async () => {
    const source = `${kernels}${macros}void f(float* a, int n) { LAUNCH(k, 1, 2048, a, n); ALL(); }`;
    const document = (await sharedParser()).parse(source);
    const findings = lint(document).filter(({ rule }) => rule === 'block-too-large');
    document.dispose();
    const texts = findings.map(({ span, fixes, message }) => [
      source.slice(span.start, span.end),
      fixes.length,
      formatMessage(message).includes('1024'),
    ]);
    expect(texts).toEqual([
      ['2048', 1, true],
      ['ALL()', 0, true],
    ]);
  });
});

describe('launches of what a variable holds', () => {
  it.each<[string, string | undefined]>([
    ['auto g = tk<float, 4>; g<<<1, 2>>>(a, n);', 'tk'],
    ['void (*g)(float*, int) = k; g<<<1, 2>>>(a, n);', 'k'],
    ['void (*g)(float*, int) = &k; (*g)<<<1, 2>>>(a, n);', 'k'],
    ['auto k = tk<float, 4>; k<<<1, 2>>>(a, n);', 'tk'],
    ['auto g = n ? k : tk<float, 4>; g<<<1, 2>>>(a, n);', undefined],
    ['auto g = k; if (n) g = tk<float, 4>; g<<<1, 2>>>(a, n);', undefined],
    ['Kernel k = pick(n); k<<<1, 2>>>(a, n);', undefined],
  ])('%s', async (body, kernel) => {
    expect((await rows(body)).map((launch) => launch.kernel)).toEqual([kernel]);
  });

  it('are unknown where it is a parameter', async () => {
    const model = await modelOf(`${kernels}void g(void (*k)(float*, int), float* a) { k<<<1, 2>>>(a, 3); }`);
    expect(kernelOf(model, model.launches[0]!)).toBeUndefined();
  });
});

describe('launches in macros of statements', () => {
  it.each([
    'TIME(k<<<4, 32>>>(a, n); cudaDeviceSynchronize());',
    'TIME("k", { k<<<4, 32>>>(a, n); });',
    'CHECK((k<<<4, 32>>>(a, n)));',
    'CUDA_LAUNCH(k<<<4, 32>>>(a, n));',
    'START("k")\nk<<<4, 32>>>(a, n);',
    'k<<<4, 32>>>(a, n), cudaGetLastError();',
  ])('%s', async (body) => {
    expect(await rows(body)).toEqual([row('chevrons', 'k', '4x1x1', '32x1x1')]);
  });
});
