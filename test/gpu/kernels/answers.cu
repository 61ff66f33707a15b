#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cooperative_groups.h>
#include <cstdio>

// Writes `offset` elements away from where it should.
__global__ void shifted(const float* in, float* out, int n, int offset) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i + offset] = in[i] * 2.0f;
}

__global__ void writesInput(const float* in, float* out, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    out[i] = in[i];
    if (i == 1234567) const_cast<float*>(in)[i] = -1.0f;
}

__global__ void makesNan(const float* in, float* out, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = i == 7 ? 1.0f / (in[i] - in[i]) : i >= n - 2 ? sqrtf(-1.0f - in[i]) : in[i];
}

// Reads one element past the end of its input.
__global__ void readsPast(const float* in, float* out, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = in[i] + in[i + 1];
}

template <typename T>
__global__ void axpy(const T* x, T* y, T a, int n, int wrong) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = i == wrong ? T(3) : a * x[i] + y[i];
}
template <typename T> void axpyReference(const T* x, T* y, T a, int n, int) {
    for (int i = 0; i < n; i++) y[i] = a * x[i] + y[i];
}

__global__ void sum(const float* in, float* total, int n) {
    float value = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) value += in[i];
    atomicAdd(total, value);
}

struct Params {
    int n;
    float scale;
    float* out;
    const int* index;
    double weights[2];
};
__global__ void structured(Params p) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < p.n) p.out[p.index[i]] = p.scale * i + (float)p.weights[1];
}

__global__ void rowsOf(float** rows, int count, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) for (int r = 0; r < count; r++) rows[r][i] = rows[r][i] + 1000.0f * r;
}

__constant__ float coefficients[16];
namespace state {
__device__ int calls;
}
namespace {
__constant__ int hidden[3];
}
__global__ void usesGlobals(float* out) {
    out[threadIdx.x] = coefficients[threadIdx.x % 16] + hidden[2];
    if (threadIdx.x == 0) printf("%d %g %d\n", atomicAdd(&state::calls, 1), coefficients[15], hidden[2]);
}

__global__ void clustered(unsigned* out) {
#if __CUDA_ARCH__ >= 900
    auto cluster = cooperative_groups::this_cluster();
    out[blockIdx.x] = cluster.num_blocks() * 100 + cluster.block_rank();
    cluster.sync();
    if (blockIdx.x == 0 && threadIdx.x == 0) printf("%u\n", cluster.num_blocks());
#endif
}

__global__ void hugeShared(float* out) {
    extern __shared__ float memory[];
    for (int i = threadIdx.x; i < 30000; i += blockDim.x) memory[i] = i;
    __syncthreads();
    out[threadIdx.x] = memory[29999 - threadIdx.x];
}

// Prints a hash of each buffer's bytes.
__device__ void fnv(const unsigned char* p, int n) {
    unsigned h = 0x811c9dc5u;
    for (int i = 0; i < n; i++) h = (h ^ p[i]) * 0x01000193u;
    printf("%u\n", h);
}
__global__ void hashOf(const unsigned char* a, const unsigned char* b, const unsigned char* c, const unsigned char* d, int n) {
    fnv(a, n), fnv(b, n), fnv(c, n), fnv(d, n);
}
