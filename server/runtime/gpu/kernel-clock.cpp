// Begin and end of kernels as the GPU itself records them, through CUPTI's activity records: what Nsight Systems shows.
// Built by nvcc on first use and loaded by the GPU runner's process. CUPTI calls back from threads of its own, which
// JavaScript cannot answer; this keeps the records until they are asked for.
#include <cupti.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <vector>

#if defined(_WIN32)
#define EXPORT extern "C" __declspec(dllexport)
#else
#define EXPORT extern "C" __attribute__((visibility("default")))
#endif

namespace {

constexpr size_t bufferBytes = 1 << 20;

struct Launch {
    uint32_t correlation;
    uint64_t nanoseconds;
};

std::mutex mutex;
std::vector<Launch> launches;
bool registered = false;

void CUPTIAPI requested(uint8_t** buffer, size_t* size, size_t* records) {
    // aligned_alloc is missing from some C++ libraries; malloc's alignment is enough for the records' eight bytes.
    *buffer = static_cast<uint8_t*>(std::malloc(bufferBytes));
    *size = *buffer == nullptr ? 0 : bufferBytes;
    *records = 0;
}

void CUPTIAPI completed(CUcontext, uint32_t, uint8_t* buffer, size_t, size_t valid) {
    {
        const std::lock_guard<std::mutex> lock(mutex);
        CUpti_Activity* record = nullptr;
        while (cuptiActivityGetNextRecord(buffer, valid, &record) == CUPTI_SUCCESS) {
            if (record->kind != CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL) continue;
            // The fields read here have kept their places in all versions of the record since CUDA 11.
            const auto* kernel = reinterpret_cast<const CUpti_ActivityKernel4*>(record);
            launches.push_back({kernel->correlationId, kernel->end > kernel->start ? kernel->end - kernel->start : 0});
        }
    }
    std::free(buffer);
}

}  // namespace

// Begins to record. Answers CUPTI's result: 0, or why there will be no records, for instance because another profiler
// is at work in this process.
EXPORT int kernelClockStart() {
    if (!registered) {
        const CUptiResult code = cuptiActivityRegisterCallbacks(requested, completed);
        if (code != CUPTI_SUCCESS) return code;
        registered = true;
    }
    return cuptiActivityEnable(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL);
}

EXPORT int kernelClockStop() { return cuptiActivityDisable(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL); }

// Nanoseconds of the kernels launched since the last call, in the order of their launches. They must have finished.
// Writes at most `capacity` and answers how many there were, or less than 0 when CUPTI failed.
EXPORT int64_t kernelClockRead(uint64_t* nanoseconds, int64_t capacity) {
    const CUptiResult code = cuptiActivityFlushAll(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED);
    if (code != CUPTI_SUCCESS) return -static_cast<int64_t>(code);
    const std::lock_guard<std::mutex> lock(mutex);
    // Unsigned distance, so that a number that wrapped around sorts behind those before it.
    const uint32_t first = launches.empty() ? 0 : launches.front().correlation - (1u << 31);
    std::sort(launches.begin(), launches.end(),
              [first](const Launch& a, const Launch& b) { return a.correlation - first < b.correlation - first; });
    const auto count = static_cast<int64_t>(launches.size());
    for (int64_t index = 0; index < std::min(count, capacity); ++index) {
        nanoseconds[index] = launches[static_cast<size_t>(index)].nanoseconds;
    }
    launches.clear();
    return count;
}
