// What the program asked for: calls of the CUDA runtime and driver, each with its stack.
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "activities.h"
#include "managed.h"
#include "trace.h"

namespace kernel_lens {

namespace {

bool beginsWith(const char* name, std::initializer_list<const char*> beginnings) {
    for (const char* beginning : beginnings)
        if (std::strncmp(name, beginning, std::strlen(beginning)) == 0) return true;
    return false;
}

/// Calls that cost nothing and are made everywhere: asking, polling, and what a launch pushes before itself.
bool isQuestion(const char* name) {
    if (std::strstr(name, "Query") != nullptr || std::strstr(name, "GetAttribute") != nullptr) return true;
    return beginsWith(name, {"cudaGet", "cudaPeek", "cudaDeviceGet", "cudaFuncGet", "cudaOccupancy",
                             "cudaPointerGet", "cudaStreamGet", "cudaStreamIsCapturing", "cudaEventElapsedTime",
                             "cudaDriverGet", "cudaRuntimeGet", "__cuda"}) &&
           !beginsWith(name, {"cudaGetSymbolAddress"});
}

/// The driver's calls that do something; a program written for the runtime makes them inside the runtime's.
bool isDriverWork(const char* name) {
    if (std::strstr(name, "Query") != nullptr || std::strstr(name, "Get") != nullptr) return false;
    return beginsWith(name, {"cuLaunch", "cuMemcpy", "cuMemset", "cuMemAlloc", "cuMemFree", "cuMemHostAlloc",
                             "cuMemHostRegister", "cuMemPrefetch", "cuMemMap", "cuMemCreate", "cuGraphLaunch",
                             "cuGraphInstantiate", "cuStreamSynchronize", "cuCtxSynchronize", "cuEventSynchronize",
                             "cuStreamWaitEvent", "cuStreamCreate", "cuModuleLoad", "cuLibraryLoad", "cuCtxCreate",
                             "cuDevicePrimaryCtxRetain", "cuInit", "cuLinkComplete"});
}

struct Call {
    uint64_t start = 0;
    StackId stack = 0;
    uint32_t depth = 0;
};
thread_local Call current;
thread_local uint32_t threadId = 0;

uint32_t thisThread() {
    if (threadId == 0) threadId = static_cast<uint32_t>(syscall(SYS_gettid));
    return threadId;
}

/// CUPTI names a function by the same pointer each time.
uint32_t nameOf(const char* function) {
    static thread_local const char* known[64];
    static thread_local uint32_t ids[64];
    const size_t slot = reinterpret_cast<uintptr_t>(function) / 8 % 64;
    if (known[slot] != function) {
        ids[slot] = writer::stringId(function);
        known[slot] = function;
    }
    return ids[slot];
}

uint32_t result(const CUpti_CallbackData& data) {
    return data.functionReturnValue == nullptr ? 0 : *static_cast<const uint32_t*>(data.functionReturnValue);
}

/// How cudaMallocManaged and cuMemAllocManaged both get their arguments.
struct ManagedAllocation {
    uint64_t* address;
    size_t bytes;
    unsigned int flags;
};

bool allocatesManaged(CUpti_CallbackDomain domain, CUpti_CallbackId id) {
    return domain == CUPTI_CB_DOMAIN_RUNTIME_API ? id == CUPTI_RUNTIME_TRACE_CBID_cudaMallocManaged_v6000
                                                 : id == CUPTI_DRIVER_TRACE_CBID_cuMemAllocManaged;
}

void managedAllocated(const CUpti_CallbackData& data) {
    const auto& allocation = *static_cast<const ManagedAllocation*>(data.functionParams);
    if (result(data) != 0 || allocation.address == nullptr) return;
    managed::allocated(*allocation.address, allocation.bytes, current.stack);
}

/// Set for programs with __managed__ variables, which no call allocates. CUPTI is not ready for it before the first call.
bool wantsManaged() {
    static const bool wanted = std::getenv("KERNEL_LENS_TRACE_MANAGED") != nullptr;
    return wanted;
}

void CUPTIAPI called(void*, CUpti_CallbackDomain domain, CUpti_CallbackId id, const void* about) {
    const auto& data = *static_cast<const CUpti_CallbackData*>(about);
    if (data.callbackSite == CUPTI_API_ENTER) {
        // The runtime calls the driver: only what the program itself called counts, but either may name the activity.
        if (current.depth++ == 0) {
            current.stack = stacks::here();
            cuptiGetTimestamp(&current.start);
        }
        stacks::remember(data.correlationId, current.stack);
        if (allocatesManaged(domain, id)) managed::watch();
        return;
    }
    if (allocatesManaged(domain, id)) managedAllocated(data);
    if (current.depth == 0 || --current.depth > 0) return;
    if (wantsManaged()) managed::watch();
    uint64_t end = 0;
    cuptiGetTimestamp(&end);
    const uint32_t name = nameOf(data.functionName);
    if (!writer::takeRecord()) return totals::add('A', name, 0, current.stack, end - current.start, 0);
    writer::Line('A').time(current.start).time(end).number(thisThread()).number(data.correlationId)
        .number(current.stack).number(name).number(result(data)).end();
}

template <typename Wanted>
void enable(CUpti_SubscriberHandle subscriber, CUpti_CallbackDomain domain, uint32_t count, Wanted wanted) {
    for (uint32_t id = 1; id < count; id++) {
        const char* name = nullptr;
        if (cuptiGetCallbackName(domain, id, &name) != CUPTI_SUCCESS || name == nullptr) continue;
        if (wanted(name)) cuptiEnableCallback(1, subscriber, domain, id);
    }
}

}  // namespace

void startCalls() {
    CUpti_SubscriberHandle subscriber;
    const CUptiResult subscribed = cuptiSubscribe(&subscriber, called, nullptr);
    if (subscribed != CUPTI_SUCCESS) {
        const char* reason = "?";
        cuptiGetResultString(subscribed, &reason);
        writer::Line('N').text(reason).end();
        return;
    }
    enable(subscriber, CUPTI_CB_DOMAIN_RUNTIME_API, CUPTI_RUNTIME_TRACE_CBID_SIZE,
           [](const char* name) { return !isQuestion(name); });
    enable(subscriber, CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_SIZE, isDriverWork);
}

}  // namespace kernel_lens
