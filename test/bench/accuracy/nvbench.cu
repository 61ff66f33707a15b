// The launches of kernels.cu under NVBench, with contents like those that Kernel Lens plans: random in [0, 1).
// Built against an NVBench of your own; see gpu-accuracy.mjs.
#define NO_MAIN
#include "kernels.cu"

#include <nvbench/nvbench.cuh>

__global__ void fill(float* data, size_t count, unsigned int seed) {
    size_t i = size_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= count) return;
    unsigned int h = static_cast<unsigned int>(i) ^ (seed * 0x9e3779b9u);
    h = (h ^ (h >> 16)) * 0x85ebca6bu;
    h = (h ^ (h >> 13)) * 0xc2b2ae35u;
    data[i] = static_cast<float>((h ^ (h >> 16)) >> 8) / 16777216.0f;
}

__global__ void widen(const float* in, double* out, size_t count) {
    size_t i = size_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < count) out[i] = in[i];
}

struct Data {
    static constexpr size_t count = size_t(1) << 25;
    float *a, *b, *c;
    double *x, *y, *z;

    static const Data& get() {
        static const Data data;
        return data;
    }

private:
    Data() {
        for (float** each : {&a, &b, &c}) NVBENCH_CUDA_CALL(cudaMalloc(each, count * sizeof(float)));
        for (double** each : {&x, &y, &z}) NVBENCH_CUDA_CALL(cudaMalloc(each, count * sizeof(double)));
        unsigned int seed = 0;
        for (float* each : {a, b, c}) fill<<<count / 256, 256>>>(each, count, ++seed);
        widen<<<count / 256, 256>>>(a, x, count);
        widen<<<count / 256, 256>>>(b, y, count);
        NVBENCH_CUDA_CALL(cudaDeviceSynchronize());
    }
};

#define BENCHMARK(name, grid, block, ...)                                                              \
    void bench_##name(nvbench::state& state) {                                                         \
        const Data& d = Data::get();                                                                   \
        state.exec(nvbench::exec_tag::no_batch,                                                        \
                   [&](nvbench::launch& launch) { name<<<grid, block, 0, launch.get_stream()>>>(__VA_ARGS__); }); \
    }                                                                                                  \
    NVBENCH_BENCH(bench_##name).set_name(#name)

BENCHMARK(one_block, 1, 256, d.c);
BENCHMARK(add_64k, (1 << 16) / 256, 256, d.a, d.c, 1 << 16);
BENCHMARK(add_1m, (1 << 20) / 256, 256, d.a, d.c, 1 << 20);
BENCHMARK(block_sums, 528, 512, d.a, d.c, 1u << 22);
BENCHMARK(transpose, dim3(64, 256), dim3(32, 8), d.a, d.c, 2048, 2048);
BENCHMARK(stencil, dim3(128, 512), dim3(32, 8), d.a, d.c, 4096, 4096);
BENCHMARK(vector_add, (1 << 24) / 256, 256, d.a, d.b, d.c, 1 << 24);
BENCHMARK(triad, (1 << 25) / 256, 256, d.x, d.y, d.z, 1 << 25);
BENCHMARK(matmul_1k, dim3(32, 32), dim3(32, 32), 1024, d.a, d.b, d.c);
BENCHMARK(matmul_2k, dim3(64, 64), dim3(32, 32), 2048, d.a, d.b, d.c);
BENCHMARK(iterate_10ms, (1 << 22) / 256, 256, d.a, d.c, 1 << 22, 66000);
BENCHMARK(iterate_50ms, (1 << 22) / 256, 256, d.a, d.c, 1 << 22, 333000);

NVBENCH_MAIN
