// Kernels from 2 µs to 50 ms, and their launches: what gpu-accuracy.mjs times. nvbench.cu includes this file.
#include <cuda_runtime.h>

__global__ void one_block(float* data) { data[threadIdx.x] = 2.0f * threadIdx.x; }

__global__ void add_64k(const float* in, float* out, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = in[i] + 1.0f;
}

__global__ void add_1m(const float* in, float* out, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = in[i] + 1.0f;
}

__global__ void block_sums(const float* input, float* partial, unsigned int n) {
    __shared__ float cache[512];
    unsigned int thread = threadIdx.x;
    float sum = 0.0f;
    for (unsigned int i = blockIdx.x * blockDim.x + thread; i < n; i += gridDim.x * blockDim.x) sum += input[i];
    cache[thread] = sum;
    __syncthreads();
    for (unsigned int s = blockDim.x / 2; s > 0; s >>= 1) {
        if (thread < s) cache[thread] += cache[thread + s];
        __syncthreads();
    }
    if (thread == 0) partial[blockIdx.x] = cache[0];
}

__global__ void transpose(const float* in, float* out, int width, int height) {
    int x = blockIdx.x * blockDim.x + threadIdx.x;
    int y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x < width && y < height) out[x * height + y] = in[y * width + x];
}

__global__ void stencil(const float* __restrict__ in, float* __restrict__ out, int width, int height) {
    int x = blockIdx.x * blockDim.x + threadIdx.x;
    int y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x < 1 || y < 1 || x >= width - 1 || y >= height - 1) return;
    int i = y * width + x;
    out[i] = 0.2f * (in[i] + in[i - 1] + in[i + 1] + in[i - width] + in[i + width]);
}

__global__ void vector_add(const float* a, const float* b, float* c, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) c[i] = a[i] + b[i];
}

__global__ void triad(const double* a, const double* b, double* c, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) c[i] = a[i] + 1.5 * b[i];
}

template <int TILE>
__device__ void multiply(int n, const float* A, const float* B, float* C) {
    __shared__ float a[TILE][TILE];
    __shared__ float b[TILE][TILE];
    int row = blockIdx.y * TILE + threadIdx.y;
    int col = blockIdx.x * TILE + threadIdx.x;
    float sum = 0.0f;
    for (int k0 = 0; k0 < n; k0 += TILE) {
        a[threadIdx.y][threadIdx.x] = A[row * n + k0 + threadIdx.x];
        b[threadIdx.y][threadIdx.x] = B[(k0 + threadIdx.y) * n + col];
        __syncthreads();
        for (int k = 0; k < TILE; ++k) sum += a[threadIdx.y][k] * b[k][threadIdx.x];
        __syncthreads();
    }
    C[row * n + col] = sum;
}

__global__ void matmul_1k(int n, const float* A, const float* B, float* C) { multiply<32>(n, A, B, C); }

__global__ void matmul_2k(int n, const float* A, const float* B, float* C) { multiply<32>(n, A, B, C); }

__global__ void iterate_10ms(const float* in, float* out, int n, int rounds) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float x = in[i];
    for (int round = 0; round < rounds; ++round) x = x * 0.999f + 0.25f;
    out[i] = x;
}

__global__ void iterate_50ms(const float* in, float* out, int n, int rounds) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float x = in[i];
    for (int round = 0; round < rounds; ++round) x = x * 0.999f + 0.25f;
    out[i] = x;
}

#ifndef NO_MAIN
int main() {
    const int n64k = 1 << 16, n1m = 1 << 20, n4m = 1 << 22, n16m = 1 << 24, n32m = 1 << 25;
    float *a, *b, *c;
    double *x, *y, *z;
    cudaMalloc(&a, n16m * sizeof(float));
    cudaMalloc(&b, n16m * sizeof(float));
    cudaMalloc(&c, n16m * sizeof(float));
    cudaMalloc(&x, n32m * sizeof(double));
    cudaMalloc(&y, n32m * sizeof(double));
    cudaMalloc(&z, n32m * sizeof(double));
    one_block<<<1, 256>>>(c);
    add_64k<<<n64k / 256, 256>>>(a, c, n64k);
    add_1m<<<n1m / 256, 256>>>(a, c, n1m);
    block_sums<<<528, 512>>>(a, c, n4m);
    transpose<<<dim3(64, 256), dim3(32, 8)>>>(a, c, 2048, 2048);
    stencil<<<dim3(128, 512), dim3(32, 8)>>>(a, c, 4096, 4096);
    vector_add<<<n16m / 256, 256>>>(a, b, c, n16m);
    triad<<<n32m / 256, 256>>>(x, y, z, n32m);
    matmul_1k<<<dim3(32, 32), dim3(32, 32)>>>(1024, a, b, c);
    matmul_2k<<<dim3(64, 64), dim3(32, 32)>>>(2048, a, b, c);
    iterate_10ms<<<n4m / 256, 256>>>(a, c, n4m, 66000);
    iterate_50ms<<<n4m / 256, 256>>>(a, c, n4m, 333000);
    return cudaDeviceSynchronize() == cudaSuccess ? 0 : 1;
}
#endif
