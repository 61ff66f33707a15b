// How often each byte value occurs. Every block counts in its own shared memory first,
// so that few atomic additions go to global memory.
#include <cstdio>
#include <vector>

#include <cuda_runtime.h>

#define CUDA_CHECK(call)                                               \
    do {                                                               \
        cudaError_t status = (call);                                   \
        if (status != cudaSuccess) {                                   \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,    \
                         cudaGetErrorString(status));                  \
            return 1;                                                  \
        }                                                              \
    } while (0)

constexpr int BINS = 256;

__global__ void histogram(const unsigned char* data, unsigned int* bins, int n) {
    __shared__ unsigned int local[BINS];
    for (int bin = threadIdx.x; bin < BINS; bin += blockDim.x) local[bin] = 0;
    __syncthreads();

    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        atomicAdd(&local[data[i]], 1u);
    }
    __syncthreads();

    for (int bin = threadIdx.x; bin < BINS; bin += blockDim.x) {
        if (local[bin] > 0) atomicAdd(&bins[bin], local[bin]);
    }
}

int main() {
    const int n = 1 << 18;

    std::vector<unsigned char> data(n);
    std::vector<unsigned int> expected(BINS), counted(BINS);
    unsigned int state = 1;
    for (int i = 0; i < n; ++i) {
        state = state * 1664525u + 1013904223u;
        data[i] = static_cast<unsigned char>(state >> 24);
        ++expected[data[i]];
    }

    unsigned char* input;
    unsigned int* bins;
    CUDA_CHECK(cudaMalloc(&input, n * sizeof(unsigned char)));
    CUDA_CHECK(cudaMalloc(&bins, BINS * sizeof(unsigned int)));
    CUDA_CHECK(cudaMemcpy(input, data.data(), n, cudaMemcpyHostToDevice));
    CUDA_CHECK(cudaMemset(bins, 0, BINS * sizeof(unsigned int)));

    histogram<<<64, 256>>>(input, bins, n);
    CUDA_CHECK(cudaGetLastError());

    CUDA_CHECK(cudaMemcpy(counted.data(), bins, BINS * sizeof(unsigned int), cudaMemcpyDeviceToHost));
    CUDA_CHECK(cudaFree(input));
    CUDA_CHECK(cudaFree(bins));

    int wrong = 0;
    for (int bin = 0; bin < BINS; ++bin) {
        if (counted[bin] != expected[bin]) ++wrong;
    }
    std::printf("histogram: %d bytes, %d of %d bins wrong\n", n, wrong, BINS);
    return wrong == 0 ? 0 : 1;
}
