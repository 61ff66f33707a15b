// What the GPU did: CUPTI's activity records, written as they come.
#include "activities.h"

#include <cstdlib>

#include "managed.h"
#include "trace.h"

namespace kernel_lens {

namespace {

constexpr size_t bufferBytes = 4 << 20;

// CUPTI only ever appends fields to these records, and every toolkit from 11.0 on knows these names; so the first version
// that has the fields is right for all of them.
using Kernel = CUpti_ActivityKernel5;
using Copy = CUpti_ActivityMemcpy3;
using PeerCopy = CUpti_ActivityMemcpyPtoP2;
using Fill = CUpti_ActivityMemset2;

void write(const Kernel& kernel) {
    const StackId stack = stacks::of(kernel.correlationId);
    const uint32_t name = writer::stringId(kernel.name);
    if (!writer::takeRecord()) return totals::add('K', name, 0, stack, kernel.end - kernel.start, 0);
    writer::Line line('K');
    line.time(kernel.start).time(kernel.end).number(kernel.deviceId).number(kernel.contextId);
    line.number(kernel.streamId).number(kernel.correlationId).number(stack).number(name);
    line.signedNumber(kernel.gridX).signedNumber(kernel.gridY).signedNumber(kernel.gridZ);
    line.signedNumber(kernel.blockX).signedNumber(kernel.blockY).signedNumber(kernel.blockZ);
    line.number(kernel.registersPerThread).signedNumber(kernel.staticSharedMemory);
    line.signedNumber(kernel.dynamicSharedMemory).number(kernel.localMemoryPerThread).number(kernel.graphNodeId != 0);
    line.end();
}

void writeCopy(uint64_t start, uint64_t end, uint32_t device, uint32_t context, uint32_t stream, uint32_t correlation,
               uint64_t bytes, uint32_t kind, uint32_t source, uint32_t target, bool asynchronous, uint32_t fromDevice,
               uint32_t toDevice) {
    const StackId stack = stacks::of(correlation);
    if (!writer::takeRecord())
        return totals::add('C', 0, kind << 16 | source << 8 | target, stack, end - start, bytes);
    writer::Line line('C');
    line.time(start).time(end).number(device).number(context).number(stream).number(correlation).number(stack);
    line.number(bytes).number(kind).number(source).number(target).number(asynchronous);
    line.number(fromDevice).number(toDevice);
    line.end();
}

void write(const Fill& fill) {
    const StackId stack = stacks::of(fill.correlationId);
    if (!writer::takeRecord()) return totals::add('F', 0, fill.memoryKind, stack, fill.end - fill.start, fill.bytes);
    writer::Line line('F');
    line.time(fill.start).time(fill.end).number(fill.deviceId).number(fill.contextId).number(fill.streamId);
    line.number(fill.correlationId).number(stack).number(fill.bytes).number(fill.value).number(fill.memoryKind);
    line.end();
}

void write(const CUpti_Activity* record) {
    switch (record->kind) {
        case CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL: {
            const auto& kernel = *reinterpret_cast<const Kernel*>(record);
            // A forced flush brings records of what still runs.
            if (kernel.end != 0) write(kernel);
            break;
        }
        case CUPTI_ACTIVITY_KIND_MEMCPY: {
            const auto& copy = *reinterpret_cast<const Copy*>(record);
            if (copy.end == 0) break;
            writeCopy(copy.start, copy.end, copy.deviceId, copy.contextId, copy.streamId, copy.correlationId, copy.bytes,
                      copy.copyKind, copy.srcKind, copy.dstKind, (copy.flags & CUPTI_ACTIVITY_FLAG_MEMCPY_ASYNC) != 0,
                      copy.deviceId, copy.deviceId);
            break;
        }
        case CUPTI_ACTIVITY_KIND_MEMCPY2: {
            const auto& copy = *reinterpret_cast<const PeerCopy*>(record);
            if (copy.end == 0) break;
            writeCopy(copy.start, copy.end, copy.deviceId, copy.contextId, copy.streamId, copy.correlationId, copy.bytes,
                      copy.copyKind, copy.srcKind, copy.dstKind, (copy.flags & CUPTI_ACTIVITY_FLAG_MEMCPY_ASYNC) != 0,
                      copy.srcDeviceId, copy.dstDeviceId);
            break;
        }
        case CUPTI_ACTIVITY_KIND_MEMSET: {
            const auto& fill = *reinterpret_cast<const Fill*>(record);
            if (fill.end != 0) write(fill);
            break;
        }
        case CUPTI_ACTIVITY_KIND_UNIFIED_MEMORY_COUNTER:
            managed::write(record);
            break;
        case CUPTI_ACTIVITY_KIND_OVERHEAD: {
            const auto& overhead = *reinterpret_cast<const CUpti_ActivityOverhead*>(record);
            if (overhead.end == 0) break;
            if (!writer::takeRecord()) {
                totals::add('O', 0, overhead.overheadKind, 0, overhead.end - overhead.start, 0);
                break;
            }
            writer::Line('O').time(overhead.start).time(overhead.end).number(overhead.overheadKind).end();
            break;
        }
        case CUPTI_ACTIVITY_KIND_CONTEXT: {
            const auto& context = *reinterpret_cast<const CUpti_ActivityContext*>(record);
            writer::Line('X').number(context.contextId).number(context.deviceId).number(context.nullStreamId).end();
            break;
        }
        default:
            break;
    }
}

void CUPTIAPI requested(uint8_t** buffer, size_t* size, size_t* records) {
    *buffer = static_cast<uint8_t*>(std::aligned_alloc(8, bufferBytes));
    *size = *buffer == nullptr ? 0 : bufferBytes;
    *records = 0;
}

void CUPTIAPI completed(CUcontext context, uint32_t stream, uint8_t* buffer, size_t, size_t valid) {
    CUpti_Activity* record = nullptr;
    while (cuptiActivityGetNextRecord(buffer, valid, &record) == CUPTI_SUCCESS) write(record);
    size_t dropped = 0;
    if (cuptiActivityGetNumDroppedRecords(context, stream, &dropped) == CUPTI_SUCCESS && dropped > 0)
        writer::Line('L').number(dropped).end();
    std::free(buffer);
}

}  // namespace

void startActivities() {
    if (cuptiActivityRegisterCallbacks(requested, completed) != CUPTI_SUCCESS) {
        writer::Line('N').text("activity callbacks were refused").end();
        return;
    }
    constexpr CUpti_ActivityKind kinds[] = {
        CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL, CUPTI_ACTIVITY_KIND_MEMCPY,  CUPTI_ACTIVITY_KIND_MEMCPY2,
        CUPTI_ACTIVITY_KIND_MEMSET,            CUPTI_ACTIVITY_KIND_CONTEXT, CUPTI_ACTIVITY_KIND_OVERHEAD,
    };
    for (const CUpti_ActivityKind kind : kinds) {
        const CUptiResult result = cuptiActivityEnable(kind);
        if (result == CUPTI_SUCCESS) continue;
        const char* reason = "?";
        cuptiGetResultString(result, &reason);
        writer::Line('N').text(reason).end();
    }
}

void flushActivities(bool forced) {
    cuptiActivityFlushAll(forced ? CUPTI_ACTIVITY_FLAG_FLUSH_FORCED : 0);
}

}  // namespace kernel_lens
