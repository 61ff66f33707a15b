// The rest of the runtime API: devices, copies, streams and events.
#include "runtime.h"

#include <chrono>
#include <unistd.h>

using namespace __kl;

struct CUstream_st {
  int unused;
};
struct CUevent_st {
  bool recorded;
  std::chrono::steady_clock::time_point time;
};

namespace {

size_t physicalMemory() { return static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

/** Memory that only the host can use: not from CUDA, not pinned, not a variable of the program. */
bool isPageable(const void *pointer) { return !isDeviceReadable(pointer); }

bool fits(const void *pointer, size_t count) {
  const size_t room = bytesFrom(pointer);
  return room == 0 || count <= room;
}

cudaError_t checkCopy(const void *target, const void *source, size_t count, cudaMemcpyKind kind) {
  if (count == 0) return cudaSuccess;
  if (target == nullptr || source == nullptr) return cudaErrorInvalidValue;
  if (kind < cudaMemcpyHostToHost || kind > cudaMemcpyDefault) return cudaErrorInvalidMemcpyDirection;
  const bool toDevice = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  const bool fromDevice = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  if ((toDevice && isPageable(target)) || (fromDevice && isPageable(source))) return cudaErrorInvalidValue;
  if (!fits(target, count) || !fits(source, count)) return cudaErrorInvalidValue;
  return cudaSuccess;
}

}  // namespace

namespace __kl {

cudaError_t copyRows(void *target, size_t targetPitch, const void *source, size_t sourcePitch, size_t width,
                     size_t height) {
  for (size_t row = 0; row < height; row++)
    memmove(static_cast<char *>(target) + row * targetPitch, static_cast<const char *>(source) + row * sourcePitch, width);
  return cudaSuccess;
}

cudaError_t copySymbol(void *symbol, size_t symbolBytes, size_t offset, void *memory, size_t count, bool toSymbol) {
  if (memory == nullptr || offset > symbolBytes || count > symbolBytes - offset) return setError(cudaErrorInvalidValue);
  char *place = static_cast<char *>(symbol) + offset;
  if (toSymbol)
    memmove(place, memory, count);
  else
    memmove(memory, place, count);
  return cudaSuccess;
}

}  // namespace __kl

// ---- errors --------------------------------------------------------------------------------------------------------

const char *cudaGetErrorString(cudaError_t error) {
  switch (error) {
#define __KL_EACH(name_, value_, text_) \
  case name_:                           \
    return text_;
    __KL_ERRORS(__KL_EACH)
#undef __KL_EACH
  }
  return "unrecognized error code";
}

const char *cudaGetErrorName(cudaError_t error) {
  switch (error) {
#define __KL_EACH(name_, value_, text_) \
  case name_:                           \
    return #name_;
    __KL_ERRORS(__KL_EACH)
#undef __KL_EACH
  }
  return "unrecognized error code";
}

// ---- devices -------------------------------------------------------------------------------------------------------

cudaError_t cudaGetDeviceCount(int *count) {
  *count = 1;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int *device) {
  *device = 0;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) { return device == 0 ? cudaSuccess : setError(cudaErrorInvalidDevice); }
cudaError_t cudaChooseDevice(int *device, const cudaDeviceProp *) { return cudaGetDevice(device); }

cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int device) {
  if (device != 0) return setError(cudaErrorInvalidDevice);
  const int processors = static_cast<int>(processorThreads());
  switch (attribute) {
#define __KL_EACH(name_, number_, value_) \
  case cudaDevAttr##name_:                \
    *value = value_;                      \
    return cudaSuccess;
    __KL_ATTRIBUTES(__KL_EACH)
#undef __KL_EACH
  }
  return setError(cudaErrorInvalidValue);
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *p, int device) {
  if (device != 0) return setError(cudaErrorInvalidDevice);
  const auto attribute = [](cudaDeviceAttr which) {
    int value = 0;
    cudaDeviceGetAttribute(&value, which, 0);
    return value;
  };
  *p = cudaDeviceProp{};
  snprintf(p->name, sizeof p->name, "CPU (Kernel Lens, not a GPU)");
  p->totalGlobalMem = physicalMemory() / 2;
  p->sharedMemPerBlock = static_cast<size_t>(attribute(cudaDevAttrMaxSharedMemoryPerBlock));
  p->sharedMemPerBlockOptin = static_cast<size_t>(attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin));
  p->sharedMemPerMultiprocessor = static_cast<size_t>(attribute(cudaDevAttrMaxSharedMemoryPerMultiprocessor));
  p->regsPerBlock = attribute(cudaDevAttrMaxRegistersPerBlock);
  p->regsPerMultiprocessor = attribute(cudaDevAttrMaxRegistersPerMultiprocessor);
  p->warpSize = attribute(cudaDevAttrWarpSize);
  p->memPitch = static_cast<size_t>(attribute(cudaDevAttrMaxPitch));
  p->maxThreadsPerBlock = attribute(cudaDevAttrMaxThreadsPerBlock);
  p->maxThreadsDim[0] = attribute(cudaDevAttrMaxBlockDimX);
  p->maxThreadsDim[1] = attribute(cudaDevAttrMaxBlockDimY);
  p->maxThreadsDim[2] = attribute(cudaDevAttrMaxBlockDimZ);
  p->maxGridSize[0] = attribute(cudaDevAttrMaxGridDimX);
  p->maxGridSize[1] = attribute(cudaDevAttrMaxGridDimY);
  p->maxGridSize[2] = attribute(cudaDevAttrMaxGridDimZ);
  p->totalConstMem = static_cast<size_t>(attribute(cudaDevAttrTotalConstantMemory));
  p->major = attribute(cudaDevAttrComputeCapabilityMajor);
  p->minor = attribute(cudaDevAttrComputeCapabilityMinor);
  p->textureAlignment = static_cast<size_t>(attribute(cudaDevAttrTextureAlignment));
  p->multiProcessorCount = attribute(cudaDevAttrMultiProcessorCount);
  p->integrated = attribute(cudaDevAttrIntegrated);
  p->canMapHostMemory = attribute(cudaDevAttrCanMapHostMemory);
  p->unifiedAddressing = attribute(cudaDevAttrUnifiedAddressing);
  p->memoryBusWidth = attribute(cudaDevAttrGlobalMemoryBusWidth);
  p->l2CacheSize = attribute(cudaDevAttrL2CacheSize);
  p->maxThreadsPerMultiProcessor = attribute(cudaDevAttrMaxThreadsPerMultiProcessor);
  p->maxBlocksPerMultiProcessor = attribute(cudaDevAttrMaxBlocksPerMultiprocessor);
  p->managedMemory = attribute(cudaDevAttrManagedMemory);
  p->concurrentManagedAccess = attribute(cudaDevAttrConcurrentManagedAccess);
  p->cooperativeLaunch = attribute(cudaDevAttrCooperativeLaunch);
  p->memoryPoolsSupported = attribute(cudaDevAttrMemoryPoolsSupported);
  p->clockRate = attribute(cudaDevAttrClockRate);
  p->memoryClockRate = attribute(cudaDevAttrMemoryClockRate);
  return cudaSuccess;
}

