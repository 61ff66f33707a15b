// Kernels with known behaviour, one after another, for what a profiler says of them.
#include <cstdio>
#include <cuda_runtime.h>
#include <mma.h>

#include "profile_helper.cuh"

__global__ void vectorAdd(const float* a, const float* b, float* c, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) c[i] = a[i] + b[i];
}

// Each thread multiplies in registers: nothing but fused multiply-adds.
__global__ void fmaLoop(float* out, int rounds) {
  float x = threadIdx.x, y = 0.5f, z = 0.25f, w = 0.125f;
  for (int i = 0; i < rounds; ++i) {
    x = x * 1.0001f + y;
    y = y * 1.0001f + z;
    z = z * 1.0001f + w;
    w = w * 1.0001f + x;
  }
  out[blockIdx.x * blockDim.x + threadIdx.x] = x + y + z + w;
}

__global__ void fp64Loop(double* out, int rounds) {
  double x = threadIdx.x, y = 0.5, z = 0.25, w = 0.125;
  for (int i = 0; i < rounds; ++i) {
    x = x * 1.0001 + y;
    y = y * 1.0001 + z;
    z = z * 1.0001 + w;
    w = w * 1.0001 + x;
  }
  out[blockIdx.x * blockDim.x + threadIdx.x] = x + y + z + w;
}

__global__ void tinyGrid(float* data) {
  data[blockIdx.x * blockDim.x + threadIdx.x] *= 2.0f;
}

// A stride of 32 floats: each thread of a warp touches a sector of its own.
__global__ void strided(const float* in, float* out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) out[i] = in[(long long)i * 32 % n];
}

// Columns of a 32 × 32 tile: all threads of a warp in one bank.
__global__ void transposeConflicts(const float* in, float* out, int width) {
  __shared__ float tile[32][32];
  int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 32 + threadIdx.y;
  tile[threadIdx.y][threadIdx.x] = in[y * width + x];
  __syncthreads();
  out[(blockIdx.x * 32 + threadIdx.y) * width + blockIdx.y * 32 + threadIdx.x] = tile[threadIdx.x][threadIdx.y];
}

__global__ void divergent(float* data, int rounds) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float x = data[i];
  for (int r = 0; r < rounds; ++r) {
    if (threadIdx.x % 4 == 0) x = sinf(x) + 1.0f;
    else if (threadIdx.x % 4 == 1) x = cosf(x) + 2.0f;
    else if (threadIdx.x % 4 == 2) x = sqrtf(x + 3.0f);
    else x = x * x * 0.5f + 0.1f;
  }
  data[i] = x;
}

// Each load needs the one before it, and the shared memory that a block takes leaves room for no second one.
__global__ void pointerChase(const int* next, int* out, int rounds) {
  int at = (blockIdx.x * blockDim.x + threadIdx.x) * 64;
  for (int r = 0; r < rounds; ++r) at = next[at];
  out[blockIdx.x * blockDim.x + threadIdx.x] = at;
}

__global__ void fillChase(int* next, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) next[i] = (int)(((long long)i * 1103515245LL + 12345LL) % n);
}

__global__ void atomics(int* counter, int rounds) {
  for (int r = 0; r < rounds; ++r) atomicAdd(counter + (threadIdx.x & 1), r);
}

__global__ void tensor(const half* a, const half* b, float* c, int rounds) {
  using namespace nvcuda;
  wmma::fragment<wmma::matrix_a, 16, 16, 16, half, wmma::row_major> fa;
  wmma::fragment<wmma::matrix_b, 16, 16, 16, half, wmma::col_major> fb;
  wmma::fragment<wmma::accumulator, 16, 16, 16, float> acc[4];
  wmma::load_matrix_sync(fa, a, 16);
  wmma::load_matrix_sync(fb, b, 16);
  for (int k = 0; k < 4; ++k) wmma::fill_fragment(acc[k], 0.0f);
  for (int r = 0; r < rounds; ++r)
    for (int k = 0; k < 4; ++k) wmma::mma_sync(acc[k], fa, fb, acc[k]);
  for (int k = 1; k < 4; ++k)
    for (int i = 0; i < acc[0].num_elements; ++i) acc[0].x[i] += acc[k].x[i];
  int warp = (blockIdx.x * blockDim.x + threadIdx.x) / 32;
  wmma::store_matrix_sync(c + warp * 256, acc[0], 16, wmma::mem_row_major);
}

// Its costs lie in a header.
__global__ void inlined(float* data, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) data[i] = helper(data, i, n);
}

int main() {
  const int n = 1 << 25;
  float *a, *b, *c;
  cudaMalloc(&a, n * sizeof(float));
  cudaMalloc(&b, n * sizeof(float));
  cudaMalloc(&c, n * sizeof(float));
  cudaMemset(a, 0, n * sizeof(float));
  cudaMemset(b, 0, n * sizeof(float));
  vectorAdd<<<n / 256, 256>>>(a, b, c, n);
  fmaLoop<<<132 * 32, 256>>>(c, 2000);
  fp64Loop<<<132 * 16, 256>>>((double*)c, 500);
  tinyGrid<<<4, 128>>>(c);
  strided<<<n / 256, 256>>>(a, c, n);
  transposeConflicts<<<dim3(128, 128), dim3(32, 32)>>>(a, c, 4096);
  divergent<<<132 * 16, 256>>>(c, 200);
  fillChase<<<n / 256, 256>>>((int*)b, n);
  cudaFuncSetAttribute(pointerChase, cudaFuncAttributeMaxDynamicSharedMemorySize, 160 * 1024);
  pointerChase<<<132, 64, 160 * 1024>>>((int*)b, (int*)c, 300);
  atomics<<<132 * 8, 256>>>((int*)c, 50);
  tensor<<<132 * 8, 256>>>((half*)a, (half*)b, c, 2000);
  inlined<<<n / 256, 256>>>(c, n);
  cudaError_t error = cudaDeviceSynchronize();
  printf("%s\n", cudaGetErrorString(error));
  return error != cudaSuccess;
}
