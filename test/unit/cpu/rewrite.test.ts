import { describe, expect, it } from 'vitest';
import { rewrite } from '../../../server/src/runner/cpu/rewrite';

function rewritten(text: string, excludeMain = false): string {
  return rewrite(text, { excludeMain }).edited.text;
}

describe('rewrite', () => {
  it('turns a launch into a configuration and a call', () => {
    expect(rewritten('k<<<g, b>>>(a, 1);')).toBe('(::__kl_configure(g, b),k(a, 1));');
    expect(rewritten('ns::k<float, (N > 1)><<<dim3{1,2}, f(3), 4 * sizeof(int), s>>>(p);')).toBe(
      '(::__kl_configure(dim3{1,2}, f(3), 4 * sizeof(int), s),ns::k<float, (N > 1)>(p));',
    );
    expect(rewritten('if (x) (*table[i].kernel)<<<1, 2>>>(p);')).toBe(
      'if (x) (::__kl_configure(1, 2),(*table[i].kernel)(p));',
    );
    expect(rewritten('k << <1, 2 >> > (p);')).toBe('(::__kl_configure(1, 2 ),k  (p));');
    expect(rewritten('return k<<<1, n >> 1>>>(p);')).toBe('return (::__kl_configure(1, n >> 1),k(p));');
  });

  it('leaves text, comments and shifts alone', () => {
    for (const text of [
      'const char *s = "k<<<1, 2>>>(p)"; // k<<<1, 2>>>(p)',
      'R"x(__global__ void k() {})x"',
      '/* __shared__ int s[1]; */ a = b << 3 >> 1; vector<vector<vector<int>>> v;',
    ]) {
      expect(rewritten(text)).toBe(text);
    }
  });

  it('makes the body of a kernel a closure and checks its pointers', () => {
    expect(rewritten('template <class T> __global__ void __launch_bounds__(256) k(const T *p, int n) { *p; }')).toBe(
      'template <class T> __global__ void __launch_bounds__(256) k(const T *p, int n) {' +
        '::__kl_check_argument("k","p",p);::__kl_launch("k",new auto([=]()mutable{ *p; }));}',
    );
    expect(rewritten('__global__ void k(int);')).toBe('__global__ void k(int);');
  });

  it('follows braces through #if branches', () => {
    const text = '__global__ void k(int n) {\n#if A\n if (n) {\n#else\n if (!n) {\n#endif\n }\n}\nint x;';
    expect(rewritten(text)).toContain(' }\n}));}\nint x;');
  });

  it('rewrites launches and kernels inside macros', () => {
    expect(rewritten('#define RUN(t) run_##t##_kernel<<<1, 2>>>(p)\n')).toBe(
      '#define RUN(t) (::__kl_configure(1, 2),run_##t##_kernel(p))\n',
    );
    expect(rewritten('#define RUN(k) k<<<1, \\\n 2>>>(p)\n')).toBe(
      '#define RUN(k) (::__kl_configure(1,   2),k\\\n(p))\n',
    );
    expect(rewritten('#define KERNEL __global__ void\nKERNEL k(float *p) { *p = 1; }')).toContain('__kl_launch("k"');
    expect(rewritten('template <class... T> __global__ void k(T *...p) { }')).not.toContain('__kl_check_argument');
    expect(rewritten('#define KERNEL __global__ void\nint f(int *p) { return *p; }')).toBe(
      '#define KERNEL __global__ void\nint f(int *p) { return *p; }',
    );
  });

  it('gives dynamic shared memory its pointer', () => {
    expect(rewritten('void f() { extern __shared__ float s[]; }')).toContain(
      'float *s=(float *)::__kl_dynamic_shared();',
    );
    expect(rewritten('void f() { extern __shared__ __align__(16) unsigned char s[][8]; }')).toContain(
      'unsigned char (*s)[8]=(unsigned char (*)[8])::__kl_dynamic_shared();',
    );
    expect(rewritten('extern __shared__ int s[];')).toBe('static ::__kl_dynamic_array<int> s;');
    expect(rewritten('static __shared__ int s[4];')).toBe(' __shared__ int s[4];');
    expect(rewritten('__shared__ alignas(16) int s[4];')).toBe(' alignas(16) __shared__ int s[4];');
  });

  it('keeps the file’s main out of the way when asked', () => {
    const text = 'int main() { return 0; }\nvoid f() { int main = 1; }';
    expect(rewritten(text)).toBe(text);
    expect(rewritten(text, true)).toBe('int __kl_program_main() { return 0; }\nvoid f() { int main = 1; }');
  });

  it('defines the architecture only in device code', () => {
    expect(
      rewritten('#if __CUDA_ARCH__ < 600\n#endif\n__device__ void f() {\n#if __CUDA_ARCH__ >= 700\n#endif\n}'),
    ).toBe('#if __CUDA_ARCH__ < 600\n#endif\n__device__ void f() {\n#if __KL_CUDA_ARCH__ >= 700\n#endif\n}');
    const both = '__host__ __device__ void f() {\n#ifdef __CUDA_ARCH__\n#endif\n}';
    expect(rewritten(both)).toBe(both);
    // Where only kernels run, a function for both sides takes the device's form.
    expect(rewritten(both, true)).toBe(both.replace('__CUDA_ARCH__', '__KL_CUDA_ARCH__'));
  });

  it('emulates simple PTX and marks the rest', () => {
    expect(rewritten('__device__ void f() { unsigned l; asm("mov.u32 %0, %%laneid;" : "=r"(l)); }')).toContain(
      'l=::__kl_lane();',
    );
    expect(rewritten('__device__ void f() { asm volatile("cp.async.wait_all;\\n" ::: "memory"); }')).toContain(
      '::__kl_unsupported("cp.async.wait_all; n");',
    );
    const host = 'void f() { asm("nop"); }';
    expect(rewritten(host)).toBe(host);
  });

  it('lets the other threads run while one spins', () => {
    expect(rewritten('__device__ void f(volatile int *p) { while (*p == 0); do g(); while (*p); }')).toContain(
      'while (::__kl_tick()&&(*p == 0)); do g(); while (::__kl_tick()&&(*p));',
    );
  });
});

describe('positions', () => {
  const text = 'void f() {\n  int é = 1; k<<<grid,\n    block>>>(é, wrong);\n  next(é);\n}\n';
  const { edited } = rewrite(text, { excludeMain: false });
  const lines = edited.text.split('\n');

  it('keeps every line', () => {
    expect(lines).toHaveLength(text.split('\n').length);
    expect(lines[3]).toBe('  next(é);');
  });

  it('leads from a byte column of the result to the column of the original', () => {
    const find = (word: string, line: number) => {
      const column = lines[line - 1]?.indexOf(word) ?? -1;
      expect(column).toBeGreaterThanOrEqual(0);
      return edited.toOriginal(line, Buffer.byteLength(lines[line - 1]?.slice(0, column) ?? '') + 1);
    };
    const original = (word: string, line: number) => ({
      line,
      column: (text.split('\n')[line - 1] ?? '').indexOf(word) + 1,
    });
    expect(find('wrong', 3)).toEqual(original('wrong', 3));
    expect(find(',k', 2)).toEqual(original('k<<<', 2));
    expect(find('int é', 2)).toEqual(original('int é', 2));
    expect(find('next', 4)).toEqual(original('next', 4));
    // What was inserted stands for the place where it was inserted.
    expect(find('__kl_configure', 2)).toEqual(original('k<<<', 2));
  });
});
