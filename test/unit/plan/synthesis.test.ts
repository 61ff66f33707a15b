/** Plans of kernels that nothing launches: sizes are made up, agree with each other, and say so. */
import { describe, expect, it } from 'vitest';
import { answerFor, buffer, counts, planFor, scalar, zeros } from './support';

describe('the seed of every tutorial', () => {
  it('runs with as many elements as the setting says', async () => {
    const plan = await planFor(
      `__global__ void vectorAdd(float* A, float* B, float* C, int N) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < N) C[i] = A[i] + B[i];
}`,
      'vectorAdd',
      1_000_000,
    );
    expect(scalar(plan, 'N').value).toBe('1000000');
    expect(plan.block).toEqual([256, 1, 1]);
    expect(plan.grid).toEqual([Math.ceil(1_000_000 / 256), 1, 1]);
    expect(counts(plan)).toEqual({ A: 1_000_000, B: 1_000_000, C: 1_000_000 });
    for (const { provenance } of plan.arguments) expect(provenance).toMatchObject({ kind: 'default' });
    expect(plan.provenance.grid).toMatchObject({ kind: 'default', why: expect.stringContaining('cover') as string });
  });

  it('covers unguarded threads too', async () => {
    const plan = await planFor(
      '__global__ void square(float* out, float* in) { int i = blockIdx.x * blockDim.x + threadIdx.x; out[i] = in[i] * in[i]; }',
      'square',
      1000,
    );
    const threads = plan.grid[0] * plan.block[0];
    expect(threads).toBeGreaterThanOrEqual(1000);
    expect(counts(plan)).toEqual({ out: threads, in: threads });
  });

  it('a single block has as many elements as threads', async () => {
    const plan = await planFor(
      '__global__ void add(int* a, int n) { int i = threadIdx.x; if (i < n) a[i] += 1; }',
      'add',
    );
    expect(plan.grid).toEqual([1, 1, 1]);
    expect(Number(scalar(plan, 'n').value)).toBe(plan.block[0]);
  });
});

