import { describe, expect, it } from 'vitest';
import type { Evaluated } from '../../../server/src/analysis';
import { modelOf } from './support';

/** What the first argument of the launch in `source` folds to; the value, or why there is none. */
async function valueOf(source: string): Promise<bigint | number | string> {
  const { launches } = await modelOf(source);
  expect(launches).toHaveLength(1);
  return show(launches[0]!.arguments[0]!.value);
}

const show = (value: Evaluated): bigint | number | string => (value.known ? value.value : value.why);

/** The launch argument `expression`, at the end of a function whose body begins with `body`. */
const inFunction = (expression: string, body = '', file = ''): string =>
  `${file}\n__global__ void k(int n);\nvoid f(int p, int argc) {\n${body}\nk<<<1, 1>>>(${expression});\n}\n`;

describe('folds', () => {
  it.each<[string, bigint | number, string?, string?]>([
    ['1 + 2 * 3', 7n],
    ['(7 - 10) / 2', -1n],
    ['-7 % 3', -1n],
    ['1 << 20', 1048576n],
    ['0x10u | 3', 19n],
    ["1'000'000", 1000000n],
    ['017', 15n],
    ['~0', -1n],
    ['4294967295u + 1u', 0n],
    ['3000000000', 3000000000n],
    ['7 / 2.0', 3.5],
    ['(int)(7 / 2.0)', 3n],
    ['static_cast<unsigned>(-1)', 4294967295n],
    ['unsigned(3) * 2', 6n],
    ['0.1f + 0.2f', 0.30000001192092896],
    ['2 > 1 ? 10 : 20', 10n],
    ['!0 + 0', 1n],
    ['N', 1024n, '', '#define N 1024'],
    ['N * M', 4096n, '', '#define N 1024 // elements\n#define M (N / 256)'],
    ['TWICE(3 + 1)', 5n, '', '#define TWICE(x) x * 2'],
    ['DIV_UP(1000, 256)', 4n, '', '#define DIV_UP(a, b) (((a) + (b) - 1) / (b))'],
    ['BLOCK', 16n, '', '#ifndef BLOCK\n#define BLOCK 16\n#endif'],
    ['SIZE', 9n, '', 'constexpr int SIZE = 3 * 3;'],
    ['ns::SIZE', 9n, '', 'namespace ns { constexpr int SIZE = 9; }'],
    ['Traits::kTile', 32n, '', 'struct Traits { static constexpr int kTile = 32; };'],
    ['B', 1n, '', 'enum { A, B, C = 10, D };'],
    ['D', 11n, '', 'enum { A, B, C = 10, D };'],
    ['Mode::Fast + 0', 4n, '', 'enum class Mode { Slow = 3, Fast };'],
    ['count', 100n, '', 'static int count = 100;'],
    ['n', 5n, 'int n = 5;'],
    ['n', 5n, 'int n; n = 5;'],
    ['n', 5n, 'int n(5);'],
    ['n', 5n, 'int n{5};'],
    ['n', 20n, 'int n = 5; n *= 4;'],
    ['n', 6n, 'int n = 5; n++;'],
    ['n', 8n, 'int n = 5; if (p) { n = 1; n = 7; } n = 8;'],
    ['n', 2n, 'float x = 2.9f; int n = x;'],
    ['m', 3n, 'int n = 3; int m = n; n = 4;'],
    ['n', 1n, 'int n = 1; { int n = 2; n = 3; }'],
    ['m', 4n, 'const size_t n(4 * 1); size_t m(n);'],
    ['sizeof(float) * 3', 12n],
    ['sizeof(float4) + sizeof(double3)', 40n],
    ['sizeof(unsigned long long)', 8n],
    ['sizeof(void*)', 8n],
    ['sizeof(*q)', 8n, 'double* q;'],
    ['sizeof(q[0])', 4n, 'int* q;'],
    ['sizeof(table)', 48n, 'int table[3][4];'],
    ['sizeof(P)', 32n, '', 'struct P { float4 a; char c; int b[3]; };'],
    ['sizeof(Q)', 16n, '', 'typedef struct { double x; char c; } Q;'],
    ['sizeof(real)', 8n, '', 'typedef double real;'],
    ['sizeof(real)', 4n, '', 'using real = float;'],
    ['min(3, 4) + std::max(5, 6)', 9n],
    ['(int)ceil(1000 / 256.0)', 4n],
    ['(int)ceilf((float)1000 / 256)', 4n],
    ['(int)pow(2, 10)', 1024n],
    ['cdiv(1000, 256)', 4n, '', 'int cdiv(int a, int b) { return (a + b - 1) / b; }'],
    [
      'up(1000, 256)',
      4n,
      '',
      'template <typename T> constexpr T up(T a, T b) { return a % b != 0 ? a / b + 1 : a / b; }',
    ],
    ['ceil_div(1000, 256)', 4n],
    ['per(1000, 256)', 4n, 'auto per = [](int a, int b) { return (a + b - 1) / b; };'],
    ['per(1000, 256)', 4n, '', 'const auto per = [](auto a, auto b) -> int { return (a + b - 1) / b; };'],
    ['per(1000)', 4n, 'const int b = 256; auto per = [=](int a) { return (a + b - 1) / b; };'],
    ['per(1000, 256)', 4n, '', 'int per(int a, int b) { if (a % b == 0) return a / b; return a / b + 1; }'],
    ['per(1000, 256)', 4n, '', 'int per(int a, int b) { if (a % b) { return a / b + 1; } else { return a / b; } }'],
    ['per(1000, 256)', 4n, '', 'int per(int a, int b) { assert(b > 0); int c = a + b - 1; c /= b; return c; }'],
    ['per<256>(1000)', 4n, '', 'template <int B> constexpr int per(int n) { return (n + B - 1) / B; }'],
    ['per<1000, 256>()', 4n, '', 'template <int A, int B> constexpr int per() { return (A + B - 1) / B; }'],
    ['cuda::ceil_div(1000, 256)', 4n],
    ['std::clamp(5000, 1, 1024)', 1024n],
    ['static_cast<int>(Mode::Fast)', 4n, '', 'enum class Mode : int { Slow = 3, Fast };'],
    ['C::BLOCK', 128n, 'using C = Config;', 'struct Config { static const int BLOCK = 128; };'],
    ['Config<float>::BLOCK', 128n, '', 'template <typename T> struct Config { static constexpr int BLOCK = 128; };'],
    ['c.block', 64n, 'Config c; c.block = 64;', 'struct Config { int block; };'],
    ['c.block', 64n, 'Config c = {2, 64};', 'struct Config { int grid; int block; };'],
    ['c.block', 64n, 'Config c{.block = 64};', 'struct Config { int grid, block; };'],
    ['c.block', 64n, 'Config c;', 'struct Config { int block = 64; };'],
    ['sizeof(a) / sizeof(a[0])', 3n, 'float a[] = {1, 2, 3};'],
    ['sizeof(a) / sizeof(*a)', 5n, 'float a[5];'],
    ['std::size(a)', 5n, 'int a[5];'],
    ['h.size()', 1000n, 'std::vector<float> h(1000, 1.0f);'],
    ['h.size()', 1000n, 'const int N = 1000; std::vector<float> h(N); fill(h.data(), p);'],
    ['h.size()', 3n, 'std::vector<int> h{1, 2, 3};'],
    ['h.size()', 10n, 'std::vector<float> h; h.resize(10);'],
    ['h.size()', 7n, 'std::array<int, 7> h;'],
    ['(int)h.size()', 9n, 'thrust::device_vector<float> h(9); thrust::fill(h.begin(), h.end(), 0);'],
    ['sizeof(std::complex<float>)', 8n],
    ['INT_MAX', 2147483647n],
    ["'a'", 97n],
    ['area(3)', 12n, '', 'int area(int w) { const int h = w + 1; return w * h; }'],
  ])('%s is %s', async (expression, value, body, file) => {
    expect(await valueOf(inFunction(expression, body, file))).toBe(value);
  });
});

