#include <cuda_runtime.h>

namespace math {
template <typename T, int PER_THREAD>
__global__ void scale(T* data, T factor, size_t n) {
    size_t first = (size_t(blockIdx.x) * blockDim.x + threadIdx.x);
    size_t step = size_t(gridDim.x) * blockDim.x;
#pragma unroll
    for (int k = 0; k < PER_THREAD; ++k) {
        size_t i = first + k * step;
        if (i < n) data[i] *= factor;
    }
}
}  // namespace math

int main() {
    const size_t n = size_t(1) << 24;
    double* data;
    cudaMalloc(&data, n * sizeof(double));
    math::scale<double, 4><<<(n / 4 + 255) / 256, 256>>>(data, 1.5, n);
    return cudaDeviceSynchronize() == cudaSuccess ? 0 : 1;
}
