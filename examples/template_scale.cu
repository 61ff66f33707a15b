// A kernel template: the element type and the work of each thread are chosen where it is launched.
#include <cmath>
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

// Each thread scales PER_THREAD elements, one block's width apart, so that neighbours read neighbours.
template <typename T, int PER_THREAD>
__global__ void scale(T* data, T factor, int n) {
    int first = blockIdx.x * blockDim.x * PER_THREAD + threadIdx.x;
#pragma unroll
    for (int k = 0; k < PER_THREAD; ++k) {
        int i = first + k * blockDim.x;
        if (i < n) data[i] *= factor;
    }
}

int main() {
    const int n = 50000;
    const int block = 128;
    const int perThread = 4;

    std::vector<double> values(n);
    for (int i = 0; i < n; ++i) values[i] = i;

    double* data;
    CUDA_CHECK(cudaMalloc(&data, n * sizeof(double)));
    CUDA_CHECK(cudaMemcpy(data, values.data(), n * sizeof(double), cudaMemcpyHostToDevice));

    const int perBlock = block * perThread;
    scale<double, perThread><<<(n + perBlock - 1) / perBlock, block>>>(data, 0.5, n);
    CUDA_CHECK(cudaGetLastError());

    CUDA_CHECK(cudaMemcpy(values.data(), data, n * sizeof(double), cudaMemcpyDeviceToHost));
    CUDA_CHECK(cudaFree(data));

    int wrong = 0;
    for (int i = 0; i < n; ++i) {
        if (values[i] != 0.5 * i) ++wrong;
    }
    std::printf("scale<double, %d>: %d elements, %d wrong\n", perThread, n, wrong);
    return wrong == 0 ? 0 : 1;
}