describe('shapes', () => {
  it('a grid-stride loop over coarsened threads', async () => {
    const plan = await planFor(
      `__global__ void saxpy(int n, float a, const float* x, float* y) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) y[i] = a * x[i] + y[i];
}`,
      'saxpy',
      2 ** 18,
    );
    expect(counts(plan)).toEqual({ x: 2 ** 18, y: 2 ** 18 });
    expect(buffer(plan, 'y').access).toBe('readwrite');
  });

  it('four elements a thread take a quarter of the blocks', async () => {
    const plan = await planFor(
      `__global__ void copy4(const float4* in, float4* out, int n) {
  int i = (blockIdx.x * blockDim.x + threadIdx.x) * 4;
  if (i < n) for (int k = 0; k < 4; ++k) out[i + k] = in[i + k];
}`,
      'copy4',
      2 ** 16,
    );
    expect(plan.grid[0] * plan.block[0] * 4).toBe(2 ** 16);
    expect(buffer(plan, 'in').element).toEqual({ scalar: 'f32', lanes: 4, bytes: 16 });
    expect(buffer(plan, 'in').count).toBeGreaterThanOrEqual(2 ** 16);
  });

  it('a float4 view of a float buffer reaches four times as far', async () => {
    const plan = await planFor(
      `__global__ void vec(float* data) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float4 v = reinterpret_cast<float4*>(data)[i];
  reinterpret_cast<float4*>(data)[i] = v;
}`,
      'vec',
      1024,
    );
    expect(buffer(plan, 'data').count).toBe(4 * plan.grid[0] * plan.block[0]);
  });

  it('a 2-D stencil has whole rows', async () => {
    const plan = await planFor(
      `__global__ void blur(const float* in, float* out, int width, int height) {
  int x = blockIdx.x * blockDim.x + threadIdx.x;
  int y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x < 1 || y < 1 || x >= width - 1 || y >= height - 1) return;
  int i = y * width + x;
  out[i] = in[i - 1] + in[i + 1] + in[i - width] + in[i + width];
}`,
      'blur',
    );
    const [width, height] = [Number(scalar(plan, 'width').value), Number(scalar(plan, 'height').value)];
    expect(width * height).toBeLessThanOrEqual(2 ** 20);
    expect(counts(plan)).toEqual({ in: width * height, out: width * height });
    expect(plan.grid[0] * plan.block[0]).toBeGreaterThanOrEqual(width - 1);
    expect(plan.grid[1] * plan.block[1]).toBeGreaterThanOrEqual(height - 1);
  });

  it('a tiled matrix product takes the tile for its block', async () => {
    const plan = await planFor(
      `constexpr int TILE = 16;
__global__ void matmul(const float* A, const float* B, float* C, int N) {
  __shared__ float a[TILE][TILE], b[TILE][TILE];
  int row = blockIdx.y * TILE + threadIdx.y, col = blockIdx.x * TILE + threadIdx.x;
  float sum = 0;
  for (int k = 0; k < N; k += TILE) {
    a[threadIdx.y][threadIdx.x] = A[row * N + k + threadIdx.x];
    b[threadIdx.y][threadIdx.x] = B[(k + threadIdx.y) * N + col];
    __syncthreads();
    for (int i = 0; i < TILE; ++i) sum += a[threadIdx.y][i] * b[i][threadIdx.x];
    __syncthreads();
  }
  C[row * N + col] = sum;
}`,
      'matmul',
    );
    const n = Number(scalar(plan, 'N').value);
    expect(plan.block).toEqual([16, 16, 1]);
    expect(plan.grid).toEqual([n / 16, n / 16, 1]);
    expect(counts(plan)).toEqual({ A: n * n, B: n * n, C: n * n });
    expect(n).toBeLessThanOrEqual(1024);
  });

  it('M, N and K give each matrix its own extents', async () => {
    const plan = await planFor(
      `__global__ void gemm(int M, int N, int K, const float* A, const float* B, float* C) {
  int row = blockIdx.y * blockDim.y + threadIdx.y, col = blockIdx.x * blockDim.x + threadIdx.x;
  if (row < M && col < N) {
    float sum = 0;
    for (int k = 0; k < K; ++k) sum += A[row * K + k] * B[k * N + col];
    C[row * N + col] = sum;
  }
}`,
      'gemm',
    );
    const [m, n, k] = ['M', 'N', 'K'].map((name) => Number(scalar(plan, name).value)) as [number, number, number];
    expect(counts(plan)).toEqual({ A: m * k, B: k * n, C: m * n });
  });

  it('dynamic shared memory holds one element a thread, or what the indices reach', async () => {
    const reduction = await planFor(
      `__global__ void reduce(const float* in, float* out, int n) {
  extern __shared__ float s[];
  int t = threadIdx.x;
  int i = blockIdx.x * blockDim.x + t;
  s[t] = i < n ? in[i] : 0;
  __syncthreads();
  for (int h = blockDim.x / 2; h > 0; h >>= 1) { if (t < h) s[t] += s[t + h]; __syncthreads(); }
  if (t == 0) out[blockIdx.x] = s[0];
}`,
      'reduce',
    );
    expect(reduction.sharedBytes).toBe(4 * reduction.block[0]);
    expect(buffer(reduction, 'out').count).toBe(reduction.grid[0]);
    const big = await planFor(
      '__global__ void k(float* out) { extern __shared__ float m[]; for (int i = threadIdx.x; i < 9000; i += blockDim.x) m[i] = i; out[threadIdx.x] = m[threadIdx.x]; }',
      'k',
    );
    expect(big.sharedBytes).toBe(36_000);
  });

  it('__launch_bounds__ limits the block', async () => {
    const plan = await planFor(
      '__global__ void __launch_bounds__(128) k(float* a) { a[blockIdx.x * blockDim.x + threadIdx.x] = 1; }',
      'k',
    );
    expect(plan.block).toEqual([128, 1, 1]);
  });

  it('every pair of many elements is a smaller problem', async () => {
    const plan = await planFor(
      `__global__ void nbody(const float4* p, float4* a, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float x = 0;
  for (int j = 0; j < n; ++j) x += p[j].x;
  if (i < n) a[i].x = x;
}`,
      'nbody',
    );
    expect(Number(scalar(plan, 'n').value)).toBe(16384);
    expect(counts(plan)).toEqual({ p: 16384, a: 16384 });
  });

  it('a kernel that synchronises its grid is launched cooperatively, with few blocks', async () => {
    const plan = await planFor(
      `#include <cooperative_groups.h>
__global__ void k(float* a, int n) {
  auto grid = cooperative_groups::this_grid();
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) a[i] = i;
  grid.sync();
}`,
      'k',
    );
    expect(plan.cooperative).toBe(true);
    expect(plan.grid[0]).toBeLessThanOrEqual(16);
  });
});

describe('contents', () => {
  it('counters, locks and sums begin at zero', async () => {
    const plan = await planFor(
      `__global__ void histogram(const unsigned char* data, unsigned int* bins, int* lock, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) atomicAdd(&bins[data[i]], 1u);
  if (lock[0] == 7) lock[0] = 1;
}`,
      'histogram',
    );
    expect(buffer(plan, 'bins').fill).toEqual(zeros);
    expect(buffer(plan, 'lock').fill).toEqual(zeros);
    expect(buffer(plan, 'data')).toMatchObject({
      fill: { kind: 'random', low: 0, high: 100 },
      element: { scalar: 'u8' },
    });
    expect(buffer(plan, 'bins').count).toBeGreaterThanOrEqual(256);
  });
});

