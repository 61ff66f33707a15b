// Prints the name and the nanoseconds of each kernel of the process that loads it (CUDA_INJECTION64_PATH), one a line,
// to the file that KERNEL_TIMES_FILE names. Built by gpu-accuracy.mjs.
#include <cupti.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace {

constexpr size_t bufferBytes = 8 << 20;
FILE* out;

void CUPTIAPI requested(uint8_t** buffer, size_t* size, size_t* records) {
    *size = bufferBytes;
    *buffer = static_cast<uint8_t*>(aligned_alloc(8, bufferBytes));
    *records = 0;
}

void CUPTIAPI completed(CUcontext, uint32_t, uint8_t* buffer, size_t, size_t valid) {
    CUpti_Activity* record = nullptr;
    while (cuptiActivityGetNextRecord(buffer, valid, &record) == CUPTI_SUCCESS) {
        if (record->kind != CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL) continue;
        // The fields used here are at the same place in all versions of the record since CUDA 11.
        auto* kernel = reinterpret_cast<CUpti_ActivityKernel9*>(record);
        std::fprintf(out, "%s %llu\n", kernel->name, static_cast<unsigned long long>(kernel->end - kernel->start));
    }
    std::fflush(out);
    std::free(buffer);
}

void flush() { cuptiActivityFlushAll(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED); }

}  // namespace

extern "C" int InitializeInjection() {
    const char* file = std::getenv("KERNEL_TIMES_FILE");
    out = file == nullptr ? nullptr : std::fopen(file, "a");
    if (out == nullptr) return 0;
    cuptiActivityRegisterCallbacks(requested, completed);
    cuptiActivityEnable(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL);
    // The process may be killed: nothing older than this is lost.
    std::thread([] {
        for (;;) {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            flush();
        }
    }).detach();
    return 1;
}
