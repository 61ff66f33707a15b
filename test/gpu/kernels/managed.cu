// A program with managed memory that the host writes, the GPU changes and the host reads again; then the same with a prefetch.
#include <cstdio>
#include <cstdlib>

#define CHECK(call)                                                                     \
    do {                                                                                \
        cudaError_t error = (call);                                                     \
        if (error != cudaSuccess) {                                                     \
            std::printf("%s:%d: %s\n", __FILE__, __LINE__, cudaGetErrorString(error)); \
            std::exit(1);                                                               \
        }                                                                               \
    } while (0)

constexpr size_t n = 1 << 24;

__global__ void addOne(float* data) {
    size_t i = blockIdx.x * size_t(blockDim.x) + threadIdx.x;
    if (i < n) data[i] += 1.0f;
}

__global__ void twice(const float* in, float* out) {
    size_t i = blockIdx.x * size_t(blockDim.x) + threadIdx.x;
    if (i < n) out[i] = 2.0f * in[i];
}

static void prefetch(float* data, int device) {
#if CUDART_VERSION >= 13000
    cudaMemLocation where = {device < 0 ? cudaMemLocationTypeHost : cudaMemLocationTypeDevice, device < 0 ? 0 : device};
    CHECK(cudaMemPrefetchAsync(data, n * sizeof(float), where, 0));
#else
    CHECK(cudaMemPrefetchAsync(data, n * sizeof(float), device < 0 ? cudaCpuDeviceId : device));
#endif
}

int main() {
    float *faulted, *fetched;
    CHECK(cudaMallocManaged(&faulted, n * sizeof(float)));
    CHECK(cudaMallocManaged(&fetched, n * sizeof(float)));
    for (size_t i = 0; i < n; i++) faulted[i] = float(i % 100);
    addOne<<<n / 256, 256>>>(faulted);
    CHECK(cudaDeviceSynchronize());
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += faulted[i];
    prefetch(faulted, 0);
    prefetch(fetched, 0);
    twice<<<n / 256, 256>>>(faulted, fetched);
    prefetch(fetched, -1);
    CHECK(cudaDeviceSynchronize());
    double again = 0;
    for (size_t i = 0; i < n; i++) again += fetched[i];
    std::printf("sums %.0f %.0f\n", sum, again);
    CHECK(cudaFree(faulted));
    CHECK(cudaFree(fetched));
}
