#include <cuda_runtime.h>

__global__ void tiny(float* data) { data[threadIdx.x] = 2.0f * threadIdx.x; }

__global__ void medium(const float* in, float* out, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = in[i] + 1.0f;
}

int main() {
    const int n = 1 << 20;
    float *in, *out;
    cudaMalloc(&in, n * sizeof(float));
    cudaMalloc(&out, n * sizeof(float));
    tiny<<<1, 256>>>(out);
    medium<<<(n + 255) / 256, 256>>>(in, out, n);
    return cudaDeviceSynchronize() == cudaSuccess ? 0 : 1;
}
