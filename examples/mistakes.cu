// Five mistakes that compile, and what Kernel Lens says about each. Hover over the wavy lines; the light bulb
// offers a repair where there is one. This program is for looking at, not for running.
#include <cuda_runtime.h>

// missing-bounds-guard: the grid is rounded up below, so the last threads write beyond the end of the array.
__global__ void square(float* data, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    data[i] = data[i] * data[i];
}

__global__ void fill(float* data, float value, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) data[i] = value;
}

__global__ void reverse(float* data) {
    extern __shared__ float scratch[];
    scratch[threadIdx.x] = data[threadIdx.x];
    __syncthreads();
    data[threadIdx.x] = scratch[blockDim.x - 1 - threadIdx.x];
}

int main() {
    const int n = 1000;
    float* data;
    cudaMalloc(&data, n * sizeof(float));

    square<<<(n + 255) / 256, 256>>>(data, n);

    // block-too-large: a block has at most 1024 threads; this launch fails and the kernel never runs.
    fill<<<1, 2048>>>(data, 1.0f, n);

    // grid-truncation: 1000 / 256 is 3, so the last 232 elements are left out.
    fill<<<n / 256, 256>>>(data, 2.0f, n);

    // zero-launch-dim: 100 / 256 is 0, and a launch of no blocks fails.
    fill<<<100 / 256, 256>>>(data, 3.0f, 100);

    // dynamic-smem-missing: the kernel uses `extern __shared__` memory, but the third launch argument is missing.
    reverse<<<1, 256>>>(data);

    cudaDeviceSynchronize();
    cudaFree(data);
    return 0;
}
