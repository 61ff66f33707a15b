import { describe, expect, it } from 'vitest';
import { findUnsupported } from '../../../server/src/runner/cpu';

const summary = (text: string) =>
  findUnsupported(text).map(({ line, column, what, kernel }) => ({ line, column, what, kernel }));

describe('findUnsupported', () => {
  it('finds nothing in ordinary CUDA', () => {
    expect(
      findUnsupported(
        '#include <cuda_runtime.h>\n#include <cooperative_groups.h>\n#include <cuda_fp16.h>\n' +
          '__global__ void k(int *p) { atomicAdd(p, 1); __syncthreads(); }\nint main() { k<<<1, 2>>>(0); asm("nop"); }',
      ),
    ).toEqual([]);
  });

  it('names libraries at their include', () => {
    expect(
      summary('#include <cstdio>\n#  include <cublas_v2.h>\n#include "cub/cub.cuh"\n#include <thrust/sort.h>'),
    ).toEqual([
      { line: 2, column: 13, what: 'cublas_v2.h', kernel: undefined },
      { line: 3, column: 11, what: 'cub/cub.cuh', kernel: undefined },
      { line: 4, column: 11, what: 'thrust/sort.h', kernel: undefined },
    ]);
  });

  it('names the kernel that inline PTX, textures and nested launches stand in', () => {
    const text = [
      '__device__ void f() { asm volatile("cp.async.commit_group;"); }',
      '__global__ void k(cudaTextureObject_t t) {',
      '  unsigned l; asm("mov.u32 %0, %%laneid;" : "=r"(l));',
      '  float x = tex2D<float>(t, 0, 0); k<<<1, 1>>>(t);',
      '}',
    ].join('\n');
    expect(summary(text)).toEqual([
      { line: 1, column: 23, what: 'inline PTX', kernel: undefined },
      { line: 4, column: 13, what: 'tex2D', kernel: 'k' },
      { line: 4, column: 36, what: 'a launch from a kernel', kernel: 'k' },
    ]);
  });

  it('tells what stands under an #if, except in an include guard', () => {
    const conditional = (text: string) => findUnsupported(text).map((place) => place.conditional);
    expect(conditional('#ifdef USE_CUB\n#include <cub/cub.cuh>\n#endif\n#include <mma.h>')).toEqual([true, false]);
    expect(conditional('#ifndef A_H\n#define A_H\n#include <mma.h>\n#endif')).toEqual([false]);
  });
});
