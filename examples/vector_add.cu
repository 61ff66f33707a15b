// The first CUDA program: C = A + B, one thread an element.
#include <cmath>
#include <cstdio>
#include <vector>

#include <cuda_runtime.h>

__global__ void vectorAdd(float* A, float* B, float* C, int N) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < N) C[i] = A[i] + B[i];
}

int main() {
    const int N = 1024;
    const size_t bytes = N * sizeof(float);

    std::vector<float> a(N), b(N), c(N);
    for (int i = 0; i < N; ++i) {
        a[i] = static_cast<float>(i);
        b[i] = 2.0f * i;
    }

    float *A, *B, *C;
    cudaMalloc(&A, bytes);
    cudaMalloc(&B, bytes);
    cudaMalloc(&C, bytes);
    cudaMemcpy(A, a.data(), bytes, cudaMemcpyHostToDevice);
    cudaMemcpy(B, b.data(), bytes, cudaMemcpyHostToDevice);

    vectorAdd<<<(N + 255) / 256, 256>>>(A, B, C, N);
    cudaError_t error = cudaGetLastError();
    if (error != cudaSuccess) {
        std::fprintf(stderr, "launch failed: %s\n", cudaGetErrorString(error));
        return 1;
    }

    // cudaMemcpy waits for the kernel.
    cudaMemcpy(c.data(), C, bytes, cudaMemcpyDeviceToHost);
    cudaFree(A);
    cudaFree(B);
    cudaFree(C);

    int wrong = 0;
    for (int i = 0; i < N; ++i) {
        if (std::fabs(c[i] - 3.0f * i) > 1e-3f) ++wrong;
    }
    std::printf("vectorAdd: %d elements, %d wrong\n", N, wrong);
    return wrong == 0 ? 0 : 1;
}
