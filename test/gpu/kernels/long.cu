#include <cuda_runtime.h>

/// Takes so many milliseconds by the GPU's own clock, whatever the GPU.
__global__ void waits(unsigned long long* end, int milliseconds) {
    unsigned long long start, now;
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(start));
    do {
        asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
    } while (now - start < milliseconds * 1000000ull);
    *end = now;
}

int main() {
    unsigned long long* end;
    cudaMalloc(&end, sizeof(*end));
    waits<<<1, 32>>>(end, 1000);
    return cudaDeviceSynchronize() == cudaSuccess ? 0 : 1;
}
