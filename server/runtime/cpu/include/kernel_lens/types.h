// Types and constants of the CUDA runtime API.
#pragma once
#include "vector_types.h"

#define __KL_ERRORS(each_)                                                                          \
  each_(cudaSuccess, 0, "no error")                                                                 \
  each_(cudaErrorInvalidValue, 1, "invalid argument")                                               \
  each_(cudaErrorMemoryAllocation, 2, "out of memory")                                              \
  each_(cudaErrorInitializationError, 3, "initialization error")                                    \
  each_(cudaErrorCudartUnloading, 4, "driver shutting down")                                        \
  each_(cudaErrorInvalidConfiguration, 9, "invalid configuration argument")                         \
  each_(cudaErrorInvalidPitchValue, 12, "invalid pitch argument")                                   \
  each_(cudaErrorInvalidSymbol, 13, "invalid device symbol")                                        \
  each_(cudaErrorInvalidHostPointer, 16, "invalid host pointer")                                    \
  each_(cudaErrorInvalidDevicePointer, 17, "invalid device pointer")                                \
  each_(cudaErrorInvalidTexture, 18, "invalid texture reference")                                   \
  each_(cudaErrorInvalidMemcpyDirection, 21, "invalid copy direction for memcpy")                   \
  each_(cudaErrorInsufficientDriver, 35, "CUDA driver version is insufficient for CUDA runtime version") \
  each_(cudaErrorMissingConfiguration, 52, "__global__ function call is not configured")            \
  each_(cudaErrorInvalidDeviceFunction, 98, "invalid device function")                              \
  each_(cudaErrorNoDevice, 100, "no CUDA-capable device is detected")                               \
  each_(cudaErrorInvalidDevice, 101, "invalid device ordinal")                                      \
  each_(cudaErrorInvalidResourceHandle, 400, "invalid resource handle")                             \
  each_(cudaErrorNotReady, 600, "device not ready")                                                 \
  each_(cudaErrorIllegalAddress, 700, "an illegal memory access was encountered")                   \
  each_(cudaErrorLaunchOutOfResources, 701, "too many resources requested for launch")              \
  each_(cudaErrorLaunchTimeout, 702, "the launch timed out and was terminated")                     \
  each_(cudaErrorPeerAccessAlreadyEnabled, 704, "peer access is already enabled")                   \
  each_(cudaErrorPeerAccessNotEnabled, 705, "peer access has not been enabled")                     \
  each_(cudaErrorAssert, 710, "device-side assert triggered")                                       \
  each_(cudaErrorHostMemoryAlreadyRegistered, 712, "part or all of the requested memory range is already mapped") \
  each_(cudaErrorHostMemoryNotRegistered, 713, "pointer does not correspond to a registered memory region") \
  each_(cudaErrorIllegalInstruction, 715, "an illegal instruction was encountered")                 \
  each_(cudaErrorMisalignedAddress, 716, "misaligned address")                                      \
  each_(cudaErrorLaunchFailure, 719, "unspecified launch failure")                                  \
  each_(cudaErrorCooperativeLaunchTooLarge, 720, "too many blocks in cooperative launch")           \
  each_(cudaErrorNotPermitted, 800, "operation not permitted")                                      \
  each_(cudaErrorNotSupported, 801, "operation not supported")                                      \
  each_(cudaErrorUnknown, 999, "unknown error")

enum cudaError {
#define __KL_EACH(name_, value_, text_) name_ = value_,
  __KL_ERRORS(__KL_EACH)
#undef __KL_EACH
};
typedef cudaError cudaError_t;

enum cudaMemcpyKind {
  cudaMemcpyHostToHost,
  cudaMemcpyHostToDevice,
  cudaMemcpyDeviceToHost,
  cudaMemcpyDeviceToDevice,
  cudaMemcpyDefault
};

struct CUstream_st;
struct CUevent_st;
struct CUmemPoolHandle_st;
typedef CUstream_st *cudaStream_t;
typedef CUevent_st *cudaEvent_t;
typedef CUmemPoolHandle_st *cudaMemPool_t;
typedef void (*cudaStreamCallback_t)(cudaStream_t, cudaError_t, void *);
typedef void (*cudaHostFn_t)(void *);
#define cudaStreamLegacy (reinterpret_cast<cudaStream_t>(1))
#define cudaStreamPerThread (reinterpret_cast<cudaStream_t>(2))

