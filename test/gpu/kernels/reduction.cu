#include <cuda_runtime.h>

__global__ void reduceSum(const float* input, float* partial, unsigned int n) {
    extern __shared__ float cache[];
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

int main() {
    const unsigned int n = 1u << 25;
    const int threads = 512, blocks = 1056;
    float *input, *partial;
    cudaMalloc(&input, n * sizeof(float));
    cudaMalloc(&partial, blocks * sizeof(float));
    reduceSum<<<blocks, threads, threads * sizeof(float)>>>(input, partial, n);
    return cudaDeviceSynchronize() == cudaSuccess ? 0 : 1;
}
