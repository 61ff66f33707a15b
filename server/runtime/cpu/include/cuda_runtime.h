// Stands in for CUDA's header of this name when a kernel runs on the CPU. Written from CUDA's documentation.
#pragma once
#include "kernel_lens/qualifiers.h"
#include "kernel_lens/vector_types.h"
#include "kernel_lens/types.h"
#include "kernel_lens/execution.h"
#include "kernel_lens/synchronization.h"
#include "kernel_lens/atomics.h"
#include "kernel_lens/integer_intrinsics.h"
#include "kernel_lens/math_intrinsics.h"
#include "kernel_lens/runtime_api.h"
