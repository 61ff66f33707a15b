#include <cuda_runtime.h>

__global__ void stencil5(const float* __restrict__ in, float* __restrict__ out, int width, int height) {
    int x = blockIdx.x * blockDim.x + threadIdx.x;
    int y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x < 1 || y < 1 || x >= width - 1 || y >= height - 1) return;
    int i = y * width + x;
    out[i] = 0.2f * (in[i] + in[i - 1] + in[i + 1] + in[i - width] + in[i + width]);
}

int main() {
    const int width = 8192, height = 4096;
    float *in, *out;
    size_t bytes = size_t(width) * height * sizeof(float);
    cudaMalloc(&in, bytes);
    cudaMalloc(&out, bytes);
    dim3 block(32, 8);
    dim3 grid((width + block.x - 1) / block.x, (height + block.y - 1) / block.y);
    stencil5<<<grid, block>>>(in, out, width, height);
    return cudaDeviceSynchronize() == cudaSuccess ? 0 : 1;
}
