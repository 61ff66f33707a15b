/** Plans of kernels that leave their work to device functions: what those index and guard counts as the kernel's own. */
import { describe, expect, it } from 'vitest';
import { buffer, counts, planFor, scalar } from './support';

describe('a kernel that calls device functions', () => {
  it('is guarded and indexed by them', async () => {
    const plan = await planFor(
      `__device__ int globalIndex() { return blockIdx.x * blockDim.x + threadIdx.x; }
__device__ void axpy(const float* from, float* to, float factor, int count) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) to[i] += factor * from[i];
}
__global__ void k(const float* x, float* y, float a, int m) { axpy(x, y, a, m); }`,
      'k',
      4096,
    );
    expect(scalar(plan, 'm').value).toBe('4096');
    expect(plan.grid[0] * plan.block[0]).toBe(4096);
    expect(counts(plan)).toEqual({ x: 4096, y: 4096 });
  });

  it('takes the block from the tile of the function it instantiates', async () => {
    const plan = await planFor(
      `template <int TILE> __device__ void product(float* C, const float* A, const float* B, int wA, int wB) {
  int row = blockIdx.y * TILE + threadIdx.y, column = blockIdx.x * TILE + threadIdx.x;
  __shared__ float tile[TILE][TILE];
  float sum = 0;
  for (int k = 0; k < wA; k++) {
    tile[threadIdx.y][threadIdx.x] = A[row * wA + k];
    sum += tile[threadIdx.y][threadIdx.x] * B[k * wB + column];
  }
  C[row * wB + column] = sum;
}
extern "C" __global__ void product8(float* C, float* A, float* B, int wA, int wB) { product<8>(C, A, B, wA, wB); }`,
      'product8',
    );
    expect(plan.block).toEqual([8, 8, 1]);
    expect(Number(scalar(plan, 'wA').value)).toBeGreaterThanOrEqual(256);
    const { A } = counts(plan);
    expect(A).toBeGreaterThanOrEqual(plan.grid[1] * 8 * Number(scalar(plan, 'wA').value));
  });

  it('follows pointers that are moved on the way, and names that both use', async () => {
    const plan = await planFor(
      `__device__ float first(const float* row, int i) { int t = i * 2; return row[t]; }
__global__ void k(const float* in, float* out, int width) {
  int t = threadIdx.x;
  out[t] = first(in + blockIdx.x * width, t);
}
void launch(float* a, float* b) { k<<<4, 32>>>(a, b, 100); }`,
      'k',
    );
    expect(counts(plan)).toEqual({ in: 3 * 100 + 2 * 31 + 1, out: 32 });
  });

  it('passes one structure by its address', async () => {
    const plan = await planFor(
      `struct Lens { float k1, k2; int width, height; };
__device__ float bent(float x, const Lens* lens) { return x * (1 + lens->k1 * x) / lens->width; }
__global__ void k(float* out, const Lens* lens) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  out[i] = bent(i, lens);
}`,
      'k',
      2048,
    );
    expect(buffer(plan, 'lens').count).toBe(1);
    expect(buffer(plan, 'out').count).toBe(2048);
  });

  it('sizes shared bytes by what points into them', async () => {
    const plan = await planFor(
      `__global__ void k(double* out) {
  extern __shared__ char memory[];
  double* sums = (double*)memory;
  sums[threadIdx.x] = threadIdx.x;
  out[blockIdx.x * blockDim.x + threadIdx.x] = sums[threadIdx.x];
}`,
      'k',
      1024,
    );
    expect(plan.sharedBytes).toBe(plan.block[0] * 8);
  });

  it('sees the dynamic shared memory of a function, and ends at recursion', async () => {
    const plan = await planFor(
      `__device__ int depth(int n) { return n < 2 ? n : depth(n - 1) + depth(n - 2); }
__device__ void stage(float* data, int i) { extern __shared__ float tile[]; tile[threadIdx.x] = data[i]; data[i] = tile[threadIdx.x]; }
__global__ void k(float* data, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) { stage(data, i); data[i] += depth(i % 5); } }`,
      'k',
      1024,
    );
    expect(plan.sharedBytes).toBe(plan.block[0] * 4);
    expect(counts(plan)).toEqual({ data: 1024 });
  });
});

describe('values of the host', () => {
  it('know the type that a wrapper is instantiated with', async () => {
    const plan = await planFor(
      `template <typename T> __global__ void k(const T* in, T* out) {
  extern __shared__ unsigned char memory[];
  T* tile = reinterpret_cast<T*>(memory);
  tile[threadIdx.x] = in[threadIdx.x];
  out[threadIdx.x] = tile[threadIdx.x];
}
template <typename T> void run(const T* in, T* out) { k<<<1, 64, 64 * sizeof(T)>>>(in, out); }`,
      'k',
    );
    expect(plan.sharedBytes).toBe(256);
  });

  it('are those of the first round of a loop', async () => {
    const plan = await planFor(
      `__global__ void k(int* d, int s) { int* p = d + threadIdx.x % s; atomicAdd(p, 1); }
int main() {
  for (int size = 32; size >= 1; size = size / 2) {
    int* d;
    cudaMalloc(&d, size * sizeof(int));
    k<<<64, 256>>>(d, size);
  }
}`,
      'k',
    );
    expect(scalar(plan, 's').value).toBe('32');
    expect(counts(plan)).toEqual({ d: 32 });
  });
});