enum {
  cudaStreamDefault = 0,
  cudaStreamNonBlocking = 1,
  cudaEventDefault = 0,
  cudaEventBlockingSync = 1,
  cudaEventDisableTiming = 2,
  cudaEventInterprocess = 4,
  cudaEventRecordDefault = 0,
  cudaEventWaitDefault = 0,
  cudaHostAllocDefault = 0,
  cudaHostAllocPortable = 1,
  cudaHostAllocMapped = 2,
  cudaHostAllocWriteCombined = 4,
  cudaHostRegisterDefault = 0,
  cudaHostRegisterPortable = 1,
  cudaHostRegisterMapped = 2,
  cudaHostRegisterReadOnly = 8,
  cudaMemAttachGlobal = 1,
  cudaMemAttachHost = 2,
  cudaMemAttachSingle = 4,
  cudaDeviceScheduleAuto = 0,
  cudaDeviceScheduleSpin = 1,
  cudaDeviceScheduleYield = 2,
  cudaDeviceScheduleBlockingSync = 4,
  cudaDeviceBlockingSync = 4,
  cudaDeviceMapHost = 8,
  cudaDeviceLmemResizeToMax = 16,
  cudaCpuDeviceId = -1,
  cudaInvalidDeviceId = -2,
  cudaOccupancyDefault = 0,
  cudaOccupancyDisableCachingOverride = 1
};

enum cudaFuncAttribute {
  cudaFuncAttributeMaxDynamicSharedMemorySize = 8,
  cudaFuncAttributePreferredSharedMemoryCarveout = 9
};
enum cudaSharedCarveout {
  cudaSharedmemCarveoutDefault = -1,
  cudaSharedmemCarveoutMaxL1 = 0,
  cudaSharedmemCarveoutMaxShared = 100
};
enum cudaFuncCache { cudaFuncCachePreferNone, cudaFuncCachePreferShared, cudaFuncCachePreferL1, cudaFuncCachePreferEqual };
enum cudaSharedMemConfig { cudaSharedMemBankSizeDefault, cudaSharedMemBankSizeFourByte, cudaSharedMemBankSizeEightByte };
enum cudaLimit {
  cudaLimitStackSize,
  cudaLimitPrintfFifoSize,
  cudaLimitMallocHeapSize,
  cudaLimitDevRuntimeSyncDepth,
  cudaLimitDevRuntimePendingLaunchCount,
  cudaLimitMaxL2FetchGranularity,
  cudaLimitPersistingL2CacheSize
};
enum cudaMemoryAdvise {
  cudaMemAdviseSetReadMostly = 1,
  cudaMemAdviseUnsetReadMostly,
  cudaMemAdviseSetPreferredLocation,
  cudaMemAdviseUnsetPreferredLocation,
  cudaMemAdviseSetAccessedBy,
  cudaMemAdviseUnsetAccessedBy
};
enum cudaMemLocationType {
  cudaMemLocationTypeInvalid,
  cudaMemLocationTypeDevice,
  cudaMemLocationTypeHost,
  cudaMemLocationTypeHostNuma
};
struct cudaMemLocation {
  cudaMemLocationType type;
  int id;
};
enum cudaMemoryType {
  cudaMemoryTypeUnregistered,
  cudaMemoryTypeHost,
  cudaMemoryTypeDevice,
  cudaMemoryTypeManaged
};
struct cudaPointerAttributes {
  cudaMemoryType type;
  int device;
  void *devicePointer;
  void *hostPointer;
};
enum cudaComputeMode {
  cudaComputeModeDefault,
  cudaComputeModeExclusive,
  cudaComputeModeProhibited,
  cudaComputeModeExclusiveProcess
};

// Name, number, and the value here; `processors` is the number of OS threads.
#define __KL_ATTRIBUTES(each_)                        \
  each_(MaxThreadsPerBlock, 1, 1024)                  \
  each_(MaxBlockDimX, 2, 1024)                        \
  each_(MaxBlockDimY, 3, 1024)                        \
  each_(MaxBlockDimZ, 4, 64)                          \
  each_(MaxGridDimX, 5, 2147483647)                   \
  each_(MaxGridDimY, 6, 65535)                        \
  each_(MaxGridDimZ, 7, 65535)                        \
  each_(MaxSharedMemoryPerBlock, 8, 49152)            \
  each_(TotalConstantMemory, 9, 65536)                \
  each_(WarpSize, 10, 32)                             \
  each_(MaxPitch, 11, 2147483647)                     \
  each_(MaxRegistersPerBlock, 12, 65536)              \
  each_(ClockRate, 13, 1000000)                       \
  each_(TextureAlignment, 14, 512)                    \
  each_(GpuOverlap, 15, 0)                            \
  each_(MultiProcessorCount, 16, processors)          \
  each_(KernelExecTimeout, 17, 0)                     \
  each_(Integrated, 18, 1)                            \
  each_(CanMapHostMemory, 19, 1)                      \
  each_(ComputeMode, 20, 0)                           \
  each_(ConcurrentKernels, 31, 0)                     \
  each_(EccEnabled, 32, 0)                            \
  each_(PciBusId, 33, 0)                              \
  each_(PciDeviceId, 34, 0)                           \
  each_(MemoryClockRate, 36, 1000000)                 \
  each_(GlobalMemoryBusWidth, 37, 64)                 \
  each_(L2CacheSize, 38, 1048576)                     \
  each_(MaxThreadsPerMultiProcessor, 39, 1024)        \
  each_(AsyncEngineCount, 40, 0)                      \
  each_(UnifiedAddressing, 41, 1)                     \
  each_(ComputeCapabilityMajor, 75, 7)                \
  each_(ComputeCapabilityMinor, 76, 5)                \
  each_(StreamPrioritiesSupported, 78, 0)             \
  each_(MaxSharedMemoryPerMultiprocessor, 81, 233472) \
  each_(MaxRegistersPerMultiprocessor, 82, 65536)     \
  each_(ManagedMemory, 83, 1)                         \
  each_(PageableMemoryAccess, 88, 0)                  \
  each_(ConcurrentManagedAccess, 89, 1)               \
  each_(ComputePreemptionSupported, 90, 0)            \
  each_(CooperativeLaunch, 95, 1)                     \
  each_(MaxSharedMemoryPerBlockOptin, 97, 232448)     \
  each_(MaxBlocksPerMultiprocessor, 106, 1)           \
  each_(MemoryPoolsSupported, 115, 1)                 \
  each_(ClusterLaunch, 120, 0)