describe('templates that nothing instantiates', () => {
  it('take float, and sizes by their names', async () => {
    const plan = await planFor(
      `template <typename T, int BLOCK> __global__ void sum(const T* in, T* out, int n) {
  __shared__ T s[BLOCK];
  int i = blockIdx.x * BLOCK + threadIdx.x;
  s[threadIdx.x] = i < n ? in[i] : T(0);
  __syncthreads();
  if (threadIdx.x == 0) out[blockIdx.x] = s[0];
}`,
      'sum',
    );
    expect(plan.templateArguments).toEqual(['float', '256']);
    expect(plan.block).toEqual([256, 1, 1]);
    expect(plan.provenance.templateArguments).toEqual({
      kind: 'default',
      why: 'no launch in this file tells T = float, BLOCK = 256',
    });
  });

  it('the sizes of a blocked product fit each other, and so does the block', async () => {
    const plan = await planFor(
      `template <int BM, int BN, int BK, int TM, int TN>
__global__ void gemm(int M, int N, int K, const float* A, const float* B, float* C) {
  __shared__ float a[BM * BK], b[BK * BN];
  int row = blockIdx.y, col = blockIdx.x;
  int r = threadIdx.x / (BN / TN), c = threadIdx.x % (BN / TN);
  for (int k = 0; k < K; k += BK) { a[threadIdx.x] = A[row * BM * K + k]; b[threadIdx.x] = B[k * N + col * BN]; }
  C[(row * BM + r * TM) * N + col * BN + c * TN] = a[0] + b[0];
}`,
      'gemm',
    );
    expect(plan.templateArguments).toEqual(['64', '64', '8', '8', '8']);
    expect(plan.block).toEqual([64, 1, 1]);
    const [m, n] = ['M', 'N'].map((name) => Number(scalar(plan, name).value)) as [number, number];
    expect(plan.grid).toEqual([n / 64, m / 64, 1]);
  });

  it('a size that nothing chooses and nothing names stays a question', async () => {
    const answer = await answerFor('template <float (*F)(float)> __global__ void k(float* x) { *x = F(*x); }', 'k');
    expect(answer).toMatchObject({ message: expect.stringContaining('only a launch can choose') as string });
    const called = await answerFor('template <class F> __global__ void k(F f, float* x) { *x = f(*x); }', 'k');
    expect(called).toMatchObject({ message: expect.stringContaining('only a launch can choose') as string });
    const pack = await answerFor('template <typename... T> __global__ void k(T... x) { }', 'k');
    expect(pack).toMatchObject({ message: expect.stringContaining('takes a pack of parameters') as string });
  });

  it('are instantiated as the launch does, with what it leaves to their defaults', async () => {
    const chosen = async (kernel: string, launch: string) => {
      const plan = await planFor(`${kernel}\nint main() { int n = 8; float* x; ${launch}; }`, 'k');
      return [plan.templateArguments, plan.provenance.templateArguments.kind];
    };
    const body = '(float* x) { *x = 1; }';
    expect(
      await chosen(
        `enum class M { A, B };\ntemplate <bool C, M m> __global__ void k${body}`,
        'k<true, M::B><<<1, 1>>>(x)',
      ),
    ).toEqual([['true', 'M::B'], 'launchSite']);
    expect(await chosen(`template <int B = 64, int T = 2 * B> __global__ void k${body}`, 'k<><<<1, 1>>>(x)')).toEqual([
      ['64', '128'],
      'launchSite',
    ]);
    expect(await chosen(`template <int... I> __global__ void k${body}`, 'k<1, 2, 3><<<1, 1>>>(x)')).toEqual([
      ['1', '2', '3'],
      'launchSite',
    ]);
    const twice = 'struct Twice { float by; __device__ float operator()(float v) const { return v * by; } };';
    expect(
      await chosen(
        `${twice}\ntemplate <class F> __global__ void k(F f, float* x) { *x = f(*x); }`,
        'k<<<1, 1>>>(Twice{2}, x)',
      ),
    ).toEqual([['Twice'], 'launchSite']);
  });

  it('keeps a kernel small that only prints', async () => {
    const plan = await planFor(
      '__global__ void hello(int n) { printf("thread %d of block %d\\n", threadIdx.x, blockIdx.x); }',
      'hello',
    );
    const threads = [...plan.grid, ...plan.block].reduce((product, extent) => product * extent, 1);
    expect(threads).toBeLessThanOrEqual(512);
  });
});

describe('tensors', () => {
  it('of three extents are as large as the kernel reaches, and small enough for a GPU', async () => {
    const plan = await planFor(
      `__global__ void norm(float* out, const float* in, int B, int T, int C) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < B * T; i += gridDim.x * blockDim.x) {
    int b = i / T, t = i % T;
    const float* row = in + b * T * C + t * C;
    float sum = 0;
    for (int c = threadIdx.x % 32; c < C; c += 32) sum += row[c];
    out[b * T + t] = sum;
  }
}`,
      'norm',
    );
    const extent = (name: string) => Number(scalar(plan, name).value);
    const [B, T, C] = [extent('B'), extent('T'), extent('C')];
    expect(Math.min(B, T, C)).toBeGreaterThan(32);
    expect(counts(plan)).toEqual({ out: B * T, in: B * T * C });
    expect(B * T * C * 4).toBeLessThanOrEqual(8 * 2 ** 30);
  });
});