describe('knows what it does not know', () => {
  it.each<[string, RegExp, string?, string?]>([
    ['p', /'p' is a parameter/],
    ['n', /'n' is assigned conditionally/, 'int n = 5; if (argc > 1) n = atoi(argv[1]);'],
    ['n', /'n' is assigned conditionally/, 'int n = 5; while (p--) n = 7;'],
    ['n', /'n' is assigned conditionally/, 'int n = 5; p && (n = 7);'],
    ['n', /'n': its address is taken/, 'int n = 5; scanf("%d", &n);'],
    ['n', /'n': is read from a stream/, 'int n = 5; std::cin >> n;'],
    ['n', /'n' is passed to 'choose'/, 'int n = 5; choose(p, n);'],
    ['n', /'n': a reference to it is taken/, 'int n = 5; int& r = n; r = 6;'],
    ['n', /has no initial value/, 'int n;'],
    ['unknown + 1', /'unknown' is not defined in this file/],
    ['f(3)', /'f' is not defined in this file/],
    ['N', /several definitions/, '', '#ifdef DEBUG\n#define N 16\n#else\n#define N 1024\n#endif'],
    ['N', /only under a condition/, '', '#ifdef DEBUG\n#define N 16\n#endif'],
    ['N', /#undef/, '', '#define N 16\n#undef N'],
    ['count', /assigned in a function/, '', 'int count = 5;\nvoid g() { count = 6; }'],
    ['4 / (2 - 2)', /divides by zero/],
    ['2147483647 + 1', /overflows/],
    ['sizeof(Unknown)', /size of Unknown is not known/],
    ['table[2]', /element of an array/, 'int table[3] = {1, 2, 3};'],
    [
      'Config<double>::B',
      /several definitions/,
      '',
      'template <typename T> struct Config { static constexpr int B = 1; };\ntemplate <> struct Config<double> { static constexpr int B = 2; };',
    ],
    ['c.block', /not known here/, 'Config c; if (p) c.block = 64; else c.block = 32;', 'struct Config { int block; };'],
    ['c.block', /not known/, 'Config c; parse(&c);', 'struct Config { int block = 64; };'],
    ['c.block', /not known/, 'Config c;', 'struct Config { Config() : block(3) {} int block = 64; };'],
    ['h.size()', /elements of 'h'/, 'std::vector<float> h(10); h.push_back(1);'],
    ['h.size()', /elements of 'h'/, 'std::vector<float> h(10); if (p) h.resize(20);'],
    ['h.size()', /elements of 'h'/, 'std::vector<float> h(10); load(h);'],
    ['h.size()', /elements of 'h'/, 'std::vector<float> h(argv, argv + argc);'],
    ['n', /changes in a loop/, 'int n = 3; do { n *= 2; } while (n < p);'],
    ['per(1000)', /changes, and is used/, 'int b = 256; auto per = [&](int a) { return a / b; }; b = 128;'],
    ['u.i', /not known here/, 'U u; u.i = 4; u.f = 1;', 'union U { int i; float f; };'],
    ['s.n', /not known|not defined/, 'struct S s;'],
  ])('%s: %s', async (expression, why, body, file) => {
    expect(await valueOf(inFunction(expression, body, file))).toMatch(why);
  });

  it('does not take one pass of a loop for all of them', async () => {
    const source = '__global__ void k(int n);\nvoid f() { for (int s = 1; s < 8; s *= 2) k<<<1, 1>>>(s); }';
    expect(await valueOf(source)).toMatch(/'s' changes in a loop/);
  });

  it('takes a value that each pass sets anew', async () => {
    const source =
      '__global__ void k(int n);\nvoid f() { int n; for (int i = 0; i < 3; i++) { n = 4; k<<<1, 1>>>(n); n = 5; } }';
    expect(await valueOf(source)).toBe(4n);
  });

  it('prefers the arm of the if that the launch stands in', async () => {
    const source = '__global__ void k(int n);\nvoid f(int p) { int n = 1; if (p) n = 2; else k<<<1, 1>>>(n); }';
    expect(await valueOf(source)).toBe(1n);
  });

  it('calls a template parameter by its name, not a constant that it hides', async () => {
    const source =
      '#define W 3\nconstexpr int B = 4;\n__global__ void k(int n);\ntemplate <int B> void f() { k<<<1, 1>>>(B); }';
    expect(await valueOf(source)).toMatch(/'B' is a template parameter/);
  });

  it('gives up on definitions that double without end', async () => {
    const lines = Array.from({ length: 60 }, (_, i) => `const int a${i + 1} = a${i} + a${i} * a${i};`);
    const result = await valueOf(inFunction('a60', '', `int a0;\n${lines.join('\n')}`));
    expect(result).toMatch(/too indirectly|no value/);
  });
});
