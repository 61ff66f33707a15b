import { describe, expect, it } from 'vitest';
import { configurationPlace, functionAround, isCode, namesInScope, wordAt } from '../../../server/src/analysis';

describe('configurationPlace', () => {
  it.each([
    ['k<<<', 0, [], ''],
    ['k<<<grid, ', 1, ['grid'], ' '],
    ['ns::k<float, 4><<<dim3(1, 2), 25', 1, ['dim3(1, 2)'], ' 25'],
    ['k<<<a[i, j], {1, 2}, 0, s', 3, ['a[i, j]', '{1, 2}', '0'], ' s'],
  ])('%j is argument %i', (before, index, written, begun) => {
    expect(configurationPlace(before)).toEqual({ index, written, begun, kernel: 'k' });
  });

  it.each(['k<<<dim3(', 'k<<<1, 2>>>', 'k<<<1, 2>>>(a, ', 'x << y', '<<<', 'k<<<1, 2;\n', 'a = b'])(
    '%j is none',
    (before) => expect(configurationPlace(before)).toBeUndefined(),
  );
});

describe('namesInScope', () => {
  it('has what the function declares and constants of the file', () => {
    const before = `#define TPB 256  // threads
#define NOT_A_NUMBER foo
constexpr int kTile = 16;
int global = 3;
namespace ns {
  void first(int elsewhere) { dim3 gone(1); }
  void run(float* p, const unsigned int n, size_t bytes) {
    const int a = 1, b = 2 * a;
    dim3 grid{1, 2}, block(16, 16);
    for (int i = 0; i < n; ++i) {
      cudaStream_t stream;
      `;
    expect(namesInScope(before)).toEqual([
      { name: 'TPB', type: 'int', value: '256' },
      { name: 'kTile', type: 'int', value: '16' },
      { name: 'n', type: 'unsigned int' },
      { name: 'bytes', type: 'size_t' },
      { name: 'a', type: 'int', value: '1' },
      { name: 'b', type: 'int', value: '2 * a' },
      { name: 'grid', type: 'dim3' },
      { name: 'block', type: 'dim3' },
      { name: 'i', type: 'int' },
      { name: 'stream', type: 'cudaStream_t' },
    ]);
  });
});

describe('functionAround', () => {
  it('tells kernels from host code, in the body and before it', () => {
    const file = '#include <a>\n__global__ void k() { if (1) { } }\nextern "C" { void f() { g(); ';
    expect(functionAround(file)).toMatchObject({ inBody: true, device: false });
    expect(functionAround('__global__ void k() { if (1) {} x')).toMatchObject({ inBody: true, device: true });
    expect(functionAround('void f() {}\n__global__ void k(')).toMatchObject({ inBody: false, device: true });
    // The brace that is missing in f does not reach beyond the first column.
    expect(functionAround('__device__ void f() { if (1) {\n}\nvoid g() { ')).toMatchObject({ device: false });
  });
});

describe('isCode', () => {
  it('leaves out comments, strings and numbers', () => {
    const text = `a /* b */ c // d \\\n still d\n"e" 'f' 1'000'g R"(h " i)" j /* k`;
    const code = [...text].map((letter, index) => (/[a-k]/.test(letter) && isCode(text, index) ? letter : ''));
    expect(code.join('')).toBe('acj');
  });

  it('finds the word at a place', () => {
    expect(wordAt('x threadIdx.x', 5)).toEqual({ word: 'threadIdx', span: { start: 2, end: 11 } });
    expect(wordAt('12ab', 2)).toBeUndefined();
    expect(wordAt('a + b', 2)).toBeUndefined();
  });
});
