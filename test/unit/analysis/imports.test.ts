/** What a file sees of the files it includes. */
import { describe, expect, it } from 'vitest';
import {
  buildModel,
  Imports,
  includedPlace,
  includesOf,
  kernelOf,
  lint,
  originOf,
  type FileModel,
  type Finding,
} from '../../../server/src/analysis';
import { sharedParser } from './support';

async function analyzed(text: string, ...headers: string[]): Promise<{ model: FileModel; findings: Finding[] }> {
  const parser = await sharedParser();
  const included = headers.map((header, number) => parser.parse(header, originOf(number)));
  const document = parser.parse(text);
  try {
    const model = buildModel(document, new Imports(included));
    return { model, findings: lint(document, model) };
  } finally {
    for (const parsed of [document, ...included]) parsed.dispose();
  }
}

const header = `#ifndef SCALE_CUH
#define SCALE_CUH
#define BLOCK 2048
constexpr int N = 1 << 20;
typedef float real;
struct Item { float4 place; int kind; };
int blocksFor(int n, int b) { return (n + b - 1) / b; }
template <typename T>
__global__ void scale(T* data, int n, float by = 2.0f) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  data[i] *= by;
}
#endif
`;

describe('included files', () => {
  it('give kernels, macros, constants, types and helper functions to the file', async () => {
    const source = `#include "scale.cuh"
void f(float* d, int n) {
  scale<real><<<blocksFor(N, 256), BLOCK, sizeof(Item)>>>(d, n);
}`;
    const { model } = await analyzed(source, header);
    const [launch] = model.launches;
    expect(model.kernels).toEqual([]);
    expect(launch!.kernel).toBeUndefined();
    const kernel = kernelOf(model, launch!);
    expect(kernel?.parameters.map(({ name }) => name)).toEqual(['data', 'n', 'by']);
    expect(launch!.grid.x).toEqual({ known: true, value: 4096n });
    expect(launch!.block.x).toEqual({ known: true, value: 2048n });
    expect(launch!.shared.value).toEqual({ known: true, value: 32n });
    // Its positions lead back to the header.
    const place = includedPlace(kernel!.nameSpan.start);
    expect(place).toEqual({ number: 0, offset: header.indexOf('scale(') });
  });

  it('have findings at the launch, without fixes elsewhere', async () => {
    const source = `#include "scale.cuh"
void f(float* d, int n) { scale<<<(n + 255) / 256, 256>>>(d, n); }
void g(float* d, int n) { scale<<<1, BLOCK>>>(d, n); }`;
    const { findings } = await analyzed(source, header);
    expect(findings.map(({ rule, span, fixes }) => [rule, source.slice(span.start, span.end), fixes.length])).toEqual([
      ['missing-bounds-guard', 'scale', 0],
      ['block-too-large', 'BLOCK', 0],
    ]);
  });

  it('do not decide what several of them define differently', async () => {
    const { model } = await analyzed(
      '#include "a.h"\n#include "b.h"\nvoid f() { k<<<SIZE, 32>>>(); }',
      '#define SIZE 1\n__global__ void k() {}',
      '#define SIZE 2\n__global__ void k() {}',
    );
    expect(model.launches[0]!.grid.x.known).toBe(false);
    expect(kernelOf(model, model.launches[0]!)).toBeUndefined();
  });

  it('give way to a definition in the file where they only declare', async () => {
    const { model } = await analyzed(
      '#include "a.h"\n__global__ void k(int n) {}\nvoid f() { k<<<1, 32>>>(1); }',
      '__global__ void k(int n);',
    );
    expect(model.launches[0]!.kernel).toBe(0);
  });

  it('are seen anew when they change, and stay with the file as it is edited', async () => {
    const parser = await sharedParser();
    const document = parser.parse('void f() { k<<<SIZE, 32>>>(); }');
    const sizes = ['#define SIZE 1\n', '#define SIZE 2\n'].map(
      (text) => new Imports([parser.parse(text, originOf(0))]),
    );
    const grid = (imports: Imports): unknown => buildModel(document, imports).launches[0]!.grid.x;
    expect(grid(sizes[0]!)).toEqual({ known: true, value: 1n });
    document.edit([{ offset: 0, removed: 0, text: 'int x;\n' }]);
    expect(grid(sizes[0]!)).toEqual({ known: true, value: 1n });
    expect(grid(sizes[1]!)).toEqual({ known: true, value: 2n });
    document.dispose();
  });

  it('are those that are surely included', async () => {
    const document = (await sharedParser()).parse(`#include "a.h"
#include <cuda_runtime.h>
#ifdef USE_B
#include "b.h"
#endif
#ifdef __CUDACC__
#  include "sub/c.cuh" // kernels
#endif
`);
    expect(includesOf(document)).toEqual([
      { name: 'a.h', quoted: true },
      { name: 'cuda_runtime.h', quoted: false },
      { name: 'sub/c.cuh', quoted: true },
    ]);
    document.dispose();
  });
});
