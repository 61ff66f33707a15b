import { describe, expect, it } from 'vitest';
import { neededCode } from '../../../server/src/runner/code/needed';

const ofLibrary = (name: string): boolean => /^cublas|^thrust$|^cub$/.test(name);

/** The files without what can be left out for kernel `k`, blank lines removed. */
function kept(...texts: string[]): string {
  const files = new Map(texts.map((text, i) => [`${i}.cu`, text]));
  const { left } = neededCode(files, ['k'], ofLibrary);
  return [...files]
    .map(([file, text]) =>
      [...(left.get(file) ?? [])]
        .reverse()
        .reduce((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), text),
    )
    .join('\n')
    .replace(/\n\s*\n/g, '\n')
    .trim();
}

const kernel = '__global__ void k(float *x) { x[0] = f(x[1]); }';

describe('neededCode', () => {
  it('keeps a kernel and what it calls, and leaves host functions and other kernels out', () => {
    const text = [
      'constexpr int size = 4;',
      '__device__ float g(float x) { return x * size; }',
      '__device__ float f(float x) { return g(x); }',
      kernel,
    ];
    const rest = [
      '__device__ float h(float x) { return cub::ThreadLoad(x); }',
      'template <int N>\n__global__ void __launch_bounds__(N) other(float *x) { x[0] = h(x[1]); }',
      'static void multiply(cublasHandle_t handle) { cublasSgemm(handle); }',
      'int main() { cublasHandle_t handle; multiply(handle); k<<<1, 1>>>(nullptr); }',
    ];
    expect(kept([...text, ...rest].join('\n'))).toBe(text.join('\n'));
  });

  it('leaves variables, types and aliases out that name a library, unless the kernel needs them', () => {
    const unneeded = [
      'cublasHandle_t handle;',
      'static cublasStatus_t first = CUBLAS_OK, second;',
      'using Vector = thrust::device_vector<float>;',
      'typedef thrust::host_vector<int> Host;',
      'struct Solver { cublasHandle_t handle; void run() { cublasCreate(&handle); } };',
    ];
    expect(kept([...unneeded, 'int count = 3;', 'struct Point { int x; };'].join('\n'))).toBe(
      'int count = 3;\nstruct Point { int x; };',
    );
    const needed = ['using Pair = thrust::pair<int, int>;', '__global__ void k(Pair *x) {}'].join('\n');
    expect(kept(needed)).toBe(needed);
  });

  it('follows macros that are used, and only those', () => {
    const text = [
      '#define CHECK(call) report(cublasGetError(call))',
      '#define TWICE(x) twice(x)',
      '__device__ float twice(float x) { return 2 * x; }',
      '__device__ float f(float x) { return TWICE(x); }',
      kernel,
    ].join('\n');
    expect(kept(`${text}\nvoid report(int) {}\nvoid run() { CHECK(1); }`)).toBe(text);
  });

  it('tells a name of the library from one that the file declares', () => {
    const text = 'static void *cublas_workspace = nullptr;\n__global__ void k() { cublas_workspace; cublasOther; }';
    const { names } = neededCode(new Map([['a.cu', text]]), ['k'], ofLibrary);
    expect([...names].filter(ofLibrary)).toEqual(['cublasOther']);
  });

  it('looks into headers and namespaces', () => {
    const header = 'namespace math {\n__device__ float f(float x) { return x; }\nvoid host(cublasHandle_t h);\n}';
    const [first = '', second = ''] = [kept(header, kernel), header.replace('\nvoid host(cublasHandle_t h);', '')];
    expect(first).toBe(`${second}\n${kernel}`);
  });

  it('keeps what nobody can follow: macros that make code, operators, members, halves of an #if', () => {
    const text = [
      'INSTANTIATE(float) void made(cublasHandle_t h) {}',
      'bool operator<(int a, Point b) { return true; }',
      'struct Host { void run(); };',
      'void Host::run() { cublasCreate(0); }',
      '#ifdef A\nvoid half(cublasHandle_t h) {\n#else\nvoid half(int h) {\n#endif\n}',
      'using namespace cub;',
    ].join('\n');
    expect(kept(text)).toBe(text);
  });
});