cudaError_t cudaDeviceGetPCIBusId(char *text, int length, int) {
  snprintf(text, static_cast<size_t>(length), "0000:00:00.0");
  return cudaSuccess;
}
cudaError_t cudaDeviceCanAccessPeer(int *can, int, int) {
  *can = 0;
  return cudaSuccess;
}
cudaError_t cudaDeviceEnablePeerAccess(int, unsigned int) { return setError(cudaErrorInvalidDevice); }
cudaError_t cudaDeviceDisablePeerAccess(int) { return setError(cudaErrorPeerAccessNotEnabled); }
cudaError_t cudaDeviceSynchronize() { return launchError(); }
cudaError_t cudaDeviceReset() { return cudaSuccess; }
cudaError_t cudaSetDeviceFlags(unsigned int) { return cudaSuccess; }
cudaError_t cudaDeviceGetLimit(size_t *value, cudaLimit limit) {
  *value = limit == cudaLimitStackSize ? 1024 : limit == cudaLimitPrintfFifoSize ? 1 << 20 : 8 << 20;
  return cudaSuccess;
}
cudaError_t cudaDeviceSetLimit(cudaLimit, size_t) { return cudaSuccess; }
cudaError_t cudaDeviceSetCacheConfig(cudaFuncCache) { return cudaSuccess; }
cudaError_t cudaDeviceSetSharedMemConfig(cudaSharedMemConfig) { return cudaSuccess; }
cudaError_t cudaDeviceGetStreamPriorityRange(int *least, int *greatest) {
  *least = *greatest = 0;
  return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int *version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int *version) { return cudaDriverGetVersion(version); }
cudaError_t cudaMemGetInfo(size_t *available, size_t *total) {
  *total = physicalMemory() / 2;
  *available = *total;
#if defined(_SC_AVPHYS_PAGES)
  *available = static_cast<size_t>(sysconf(_SC_AVPHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE)) / 2;
#endif
  return cudaSuccess;
}

