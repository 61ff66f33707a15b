// C = A × B with square tiles in shared memory: each element of A and B is read from global memory N / TILE times
// instead of N times.
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

constexpr int TILE = 16;

// All matrices are N × N, row by row.
__global__ void matrixMultiply(const float* A, const float* B, float* C, int N) {
    __shared__ float tileA[TILE][TILE];
    __shared__ float tileB[TILE][TILE];

    int row = blockIdx.y * TILE + threadIdx.y;
    int column = blockIdx.x * TILE + threadIdx.x;
    float sum = 0.0f;

    for (int start = 0; start < N; start += TILE) {
        // Threads beyond the edge load zeros: they must still reach both barriers.
        int k = start + threadIdx.x;
        tileA[threadIdx.y][threadIdx.x] = (row < N && k < N) ? A[row * N + k] : 0.0f;
        k = start + threadIdx.y;
        tileB[threadIdx.y][threadIdx.x] = (k < N && column < N) ? B[k * N + column] : 0.0f;
        __syncthreads();

        for (int i = 0; i < TILE; ++i) sum += tileA[threadIdx.y][i] * tileB[i][threadIdx.x];
        __syncthreads();
    }

    if (row < N && column < N) C[row * N + column] = sum;
}

int main() {
    const int N = 200;  // not a multiple of TILE, on purpose
    const size_t bytes = N * N * sizeof(float);

    std::vector<float> a(N * N), b(N * N), c(N * N);
    for (int i = 0; i < N * N; ++i) {
        a[i] = static_cast<float>(i % 7);
        b[i] = static_cast<float>(i % 5);
    }

    float *A, *B, *C;
    CUDA_CHECK(cudaMalloc(&A, bytes));
    CUDA_CHECK(cudaMalloc(&B, bytes));
    CUDA_CHECK(cudaMalloc(&C, bytes));
    CUDA_CHECK(cudaMemcpy(A, a.data(), bytes, cudaMemcpyHostToDevice));
    CUDA_CHECK(cudaMemcpy(B, b.data(), bytes, cudaMemcpyHostToDevice));

    dim3 block(TILE, TILE);
    dim3 grid((N + TILE - 1) / TILE, (N + TILE - 1) / TILE);
    matrixMultiply<<<grid, block>>>(A, B, C, N);
    CUDA_CHECK(cudaGetLastError());

    CUDA_CHECK(cudaMemcpy(c.data(), C, bytes, cudaMemcpyDeviceToHost));
    CUDA_CHECK(cudaFree(A));
    CUDA_CHECK(cudaFree(B));
    CUDA_CHECK(cudaFree(C));

    // The values are small integers, so the sums are exact in float.
    int wrong = 0;
    for (int row = 0; row < N; ++row) {
        for (int column = 0; column < N; ++column) {
            float expected = 0.0f;
            for (int k = 0; k < N; ++k) expected += a[row * N + k] * b[k * N + column];
            if (c[row * N + column] != expected) ++wrong;
        }
    }
    std::printf("matrixMultiply: %d x %d, %d wrong\n", N, N, wrong);
    return wrong == 0 ? 0 : 1;
}
