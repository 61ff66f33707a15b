// One planted error a kernel, each for the tool of compute-sanitizer that finds it. The argument picks one.
#include <cstdio>
#include <cstdlib>

#define CHECK(call)                                                                       \
    do {                                                                                  \
        cudaError_t status = (call);                                                      \
        if (status != cudaSuccess) printf("%s: %s\n", #call, cudaGetErrorString(status)); \
    } while (0)

__global__ void pastTheEnd(float* data, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    data[i] *= 2.0f;
}

__global__ void misaligned(char* data) {
    float4* vectors = reinterpret_cast<float4*>(data + 4);
    vectors[threadIdx.x] = make_float4(1, 2, 3, 4);
}

__device__ __noinline__ void store(int* shared, int index) { shared[index] = index; }

__global__ void sharedPastTheEnd(int* out) {
    __shared__ int tile[32];
    store(tile, threadIdx.x + 1024 * 1024);
    out[threadIdx.x] = tile[threadIdx.x];
}

__global__ void nullPointer(int* out) { out[threadIdx.x] = 1; }

__global__ void reverse(int* data) {
    __shared__ int tile[256];
    int t = threadIdx.x;
    tile[t] = data[t];
    data[t] = tile[255 - t];
}

__global__ void everyoneWrites(int* data) {
    __shared__ int last;
    last = threadIdx.x;
    __syncthreads();
    data[threadIdx.x] = last;
}

__global__ void uninitialized(const int* in, int* out) {
    int i = threadIdx.x;
    out[i] = in[i] + 1;
}

__global__ void divergentBarrier(int* data) {
    if (threadIdx.x < 16) {
        __syncthreads();
    }
    data[threadIdx.x] = 1;
}

__global__ void fine(int* data) { data[threadIdx.x] = threadIdx.x; }

int main(int argc, char** argv) {
    int which = argc > 1 ? atoi(argv[1]) : 0;
    int *data, *out;
    CHECK(cudaMalloc(&data, 1000 * sizeof(int)));
    CHECK(cudaMalloc(&out, 1024 * sizeof(int)));
    if (which == 0) pastTheEnd<<<4, 256>>>(reinterpret_cast<float*>(data), 1000);
    if (which == 1) misaligned<<<1, 32>>>(reinterpret_cast<char*>(out));
    if (which == 2) sharedPastTheEnd<<<1, 32>>>(out);
    if (which == 3) nullPointer<<<1, 32>>>(nullptr);
    if (which == 4) reverse<<<1, 256>>>(out);
    if (which == 5) everyoneWrites<<<1, 64>>>(out);
    if (which == 6) uninitialized<<<1, 256>>>(data, out);
    if (which == 7) divergentBarrier<<<1, 64>>>(out);
    if (which == 8) fine<<<1, 2048>>>(out);
    if (which == 9) fine<<<1, 64>>>(out);
    CHECK(cudaGetLastError());
    CHECK(cudaDeviceSynchronize());
    if (which == 10) {
        CHECK(cudaFree(data));
        CHECK(cudaFree(data));
    }
    if (which != 9) return 0;
    CHECK(cudaFree(data));
    CHECK(cudaFree(out));
}
