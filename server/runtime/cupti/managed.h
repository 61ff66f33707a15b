#pragma once

#include <cupti.h>

#include "trace.h"

/// Memory that moves between host and devices by itself (cudaMallocManaged).
namespace kernel_lens::managed {

/// Asks CUPTI for its records, once. Where it refuses, the trace says why.
void watch();
/// Keeps which call an address comes of: records tell nothing but the address.
void allocated(uint64_t address, uint64_t bytes, StackId stack);
void write(const CUpti_Activity* record);

}  // namespace kernel_lens::managed
