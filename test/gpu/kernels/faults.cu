#include <cassert>
#include <cstdio>

__global__ void outOfBounds(float* data) { data[(size_t(1) << 40) + threadIdx.x] = 1.0f; }

__global__ void misaligned(char* data) { *reinterpret_cast<float4*>(data + 4) = make_float4(1, 2, 3, 4); }

__global__ void trap(int* data) {
    data[0] = 1;
    __trap();
}

__global__ void failingAssert(const int* data, int n) {
    assert(int(threadIdx.x) < n);
    if (data[0] == -1) printf("unreachable\n");
}

__global__ void endless(volatile int* flag) {
    while (*flag == 0) {
    }
}

__global__ void talkative(int n) {
    if (threadIdx.x < n) printf("thread %d of block %d\n", threadIdx.x, blockIdx.x);
}

__global__ void counter(unsigned int* next, int* out, int n) {
    unsigned int slot = atomicAdd(next, 1u);
    if (slot >= unsigned(n)) __trap();
    out[slot] = threadIdx.x;
}

__global__ void __launch_bounds__(1024) bigShared(float* out) {
    extern __shared__ float memory[];
    for (int i = threadIdx.x; i < 40000; i += blockDim.x) memory[i] = i;
    __syncthreads();
    out[threadIdx.x] = memory[39999 - threadIdx.x];
}

struct Point {
    float x, y, z;
    int id[13];
};

__global__ void takesStruct(Point p, bool negative, short small, double weight, float4* out) {
    if (threadIdx.x == 0) {
        out[0] = make_float4(p.x + p.id[12], negative ? -1.0f : 1.0f, small, weight);
        printf("%g %g %g %g\n", out[0].x, out[0].y, out[0].z, out[0].w);
    }
}
