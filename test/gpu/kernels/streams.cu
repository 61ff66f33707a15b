// A program with two streams, asynchronous copies, a graph and waits; prints what its own events say.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

#define CHECK(call)                                                                     \
    do {                                                                                \
        cudaError_t error = (call);                                                     \
        if (error != cudaSuccess) {                                                     \
            std::printf("%s:%d: %s\n", __FILE__, __LINE__, cudaGetErrorString(error)); \
            std::exit(1);                                                               \
        }                                                                               \
    } while (0)

constexpr int n = 1 << 22;

__global__ void scale(float* data, float factor, int rounds) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float value = data[i];
    for (int round = 0; round < rounds; round++) value = value * factor + 1.0f;
    data[i] = value;
}

template <typename T>
__global__ void addTo(T* target, const T* source) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) target[i] += source[i];
}

static void launchBoth(float* a, float* b, cudaStream_t stream) {
    addTo<float><<<n / 256, 256, 0, stream>>>(a, b);
}

int main(int argc, char** argv) {
    const char* word = std::getenv("TRACE_WORD");
    std::printf("arguments %d %s, word %s\n", argc - 1, argc > 1 ? argv[1] : "-", word ? word : "-");
    float *a, *b;
    CHECK(cudaMalloc(&a, n * sizeof(float)));
    CHECK(cudaMalloc(&b, n * sizeof(float)));
    float* pinned;
    CHECK(cudaMallocHost(&pinned, n * sizeof(float)));
    float* pageable = static_cast<float*>(std::calloc(n, sizeof(float)));
    std::memset(pinned, 0, n * sizeof(float));

    CHECK(cudaMemcpy(a, pageable, n * sizeof(float), cudaMemcpyHostToDevice));
    CHECK(cudaMemset(b, 0, n * sizeof(float)));

    cudaStream_t first, second;
    CHECK(cudaStreamCreate(&first));
    CHECK(cudaStreamCreate(&second));
    cudaEvent_t begin, end;
    CHECK(cudaEventCreate(&begin));
    CHECK(cudaEventCreate(&end));
    // Loads the kernel's code before the events measure: CUDA loads lazily.
    cudaFuncAttributes attributes;
    CHECK(cudaFuncGetAttributes(&attributes, scale));
    float events = 0;
    for (int round = 0; round < 20; round++) {
        CHECK(cudaEventRecord(begin, first));
        scale<<<n / 256, 256, 0, first>>>(a, 0.5f, 60000);
        CHECK(cudaEventRecord(end, first));
        CHECK(cudaStreamSynchronize(first));
        float milliseconds;
        CHECK(cudaEventElapsedTime(&milliseconds, begin, end));
        events += milliseconds;
    }
    std::printf("events %.6f ms\n", events);

    CHECK(cudaMemcpyAsync(b, pinned, n * sizeof(float), cudaMemcpyHostToDevice, second));
    for (int round = 0; round < 5; round++) launchBoth(a, b, second);
    usleep(20000);
    launchBoth(a, b, second);
    CHECK(cudaDeviceSynchronize());

    cudaGraph_t graph;
    cudaGraphExec_t executable;
    CHECK(cudaStreamBeginCapture(first, cudaStreamCaptureModeGlobal));
    scale<<<n / 256, 256, 0, first>>>(a, 0.5f, 10);
    scale<<<n / 256, 256, 0, first>>>(b, 0.5f, 10);
    CHECK(cudaStreamEndCapture(first, &graph));
    CHECK(cudaGraphInstantiate(&executable, graph, 0));
    for (int round = 0; round < 3; round++) CHECK(cudaGraphLaunch(executable, first));
    CHECK(cudaDeviceSynchronize());
    CHECK(cudaMemcpy(pageable, a, n * sizeof(float), cudaMemcpyDeviceToHost));
    if (argc > 1 && std::strcmp(argv[1], "abort") == 0) std::abort();
    if (argc > 1 && std::strcmp(argv[1], "exit") == 0) {
        // Longer than the trace holds records back.
        usleep(300000);
        _exit(3);
    }
    std::printf("done\n");
}