enum cudaDeviceAttr {
#define __KL_EACH(name_, number_, value_) cudaDevAttr##name_ = number_,
  __KL_ATTRIBUTES(__KL_EACH)
#undef __KL_EACH
};

struct cudaUUID_t {
  char bytes[16];
};
struct cudaDeviceProp {
  char name[256];
  cudaUUID_t uuid;
  size_t totalGlobalMem, sharedMemPerBlock;
  int regsPerBlock, warpSize;
  size_t memPitch;
  int maxThreadsPerBlock, maxThreadsDim[3], maxGridSize[3];
  size_t totalConstMem;
  int major, minor;
  size_t textureAlignment, texturePitchAlignment;
  int multiProcessorCount, integrated, canMapHostMemory;
  int maxTexture1D, maxTexture1DLinear, maxTexture2D[2], maxTexture3D[3], maxTexture1DLayered[2], maxTexture2DLayered[3];
  int concurrentKernels, ECCEnabled, pciBusID, pciDeviceID, pciDomainID, tccDriver, asyncEngineCount, unifiedAddressing;
  int memoryBusWidth, l2CacheSize, persistingL2CacheMaxSize, maxThreadsPerMultiProcessor, streamPrioritiesSupported;
  int globalL1CacheSupported, localL1CacheSupported;
  size_t sharedMemPerMultiprocessor;
  int regsPerMultiprocessor, managedMemory, isMultiGpuBoard, multiGpuBoardGroupID, hostNativeAtomicSupported;
  int pageableMemoryAccess, concurrentManagedAccess, computePreemptionSupported, canUseHostPointerForRegisteredMem;
  int cooperativeLaunch;
  size_t sharedMemPerBlockOptin;
  int pageableMemoryAccessUsesHostPageTables, directManagedMemAccessFromHost, maxBlocksPerMultiProcessor;
  int accessPolicyMaxWindowSize;
  size_t reservedSharedMemPerBlock;
  int memoryPoolsSupported, clusterLaunch;
  // Gone since CUDA 13, kept for older programs.
  int clockRate, memoryClockRate, computeMode, kernelExecTimeoutEnabled, deviceOverlap, cooperativeMultiDeviceLaunch;
  int singleToDoublePrecisionPerfRatio;
};
struct cudaFuncAttributes {
  size_t sharedSizeBytes, constSizeBytes, localSizeBytes;
  int maxThreadsPerBlock, numRegs, ptxVersion, binaryVersion, cacheModeCA, maxDynamicSharedSizeBytes;
  int preferredShmemCarveout;
};

struct cudaExtent {
  size_t width, height, depth;
};
struct cudaPos {
  size_t x, y, z;
};
struct cudaPitchedPtr {
  void *ptr;
  size_t pitch, xsize, ysize;
};
struct cudaMemcpy3DParms {
  void *srcArray;
  cudaPos srcPos;
  cudaPitchedPtr srcPtr;
  void *dstArray;
  cudaPos dstPos;
  cudaPitchedPtr dstPtr;
  cudaExtent extent;
  cudaMemcpyKind kind;
};
__KL_INLINE cudaExtent make_cudaExtent(size_t width, size_t height, size_t depth) {
  return cudaExtent{width, height, depth};
}
__KL_INLINE cudaPos make_cudaPos(size_t x, size_t y, size_t z) { return cudaPos{x, y, z}; }
__KL_INLINE cudaPitchedPtr make_cudaPitchedPtr(void *pointer, size_t pitch, size_t width, size_t height) {
  return cudaPitchedPtr{pointer, pitch, width, height};
}

struct cudaLaunchAttribute {
  int id;
  int val[16];
};
struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  size_t dynamicSmemBytes;
  cudaStream_t stream;
  cudaLaunchAttribute *attrs;
  unsigned int numAttrs;
};