// ---- memory --------------------------------------------------------------------------------------------------------

cudaError_t cudaFree(void *pointer) { return pointer == nullptr ? cudaSuccess : release(pointer, "cudaFree"); }
cudaError_t cudaFreeHost(void *pointer) { return pointer == nullptr ? cudaSuccess : release(pointer, "cudaFreeHost"); }

cudaError_t cudaMalloc3D(cudaPitchedPtr *pointer, cudaExtent extent) {
  pointer->xsize = extent.width;
  pointer->ysize = extent.height;
  return cudaMallocPitch(&pointer->ptr, &pointer->pitch, extent.width, extent.height * extent.depth);
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes *attributes, const void *pointer) {
  const MemoryKind kind = memoryKind(pointer);
  void *p = const_cast<void *>(pointer);
  attributes->device = 0;
  attributes->type = static_cast<cudaMemoryType>(kind);
  attributes->devicePointer = kind == MemoryKind::none ? nullptr : p;
  attributes->hostPointer = kind == MemoryKind::device ? nullptr : p;
  return cudaSuccess;
}

cudaError_t cudaMemcpy(void *target, const void *source, size_t count, cudaMemcpyKind kind) {
  const cudaError_t error = checkCopy(target, source, count, kind);
  if (error != cudaSuccess) return setError(error);
  if (count > 0) memmove(target, source, count);
  return cudaSuccess;
}

cudaError_t cudaMemcpy2D(void *target, size_t targetPitch, const void *source, size_t sourcePitch, size_t width,
                         size_t height, cudaMemcpyKind kind) {
  if (width == 0 || height == 0) return cudaSuccess;
  if (width > targetPitch || width > sourcePitch) return setError(cudaErrorInvalidPitchValue);
  const cudaError_t error = checkCopy(target, source, width, kind);
  if (error != cudaSuccess) return setError(error);
  if (!fits(target, (height - 1) * targetPitch + width) || !fits(source, (height - 1) * sourcePitch + width))
    return setError(cudaErrorInvalidValue);
  return copyRows(target, targetPitch, source, sourcePitch, width, height);
}

cudaError_t cudaMemcpy3D(const cudaMemcpy3DParms *p) {
  if (p->srcArray != nullptr || p->dstArray != nullptr) return setError(cudaErrorNotSupported);
  const auto plane = [](const cudaPitchedPtr &memory, const cudaPos &position, size_t z) {
    return static_cast<char *>(memory.ptr) + ((position.z + z) * memory.ysize + position.y) * memory.pitch + position.x;
  };
  for (size_t z = 0; z < p->extent.depth; z++) {
    const cudaError_t error =
        cudaMemcpy2D(plane(p->dstPtr, p->dstPos, z), p->dstPtr.pitch, plane(p->srcPtr, p->srcPos, z), p->srcPtr.pitch,
                     p->extent.width, p->extent.height, p->kind);
    if (error != cudaSuccess) return error;
  }
  return cudaSuccess;
}

cudaError_t cudaMemset(void *pointer, int value, size_t count) {
  if (count == 0) return cudaSuccess;
  if (pointer == nullptr || isPageable(pointer) || !fits(pointer, count)) return setError(cudaErrorInvalidValue);
  memset(pointer, value, count);
  return cudaSuccess;
}

cudaError_t cudaMemset2D(void *pointer, size_t pitch, int value, size_t width, size_t height) {
  for (size_t row = 0; row < height; row++) {
    const cudaError_t error = cudaMemset(static_cast<char *>(pointer) + row * pitch, value, width);
    if (error != cudaSuccess) return error;
  }
  return cudaSuccess;
}

// ---- streams and events --------------------------------------------------------------------------------------------

cudaError_t cudaStreamCreate(cudaStream_t *stream) {
  *stream = new CUstream_st{};
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  if (stream != cudaStreamLegacy && stream != cudaStreamPerThread) delete stream;
  return cudaSuccess;
}
cudaError_t cudaEventCreate(cudaEvent_t *event) {
  *event = new CUevent_st{};
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t) {
  if (event == nullptr) return setError(cudaErrorInvalidResourceHandle);
  event->recorded = true;
  event->time = std::chrono::steady_clock::now();
  return cudaSuccess;
}
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t start, cudaEvent_t stop) {
  if (start == nullptr || stop == nullptr || !start->recorded || !stop->recorded)
    return setError(cudaErrorInvalidResourceHandle);
  *milliseconds = std::chrono::duration<float, std::milli>(stop->time - start->time).count();
  return cudaSuccess;
}
