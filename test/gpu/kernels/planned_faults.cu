// Faults whose plans come from the launches below.
#include <cassert>
#include <cstdio>

__global__ void fine(float* data, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) data[i] = i;
}

__global__ void illegalAddress(float* data, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    data[(size_t(1) << 40) + i] = n;  // here: far
}

__global__ void misaligned(char* data, int n) {
    float4* vectors = reinterpret_cast<float4*>(data + 4);
    if (n > 0) vectors[threadIdx.x] = make_float4(1, 2, 3, 4);  // here: misaligned
}

__global__ void sharedFar(float* data, int n) {
    __shared__ float tile[32];
    tile[threadIdx.x + n * 1024] = n;  // here: shared
    data[threadIdx.x] = tile[threadIdx.x];
}

__global__ void nullPointer(float* data, int n) {
    float* row = reinterpret_cast<float*>(size_t(n) - 1024);
    row[threadIdx.x] = data[0];  // here: null
}

__global__ void failingAssert(float* data, int n) {
    assert(int(threadIdx.x) < n - 2000);
    data[threadIdx.x] = n;
}

__global__ void trap(float* data, int n) {
    data[0] = n;
    __trap();
}

__global__ void tooLarge(float* data, int n) {
    if (int(threadIdx.x) < n) data[threadIdx.x] = n;
}

__global__ void chatty(float* data, int n) {
    for (int k = 0; k < n; k++) printf("thread %d, round %d, value %f\n", threadIdx.x, k, data[threadIdx.x]);
}

__global__ void endless(volatile float* data, int n) {
    while (data[0] < n + 1.0f) {
    }
}

int main() {
    const int n = 1024;
    float* data;
    char* bytes;
    cudaMalloc(&data, n * sizeof(float));
    cudaMalloc(&bytes, n);
    fine<<<4, 256>>>(data, n);
    illegalAddress<<<4, 256>>>(data, n);
    misaligned<<<1, 32>>>(bytes, n);
    sharedFar<<<1, 32>>>(data, n);
    nullPointer<<<1, 32>>>(data, n);
    failingAssert<<<1, 32>>>(data, n);
    trap<<<1, 32>>>(data, n);
    tooLarge<<<1, 2048>>>(data, n);
    chatty<<<4, 256>>>(data, n);
    endless<<<1, 1>>>(data, n);
    return cudaDeviceSynchronize() == cudaSuccess ? 0 : 1;
}
