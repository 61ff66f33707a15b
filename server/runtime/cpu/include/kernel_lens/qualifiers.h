// The CUDA qualifiers and predefined macros, as ordinary C++.
//
// Names that the rewriter inserts into user code start with __kl, so that a user's macro cannot change them. Template
// parameters end in an underscore for the same reason: `-DN=1024` must not reach into these headers.
#pragma once

#include <assert.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#define __CUDACC__ 1
#define __NVCC__ 1
#define __CUDACC_VER_MAJOR__ 13
#define __CUDACC_VER_MINOR__ 0
#define __CUDACC_VER_BUILD__ 0
#define CUDART_VERSION 13000
#define CUDA_VERSION 13000
// Headers of the toolkit announce themselves by these; project headers test them.
#define __CUDA_RUNTIME_H__ 1
#define __DRIVER_TYPES_H__ 1
// What `__CUDA_ARCH__` is inside device code; the rewriter puts it there. It stays undefined elsewhere, as for the host.
#define __KL_CUDA_ARCH__ 750

#define __global__
#define __device__
#define __host__
#define __constant__
#define __managed__
#define __grid_constant__
// A block runs on one OS thread from its first to its last instruction, so the thread's storage is the block's.
#define __shared__ static thread_local
#define __forceinline__ inline __attribute__((always_inline))
// Empty, because libstdc++ writes __attribute__((__noinline__)).
#define __noinline__
#define __launch_bounds__(...)
#define __cluster_dims__(...)
#define __block_size__(...)
#define __maxnreg__(...)
#define __align__(bytes_) __attribute__((aligned(bytes_)))
#define __builtin_align__(bytes_) __attribute__((aligned(bytes_)))
#define __device_builtin__
#define __cudart_builtin__
#define CUDARTAPI
#define CUDART_CB
#define CUDA_CB
#define CUDAAPI
#if !defined(__clang__)
#define __builtin_assume(condition_) ((void)0)
#endif

#define __KL_INLINE static inline __attribute__((always_inline))
#define __KL_INLINE_MEMBER inline __attribute__((always_inline))
// Where the user's call stands: the defaults are evaluated at the call.
#define __KL_CALL_SITE const char *file_ = __builtin_FILE(), int line_ = __builtin_LINE()
