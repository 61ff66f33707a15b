// One step of heat spreading over a plate: each inner point becomes the mean of its four neighbours.
// A tile and its border (the halo) are loaded into dynamic shared memory.
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

__global__ void stencil2d(const float* in, float* out, int width, int height) {
    extern __shared__ float tile[];  // (blockDim.x + 2) × (blockDim.y + 2)
    int pitch = blockDim.x + 2;

    int x = blockIdx.x * blockDim.x + threadIdx.x;
    int y = blockIdx.y * blockDim.y + threadIdx.y;
    int tx = threadIdx.x + 1;
    int ty = threadIdx.y + 1;
    bool inside = x < width && y < height;

    if (inside) {
        tile[ty * pitch + tx] = in[y * width + x];
        if (threadIdx.x == 0 && x > 0) tile[ty * pitch] = in[y * width + x - 1];
        if (threadIdx.x == blockDim.x - 1 && x < width - 1) tile[ty * pitch + tx + 1] = in[y * width + x + 1];
        if (threadIdx.y == 0 && y > 0) tile[tx] = in[(y - 1) * width + x];
        if (threadIdx.y == blockDim.y - 1 && y < height - 1) tile[(ty + 1) * pitch + tx] = in[(y + 1) * width + x];
    }
    __syncthreads();

    if (!inside) return;
    bool border = x == 0 || y == 0 || x == width - 1 || y == height - 1;
    float centre = tile[ty * pitch + tx];
    out[y * width + x] = border ? centre
                                : 0.25f * (tile[ty * pitch + tx - 1] + tile[ty * pitch + tx + 1] +
                                           tile[(ty - 1) * pitch + tx] + tile[(ty + 1) * pitch + tx]);
}

int main() {
    const int width = 500;
    const int height = 300;
    const size_t bytes = width * height * sizeof(float);

    std::vector<float> before(width * height), after(width * height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) before[y * width + x] = static_cast<float>((x * 3 + y * 5) % 16);
    }

    float *in, *out;
    CUDA_CHECK(cudaMalloc(&in, bytes));
    CUDA_CHECK(cudaMalloc(&out, bytes));
    CUDA_CHECK(cudaMemcpy(in, before.data(), bytes, cudaMemcpyHostToDevice));

    dim3 block(32, 8);
    dim3 grid((width + block.x - 1) / block.x, (height + block.y - 1) / block.y);
    size_t shared = (block.x + 2) * (block.y + 2) * sizeof(float);
    stencil2d<<<grid, block, shared>>>(in, out, width, height);
    CUDA_CHECK(cudaGetLastError());

    CUDA_CHECK(cudaMemcpy(after.data(), out, bytes, cudaMemcpyDeviceToHost));
    CUDA_CHECK(cudaFree(in));
    CUDA_CHECK(cudaFree(out));

    int wrong = 0;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            int i = y * width + x;
            bool border = x == 0 || y == 0 || x == width - 1 || y == height - 1;
            float expected = border ? before[i]
                                    : 0.25f * (before[i - 1] + before[i + 1] + before[i - width] + before[i + width]);
            if (std::fabs(after[i] - expected) > 1e-5f) ++wrong;
        }
    }
    std::printf("stencil2d: %d x %d, %d wrong\n", width, height, wrong);
    return wrong == 0 ? 0 : 1;
}
