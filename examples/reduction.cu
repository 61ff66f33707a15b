// The sum of an array in two steps: each warp adds through shuffles, each block through shared memory,
// and one atomic addition a block puts the parts together.
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

constexpr unsigned FULL_MASK = 0xffffffffu;

__device__ float warpSum(float value) {
    for (int offset = 16; offset > 0; offset /= 2) value += __shfl_down_sync(FULL_MASK, value, offset);
    return value;  // lane 0 holds the sum of the warp
}

__global__ void sum(const float* input, float* result, int n) {
    __shared__ float partial[32];  // one value a warp; a block has at most 32 warps

    float value = 0.0f;
    // Grid-stride loop: any grid covers any n.
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) value += input[i];

    int lane = threadIdx.x % 32;
    int warp = threadIdx.x / 32;
    value = warpSum(value);
    if (lane == 0) partial[warp] = value;
    __syncthreads();

    if (warp == 0) {
        int warps = (blockDim.x + 31) / 32;
        value = warpSum(lane < warps ? partial[lane] : 0.0f);
        if (lane == 0) atomicAdd(result, value);
    }
}

int main() {
    const int n = 100000;
    const int block = 256;
    const int grid = 32;

    std::vector<float> values(n);
    double expected = 0.0;
    for (int i = 0; i < n; ++i) {
        values[i] = static_cast<float>(i % 10);
        expected += values[i];
    }

    float *input, *result;
    CUDA_CHECK(cudaMalloc(&input, n * sizeof(float)));
    CUDA_CHECK(cudaMalloc(&result, sizeof(float)));
    CUDA_CHECK(cudaMemcpy(input, values.data(), n * sizeof(float), cudaMemcpyHostToDevice));
    CUDA_CHECK(cudaMemset(result, 0, sizeof(float)));

    sum<<<grid, block>>>(input, result, n);
    CUDA_CHECK(cudaGetLastError());

    float total = 0.0f;
    CUDA_CHECK(cudaMemcpy(&total, result, sizeof(float), cudaMemcpyDeviceToHost));
    CUDA_CHECK(cudaFree(input));
    CUDA_CHECK(cudaFree(result));

    // Every partial sum is an integer below 2^24, so float adds exactly in any order.
    std::printf("sum of %d values: %.0f, expected %.0f\n", n, total, expected);
    return total == expected ? 0 : 1;
}
