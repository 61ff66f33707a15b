import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildModel, lint, type FileModel, type ParsedDocument } from '../../../server/src/analysis';
import { maskGrammarGaps } from '../../../server/src/analysis/parse';
import { root, sharedParser } from './support';

const folder = path.join(root, 'test/fixtures/rules');
const fixtures = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.cu'))
  .map((file) => [file, readFileSync(path.join(folder, file), 'utf8')] as const);

/** The same numbers on every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function everything(document: ParsedDocument): { model: FileModel; findings: unknown } {
  const model = buildModel(document);
  return { model, findings: lint(document, model) };
}

describe('masking', () => {
  it.each([
    ['struct __align__(8) P { int a; };', 'struct              P { int a; };'],
    ['__global__ void __launch_bounds__(256, 2, 1) k() {}', '__global__ void __launch_bounds__(256      ) k() {}'],
    ['k<<<{8,8},{16}>>>(a);', 'k<<<(8,8),(16)>>>(a);'],
    ['auto f = [=] __host__ __device__ (int i) {};', 'auto f = [=]                     (int i) {};'],
    ['namespace EXPORT x { }', 'namespace        x { }'],
    ['  TIMER("a")\n  k<<<1, 1>>>();', '  TIMER("a");  k<<<1, 1>>>();'],
    ['T(k<<<1, 1>>>(a); sync(););', 'T(k<<<1, 1>>>(a), sync() );'],
    ['for (; i < n;) k<<<1, 1>>>(a);', 'for (; i < n;) k<<<1, 1>>>(a);'],
    ['start(x) // why\n  k<<<1, 1>>>();', 'start(x);// why\n  k<<<1, 1>>>();'],
    ['  CHECK(f(a))\n  CHECK(g(a));', '  CHECK(f(a));  CHECK(g(a));'],
    ['  if (a) {}\n  CHECK(f(a)) // why\n}', '  if (a) {}\n  CHECK(f(a));// why\n}'],
    ['x = y +\nOFFSET(a)\nb;', 'x = y +\nOFFSET(a)\nb;'],
    ['for (;;)\n#pragma unroll 4\nfor (;;) a();', `for (;;)\n${' '.repeat(16)}\nfor (;;) a();`],
    ['  UNROLL(4)\n  for (;;) a();', `  ${' '.repeat(9)}\n  for (;;) a();`],
    ['FORCE_INLINE float f(float x) {}', `${' '.repeat(13)}float f(float x) {}`],
    ['void f(const T* RESTRICT a, T * __my_restrict__ b);', 'void f(const T*          a, T *                 b);'],
    ['x = n * RESTRICT + *RESTRICT;', 'x = n * RESTRICT + *RESTRICT;'],
    ['C10_HOST_DEVICE float f(float x) {}', '__device__      float f(float x) {}'],
    ['int x = USE_DEVICE\n  ? f(1) : 2;', 'int x = USE_DEVICE\n  ? f(1) : 2;'],
    ['#define KERNEL __global__\nKERNEL void k() {}', '#define KERNEL __global__\n__global__  k() {}'],
    ['#define K __global__\nextern "C" K void k() {}', '#define K __global__\n__global__ void   k() {}'],
    ['#define A(x) \\\n  f(x); /* why */ \\\n  g(x)', `#define A(x) \\\n  f(x); ${' '.repeat(9)} \\\n  g(x)`],
    ['LIB_NAMESPACE_BEGIN\nint a;', `${' '.repeat(19)}\nint a;`],
    ['int a = b < c; f(x, {1, 2});', 'int a = b < c; f(x, {1, 2});'],
  ])('%s', (source, masked) => {
    expect(maskGrammarGaps(source)).toBe(`${masked}\n`);
  });

  it('keeps every position', () => {
    for (const [, text] of fixtures) {
      const masked = maskGrammarGaps(text);
      expect(masked.length - text.length).toBe(text.endsWith('\n') ? 0 : 1);
    }
  });
});

describe('broken code', () => {
  it.each(fixtures)('%s: is never thrown at, cut short or garbled', async (_, text) => {
    const parser = await sharedParser();
    const next = random(text.length);
    for (let round = 0; round < 24; round++) {
      const at = next(text.length);
      const length = 1 + next(40);
      const variants = [text.slice(0, at), text.slice(at), text.slice(0, at) + text.slice(at + length)];
      const noise = ['{', ')', '<<<', '"', '/*', '#if', 'template <', '\u0000', '😀', '('][next(10)]!;
      variants.push(text.slice(0, at) + noise + text.slice(at));
      const document = parser.parse(variants[next(variants.length)]!);
      expect(() => everything(document)).not.toThrow();
      document.dispose();
    }
  });

  it('accepts the empty file', async () => {
    const document = (await sharedParser()).parse('');
    expect(everything(document)).toEqual({ model: { kernels: [], launches: [], allocations: [] }, findings: [] });
    document.dispose();
  });
});

describe('edits', () => {
  const edits = [
    '1',
    'x',
    ' ',
    '\n',
    ';',
    '(',
    ')',
    '{',
    '}',
    '// c\n',
    'int n = 4;\n',
    '__align__(8) ',
    '#if 0\n',
    'é',
    '<<<1, 2>>>()',
  ];

  it.each(fixtures)('%s: an edited document equals one parsed afresh', async (_, original) => {
    const parser = await sharedParser();
    const document = parser.parse(original);
    const next = random(original.length + 7);
    for (let step = 0; step < 30; step++) {
      const { text } = document;
      const offset = next(text.length + 1);
      const removed = next(3) === 0 ? Math.min(next(12), text.length - offset) : 0;
      document.edit([{ offset, removed, text: edits[next(edits.length)]! }]);
      const fresh = parser.parse(document.text);
      expect(everything(document)).toEqual(everything(fresh));
      fresh.dispose();
      // Mostly back to sound code: errors hide differences.
      if (next(2) === 0) document.replace(original);
    }
    document.dispose();
  });

  it('applies several edits one after the other', async () => {
    const document = (await sharedParser()).parse('int a;\nint b;\n');
    document.edit([
      { offset: 4, removed: 1, text: 'long_name' },
      { offset: 19, removed: 1, text: 'c' },
    ]);
    expect(document.text).toBe('int long_name;\nint c;\n');
    document.dispose();
  });

  it('keeps the items that an edit does not touch', async () => {
    const source = 'void a() {}\nvoid b() { f(1); }\nvoid c() {}\n';
    const document = (await sharedParser()).parse(source);
    const before = document.units;
    document.edit([{ offset: source.indexOf('1'), removed: 1, text: '12345' }]);
    const after = document.units;
    expect(after.map((unit, i) => unit === before[i])).toEqual([true, false, true]);
    expect(after.map((unit) => document.text.slice(unit.base, unit.end))).toEqual(after.map((unit) => unit.text));
    document.dispose();
  });
});
