#pragma once

#include <cuda.h>
#include <cupti.h>

namespace kernel_lens {

/// Asks for records of kernels, copies, memsets and CUPTI's own overhead.
void startActivities();

/// Watches the calls of the runtime and the driver: how long each took on the host, and where it was made.
void startCalls();

}  // namespace kernel_lens
