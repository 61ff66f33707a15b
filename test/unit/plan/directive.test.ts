/** Plans under a directive, or under what a request sets in its place. */
import { describe, expect, it } from 'vitest';
import { answerFor, buffer, counts, planFor, scalar, zeros } from './support';

const add = `__global__ void add(const float* A, const float* B, float* C, int N) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < N) C[i] = A[i] + B[i];
}
`;

describe('a directive above the kernel', () => {
  it('gives sizes, fills, a check and amounts, each with its line', async () => {
    const plan = await planFor(
      `// kernel-lens: N=1<<12, block=128, grid=ceil(N/block), A=random(-1, 1)
/* kernel-lens: B=constant(2.5), C=zeros, check=1e-5,
 *   flops=N, bytes=3*N*4 */
${add}`,
      'add',
    );
    expect(scalar(plan, 'N')).toMatchObject({ value: '4096', provenance: { kind: 'directive', line: 1 } });
    expect(plan.block).toEqual([128, 1, 1]);
    expect(plan.grid).toEqual([32, 1, 1]);
    expect(plan.provenance.grid).toEqual({ kind: 'directive', line: 1 });
    expect(counts(plan)).toEqual({ A: 4096, B: 4096, C: 4096 });
    expect(buffer(plan, 'A').fill).toEqual({ kind: 'random', low: -1, high: 1 });
    expect(buffer(plan, 'B').fill).toEqual({ kind: 'constant', value: 2.5 });
    expect(buffer(plan, 'C').fill).toEqual(zeros);
    expect(plan.check).toEqual({ tolerance: 1e-5 });
    expect(plan.flops).toBe(4096);
    expect(plan.bytes).toBe(3 * 4096 * 4);
  });

  it('sizes buffers by expressions of names, constants and template parameters', async () => {
    const plan = await planFor(
      `#define ROWS 8
constexpr int columns = 16;
// kernel-lens: T=double, TILE=32, A[ROWS * columns * TILE]=ramp, half=TILE/2, out[half], shared=TILE*sizeof(double)
template <typename T, int TILE> __global__ void k(const T* A, T* out) { out[threadIdx.x] = A[out[0] > 0 ? 1 : 0]; }`,
      'k',
    );
    expect(plan.templateArguments).toEqual(['double', '32']);
    expect(buffer(plan, 'A')).toMatchObject({ count: 8 * 16 * 32, fill: { kind: 'ramp' }, element: { scalar: 'f64' } });
    expect(buffer(plan, 'out').count).toBe(16);
    expect(plan.values).toEqual([{ name: 'half', value: 16, provenance: { kind: 'directive', line: 3 } }]);
    expect(plan.sharedBytes).toBe(256);
  });

  it('keeps 64-bit values exact, and takes 2-D blocks in every spelling', async () => {
    const source = (block: string) =>
      `// kernel-lens: seed=0x9E3779B97F4A7C15, block=${block}
__global__ void k(unsigned long long seed, float* o) { o[threadIdx.x + threadIdx.y] = seed; }`;
    for (const block of ['(32, 8)', '32x8', 'dim3(32, 8, 1)', '32x8x1']) {
      const plan = await planFor(source(block), 'k');
      expect(plan.block).toEqual([32, 8, 1]);
      expect(scalar(plan, 'seed').value).toBe('11400714819323198485');
    }
  });

  it('a plain run takes the last of a range and the first of alternatives', async () => {
    const plan = await planFor(`// kernel-lens: N=1<<10..1<<14, block=64|128\n${add}`, 'add');
    expect(scalar(plan, 'N').value).toBe('16384');
    expect(plan.block).toEqual([64, 1, 1]);
  });

  it('compares with a reference of the file', async () => {
    const plan = await planFor(`// kernel-lens: check=addOnHost\n${add}`, 'add');
    expect(plan.check).toEqual({ reference: 'addOnHost', tolerance: 1e-4 });
    const exact = await planFor(`// kernel-lens: check=addOnHost(0)\n${add}`, 'add');
    expect(exact.check).toEqual({ reference: 'addOnHost', tolerance: 0 });
  });

  it.each([
    ['N=oops', /N=oops in the directive in line 1 cannot be used: Nothing named 'oops'/],
    ['block=2048', /at most 1024 threads/],
    ['A=7', /zeros, ones, ramp, random/],
    ['A[0]', /no number of elements/],
    ['N=4 4', /no expression/],
    ['=4', /directive in line 1 cannot be read/],
    ['launch=1', /does not launch the kernel/],
    ['M=M+1', /computed from itself/],
    ['A=random(1, 0)', /empty/],
  ])('says why %s cannot be used', async (text, message) => {
    const answer = await answerFor(`// kernel-lens: ${text}\n${add}`, 'add');
    expect(answer).toMatchObject({ message: expect.stringMatching(message) as string });
  });
});

