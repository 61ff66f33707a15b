// Managed memory: which allocation an address belongs to, and what CUPTI tells about pages that move.
#include "managed.h"

#include <cupti.h>

#include <atomic>
#include <iterator>
#include <map>
#include <mutex>

#include "trace.h"

namespace kernel_lens::managed {

namespace {

/// What every toolkit from 11.0 on knows; later ones append to it.
using Counter = CUpti_ActivityUnifiedMemoryCounter2;

struct Allocation {
    uint64_t bytes = 0;
    StackId stack = 0;
};

std::mutex guard;
// Never destroyed: activities may still come while the process ends.
auto& allocations = *new std::map<uint64_t, Allocation>;
enum class State { none, recording, refused };
std::atomic<State> state{State::none};

CUptiResult enable() {
    constexpr CUpti_ActivityUnifiedMemoryCounterKind kinds[] = {
        CUPTI_ACTIVITY_UNIFIED_MEMORY_COUNTER_KIND_BYTES_TRANSFER_HTOD,
        CUPTI_ACTIVITY_UNIFIED_MEMORY_COUNTER_KIND_BYTES_TRANSFER_DTOH,
        CUPTI_ACTIVITY_UNIFIED_MEMORY_COUNTER_KIND_BYTES_TRANSFER_DTOD,
        CUPTI_ACTIVITY_UNIFIED_MEMORY_COUNTER_KIND_CPU_PAGE_FAULT_COUNT,
        CUPTI_ACTIVITY_UNIFIED_MEMORY_COUNTER_KIND_GPU_PAGE_FAULT,
        CUPTI_ACTIVITY_UNIFIED_MEMORY_COUNTER_KIND_THRASHING,
        CUPTI_ACTIVITY_UNIFIED_MEMORY_COUNTER_KIND_THROTTLING,
        CUPTI_ACTIVITY_UNIFIED_MEMORY_COUNTER_KIND_REMOTE_MAP,
    };
    CUpti_ActivityUnifiedMemoryCounterConfig configurations[std::size(kinds)] = {};
    for (size_t index = 0; index < std::size(kinds); index++) {
        configurations[index].scope = CUPTI_ACTIVITY_UNIFIED_MEMORY_COUNTER_SCOPE_PROCESS_ALL_DEVICES;
        configurations[index].kind = kinds[index];
        configurations[index].enable = 1;
    }
    const CUptiResult configured =
        cuptiActivityConfigureUnifiedMemoryCounter(configurations, static_cast<uint32_t>(std::size(kinds)));
    if (configured != CUPTI_SUCCESS) return configured;
    return cuptiActivityEnable(CUPTI_ACTIVITY_KIND_UNIFIED_MEMORY_COUNTER);
}

/// Whether a record of this kind is of a moment only.
bool isMoment(CUpti_ActivityUnifiedMemoryCounterKind kind) {
    return kind == CUPTI_ACTIVITY_UNIFIED_MEMORY_COUNTER_KIND_CPU_PAGE_FAULT_COUNT ||
           kind == CUPTI_ACTIVITY_UNIFIED_MEMORY_COUNTER_KIND_THRASHING ||
           kind == CUPTI_ACTIVITY_UNIFIED_MEMORY_COUNTER_KIND_REMOTE_MAP;
}

StackId stackOf(uint64_t address) {
    std::lock_guard lock(guard);
    auto found = allocations.upper_bound(address);
    if (found == allocations.begin()) return 0;
    --found;
    return address - found->first < found->second.bytes ? found->second.stack : 0;
}

}  // namespace

void watch() {
    if (state.load() != State::none) return;
    const CUptiResult result = enable();
    state.store(result == CUPTI_SUCCESS ? State::recording : State::refused);
    if (result == CUPTI_SUCCESS) return;
    const char* reason = "?";
    cuptiGetResultString(result, &reason);
    writer::Line('E').text(reason).end();
}

void allocated(uint64_t address, uint64_t bytes, StackId stack) {
    std::lock_guard lock(guard);
    // What was freed before lies under it no more.
    const auto last = allocations.lower_bound(address + bytes);
    allocations.erase(allocations.lower_bound(address), last);
    allocations[address] = {bytes, stack};
}

void write(const CUpti_Activity* record) {
    const auto& counter = *reinterpret_cast<const Counter*>(record);
    const uint64_t end = isMoment(counter.counterKind) || counter.end < counter.start ? counter.start : counter.end;
    const bool onHost = counter.counterKind == CUPTI_ACTIVITY_UNIFIED_MEMORY_COUNTER_KIND_CPU_PAGE_FAULT_COUNT;
    // The value of a host's page fault is the instruction that made it.
    const uint64_t value = onHost ? 1 : counter.value;
    const StackId allocation = stackOf(counter.address);
    const StackId stack = onHost ? stacks::above(counter.value, allocation) : allocation;
    if (!writer::takeRecord()) {
        return totals::add('U', 0, counter.counterKind, stack, end - counter.start, value);
    }
    writer::Line('U').time(counter.start).time(end).number(counter.counterKind).number(counter.srcId)
        .number(counter.dstId).number(value).number(counter.flags).number(stack).end();
}

}  // namespace kernel_lens::managed