describe('a directive and a launch', () => {
  const program = (before = '', at = '') => `${before}${add}
int main(int argc, char** argv) {
  int n = 1000;
  const int threads = 256;
  float *a, *b, *c;
  cudaMalloc(&a, n * sizeof(float)); cudaMalloc(&b, n * sizeof(float)); cudaMalloc(&c, n * sizeof(float));
  ${at}add<<<(n + threads - 1) / threads, threads>>>(a, b, c, n);
  add<<<1, 32>>>(a, b, c, 32);
}`;

  it("a parameter's value reaches what the host computes from the variable passed for it", async () => {
    const plan = await planFor(program('// kernel-lens: N=100000\n'), 'add');
    expect(plan.grid).toEqual([Math.ceil(100000 / 256), 1, 1]);
    expect(counts(plan)).toEqual({ A: 100000, B: 100000, C: 100000 });
    expect(plan.launch).toEqual({ index: 0, count: 2 });
  });

  it("a host variable's name is a value of its own", async () => {
    const plan = await planFor(program('// kernel-lens: n=5000\n'), 'add');
    expect(scalar(plan, 'N').value).toBe('5000');
    expect(plan.grid).toEqual([20, 1, 1]);
    expect(plan.values).toMatchObject([{ name: 'n', value: 5000 }]);
  });

  it('another block keeps every element covered', async () => {
    const followed = await planFor(program('// kernel-lens: block=64\n'), 'add');
    expect([followed.grid, followed.block]).toEqual([
      [16, 1, 1],
      [64, 1, 1],
    ]);
    const literal = await planFor(program('// kernel-lens: block=8, launch=2\n'), 'add');
    expect(literal.launch).toEqual({ index: 1, count: 2 });
    expect(literal.grid).toEqual([4, 1, 1]);
    expect(literal.provenance.grid).toMatchObject({
      kind: 'default',
      why: expect.stringContaining('threads') as string,
    });
  });

  it('a directive above a launch holds for that launch', async () => {
    const text = program('', '// kernel-lens: n=300\n  ');
    expect(scalar(await planFor(text, 'add'), 'N').value).toBe('300');
    expect(scalar(await planFor(text, 'add', undefined, { launch: 1 }), 'N').value).toBe('32');
  });
});

describe('overrides', () => {
  const overrides = (entries: Record<string, string>) => ({ overrides: new Map(Object.entries(entries)) });

  it('win over the directive and keep what they do not name', async () => {
    const text = `// kernel-lens: N=1<<10, A[2*N]=ramp, block=64\n${add}`;
    const plan = await planFor(text, 'add', undefined, overrides({ N: '1<<12', A: 'ones', block: '32' }));
    expect(scalar(plan, 'N')).toMatchObject({ value: '4096', provenance: { kind: 'request' } });
    expect(buffer(plan, 'A')).toMatchObject({ count: 8192, fill: { kind: 'constant', value: 1 } });
    expect(plan.block).toEqual([32, 1, 1]);
    expect(plan.grid).toEqual([128, 1, 1]);
  });

  it('say where what follows from them and what buffers hold comes from', async () => {
    const text = `// kernel-lens: A=ramp
__global__ void k(const float* A, float* B, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) B[i] = A[i]; }
int main(int, char** v) {
  int N = atoi(v[1]), M = atoi(v[2]); float *a, *b;
  cudaMalloc(&a, N * sizeof(float)); cudaMalloc(&b, (M + 7) * sizeof(float));
  k<<<(N + 31) / 32, 32>>>(a, b, N);
}`;
    const plan = await planFor(text, 'k', 1024, overrides({ N: '64', B: 'ones' }));
    const given = ['N = 64'];
    expect(plan.provenance.grid).toEqual({ kind: 'launchSite', line: 6, given });
    expect(plan.provenance.block).toEqual({ kind: 'launchSite', line: 6 });
    expect(scalar(plan, 'n').provenance).toEqual({ kind: 'launchSite', line: 6, given });
    expect(buffer(plan, 'A')).toMatchObject({
      provenance: { kind: 'allocation', line: 5, given },
      fillProvenance: { kind: 'directive', line: 1 },
    });
    expect(buffer(plan, 'B')).toMatchObject({
      provenance: { kind: 'default', why: expect.stringContaining('assumed M = ') as unknown },
      fillProvenance: { kind: 'request' },
    });
  });

  it('set template parameters, the grid and shared memory', async () => {
    const plan = await planFor(
      `template <int TILE> __global__ void k(float* o) { extern __shared__ float s[]; o[threadIdx.x + TILE] = s[0]; }
int main() { float* o; k<8><<<4, 32, 128>>>(o); }`,
      'k',
      undefined,
      overrides({ TILE: '16', grid: '2x3', shared: '100*1024' }),
    );
    expect(plan.templateArguments).toEqual(['16']);
    expect(plan.grid).toEqual([2, 3, 1]);
    expect(plan.sharedBytes).toBe(102400);
  });

  it('a parameter of a reserved name is the parameter; blockDim and gridDim stay', async () => {
    const plan = await planFor(
      `// kernel-lens: grid=ones, gridDim=3, blockDim=64
__global__ void life(const float* grid, float* out) { int i = blockIdx.x * blockDim.x + threadIdx.x; out[i] = grid[i]; }`,
      'life',
    );
    expect(buffer(plan, 'grid')).toMatchObject({ count: 192, fill: { kind: 'constant', value: 1 } });
    expect([plan.grid, plan.block]).toEqual([
      [3, 1, 1],
      [64, 1, 1],
    ]);
  });
});
