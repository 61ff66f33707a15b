// The CUDA runtime API's host functions. Streams run in order: a call is finished when it returns.
#pragma once
#include "execution.h"

namespace __kl {

enum class MemoryKind { none, host, device, managed };

/** Memory of exactly `bytes`, with unreadable ground before and behind it; null when there is none left. */
void *allocate(size_t bytes, MemoryKind kind);
cudaError_t release(void *pointer, const char *function);
MemoryKind memoryKind(const void *pointer);

cudaError_t setError(cudaError_t error);
cudaError_t launchUntyped(const void *function, dim3 grid, dim3 block, void **arguments, size_t sharedBytes,
                          cudaStream_t stream, bool cooperative, const char *file, int line);
cudaError_t launchError();
cudaError_t allowSharedBytes(int bytes);
cudaError_t copyRows(void *target, size_t targetPitch, const void *source, size_t sourcePitch, size_t width,
                     size_t height);
cudaError_t copySymbol(void *symbol, size_t symbolBytes, size_t offset, void *memory, size_t count, bool toSymbol);

template <class T_> cudaError_t allocateFor(T_ **pointer, size_t bytes, MemoryKind kind) {
  if (pointer == nullptr) return setError(cudaErrorInvalidValue);
  *pointer = static_cast<T_ *>(bytes == 0 ? nullptr : allocate(bytes, kind));
  return *pointer != nullptr || bytes == 0 ? cudaSuccess : setError(cudaErrorMemoryAllocation);
}

template <class... P_>
cudaError_t launchTyped(void (*kernel)(P_...), dim3 grid, dim3 block, void **arguments, size_t sharedBytes,
                        cudaStream_t stream, bool cooperative, const char *file, int line) {
  if (cooperative)
    __kl_configure_cooperative(grid, block, sharedBytes, stream, file, line);
  else
    __kl_configure(grid, block, sharedBytes, stream, file, line);
  invokeWith<P_...>(reinterpret_cast<const void *>(kernel), arguments, std::index_sequence_for<P_...>());
  return launchError();
}

}  // namespace __kl

// Errors.
cudaError_t cudaGetLastError();
cudaError_t cudaPeekAtLastError();
const char *cudaGetErrorString(cudaError_t error);
const char *cudaGetErrorName(cudaError_t error);

// Devices: one, which says what it is.
cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaGetDevice(int *device);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaChooseDevice(int *device, const cudaDeviceProp *properties);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device);
cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int device);
cudaError_t cudaDeviceGetPCIBusId(char *text, int length, int device);
cudaError_t cudaDeviceCanAccessPeer(int *can, int device, int peer);
cudaError_t cudaDeviceEnablePeerAccess(int peer, unsigned int flags);
cudaError_t cudaDeviceDisablePeerAccess(int peer);
cudaError_t cudaDeviceSynchronize();
cudaError_t cudaDeviceReset();
cudaError_t cudaSetDeviceFlags(unsigned int flags);
cudaError_t cudaDeviceGetLimit(size_t *value, cudaLimit limit);
cudaError_t cudaDeviceSetLimit(cudaLimit limit, size_t value);
cudaError_t cudaDeviceSetCacheConfig(cudaFuncCache config);
cudaError_t cudaDeviceSetSharedMemConfig(cudaSharedMemConfig config);
cudaError_t cudaDeviceGetStreamPriorityRange(int *least, int *greatest);
cudaError_t cudaDriverGetVersion(int *version);
cudaError_t cudaRuntimeGetVersion(int *version);
cudaError_t cudaMemGetInfo(size_t *available, size_t *total);
inline cudaError_t cudaThreadSynchronize() { return cudaDeviceSynchronize(); }
inline cudaError_t cudaThreadExit() { return cudaDeviceReset(); }
inline cudaError_t cudaProfilerStart() { return cudaSuccess; }
inline cudaError_t cudaProfilerStop() { return cudaSuccess; }

// Memory.
template <class T_> inline cudaError_t cudaMalloc(T_ **pointer, size_t bytes) {
  return __kl::allocateFor(pointer, bytes, __kl::MemoryKind::device);
}
template <class T_>
inline cudaError_t cudaMallocManaged(T_ **pointer, size_t bytes, unsigned int = cudaMemAttachGlobal) {
  return __kl::allocateFor(pointer, bytes, __kl::MemoryKind::managed);
}
template <class T_> inline cudaError_t cudaMallocHost(T_ **pointer, size_t bytes, unsigned int = 0) {
  return __kl::allocateFor(pointer, bytes, __kl::MemoryKind::host);
}
template <class T_> inline cudaError_t cudaHostAlloc(T_ **pointer, size_t bytes, unsigned int = 0) {
  return __kl::allocateFor(pointer, bytes, __kl::MemoryKind::host);
}
template <class T_> inline cudaError_t cudaMallocAsync(T_ **pointer, size_t bytes, cudaStream_t) {
  return cudaMalloc(pointer, bytes);
}
template <class T_> inline cudaError_t cudaMallocPitch(T_ **pointer, size_t *pitch, size_t width, size_t height) {
  *pitch = (width + 511) / 512 * 512;
  return cudaMalloc(pointer, *pitch * height);
}
cudaError_t cudaMalloc3D(cudaPitchedPtr *pointer, cudaExtent extent);
cudaError_t cudaFree(void *pointer);
cudaError_t cudaFreeHost(void *pointer);
inline cudaError_t cudaFreeAsync(void *pointer, cudaStream_t) { return cudaFree(pointer); }
template <class T_> inline cudaError_t cudaHostGetDevicePointer(T_ **device, void *host, unsigned int) {
  *device = static_cast<T_ *>(host);
  return cudaSuccess;
}
cudaError_t cudaHostRegister(void *pointer, size_t bytes, unsigned int flags = 0);
cudaError_t cudaHostUnregister(void *pointer);
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes *attributes, const void *pointer);

cudaError_t cudaMemcpy(void *target, const void *source, size_t count, cudaMemcpyKind kind);
cudaError_t cudaMemcpy2D(void *target, size_t targetPitch, const void *source, size_t sourcePitch, size_t width,
                         size_t height, cudaMemcpyKind kind);
cudaError_t cudaMemcpy3D(const cudaMemcpy3DParms *parameters);
cudaError_t cudaMemset(void *pointer, int value, size_t count);
cudaError_t cudaMemset2D(void *pointer, size_t pitch, int value, size_t width, size_t height);
inline cudaError_t cudaMemcpyAsync(void *target, const void *source, size_t count, cudaMemcpyKind kind,
                                   cudaStream_t = nullptr) {
  return cudaMemcpy(target, source, count, kind);
}
inline cudaError_t cudaMemcpy2DAsync(void *target, size_t targetPitch, const void *source, size_t sourcePitch,
                                     size_t width, size_t height, cudaMemcpyKind kind, cudaStream_t = nullptr) {
  return cudaMemcpy2D(target, targetPitch, source, sourcePitch, width, height, kind);
}
inline cudaError_t cudaMemcpy3DAsync(const cudaMemcpy3DParms *parameters, cudaStream_t = nullptr) {
  return cudaMemcpy3D(parameters);
}
inline cudaError_t cudaMemcpyPeer(void *target, int, const void *source, int, size_t count) {
  return cudaMemcpy(target, source, count, cudaMemcpyDeviceToDevice);
}
inline cudaError_t cudaMemcpyPeerAsync(void *target, int, const void *source, int, size_t count, cudaStream_t) {
  return cudaMemcpy(target, source, count, cudaMemcpyDeviceToDevice);
}
inline cudaError_t cudaMemsetAsync(void *pointer, int value, size_t count, cudaStream_t = nullptr) {
  return cudaMemset(pointer, value, count);
}
inline cudaError_t cudaMemset2DAsync(void *pointer, size_t pitch, int value, size_t width, size_t height,
                                     cudaStream_t = nullptr) {
  return cudaMemset2D(pointer, pitch, value, width, height);
}
inline cudaError_t cudaMemAdvise(const void *, size_t, cudaMemoryAdvise, int) { return cudaSuccess; }
inline cudaError_t cudaMemAdvise(const void *, size_t, cudaMemoryAdvise, cudaMemLocation) { return cudaSuccess; }
inline cudaError_t cudaMemPrefetchAsync(const void *, size_t, int, cudaStream_t = nullptr) { return cudaSuccess; }
inline cudaError_t cudaMemPrefetchAsync(const void *, size_t, cudaMemLocation, unsigned int, cudaStream_t = nullptr) {
  return cudaSuccess;
}

// Symbols: a `__device__` or `__constant__` variable is an ordinary variable here.
template <class T_>
inline cudaError_t cudaMemcpyToSymbol(const T_ &symbol, const void *source, size_t count, size_t offset = 0,
                                      cudaMemcpyKind = cudaMemcpyHostToDevice) {
  return __kl::copySymbol((void *)&symbol, sizeof(T_), offset, const_cast<void *>(source), count, true);
}
template <class T_>
inline cudaError_t cudaMemcpyFromSymbol(void *target, const T_ &symbol, size_t count, size_t offset = 0,
                                        cudaMemcpyKind = cudaMemcpyDeviceToHost) {
  return __kl::copySymbol((void *)&symbol, sizeof(T_), offset, target, count, false);
}
template <class T_>
inline cudaError_t cudaMemcpyToSymbolAsync(const T_ &symbol, const void *source, size_t count, size_t offset = 0,
                                           cudaMemcpyKind = cudaMemcpyHostToDevice, cudaStream_t = nullptr) {
  return cudaMemcpyToSymbol(symbol, source, count, offset);
}
template <class T_>
inline cudaError_t cudaMemcpyFromSymbolAsync(void *target, const T_ &symbol, size_t count, size_t offset = 0,
                                             cudaMemcpyKind = cudaMemcpyDeviceToHost, cudaStream_t = nullptr) {
  return cudaMemcpyFromSymbol(target, symbol, count, offset);
}
template <class P_, class T_> inline cudaError_t cudaGetSymbolAddress(P_ **pointer, const T_ &symbol) {
  *pointer = (P_ *)(void *)&symbol;
  return cudaSuccess;
}
template <class T_> inline cudaError_t cudaGetSymbolSize(size_t *bytes, const T_ &) {
  *bytes = sizeof(T_);
  return cudaSuccess;
}

// Streams and events.
cudaError_t cudaStreamCreate(cudaStream_t *stream);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
inline cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned int) { return cudaStreamCreate(stream); }
inline cudaError_t cudaStreamCreateWithPriority(cudaStream_t *stream, unsigned int, int) {
  return cudaStreamCreate(stream);
}
inline cudaError_t cudaStreamSynchronize(cudaStream_t) { return __kl::launchError(); }
inline cudaError_t cudaStreamQuery(cudaStream_t) { return cudaSuccess; }
inline cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned int = 0) { return cudaSuccess; }
inline cudaError_t cudaStreamAttachMemAsync(cudaStream_t, void *, size_t = 0, unsigned int = 0) { return cudaSuccess; }
inline cudaError_t cudaStreamAddCallback(cudaStream_t stream, cudaStreamCallback_t callback, void *data, unsigned int) {
  callback(stream, cudaSuccess, data);
  return cudaSuccess;
}
inline cudaError_t cudaLaunchHostFunc(cudaStream_t, cudaHostFn_t function, void *data) {
  function(data);
  return cudaSuccess;
}
cudaError_t cudaEventCreate(cudaEvent_t *event);
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream = nullptr);
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t start, cudaEvent_t stop);
inline cudaError_t cudaEventCreate(cudaEvent_t *event, unsigned int) { return cudaEventCreate(event); }
inline cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned int) { return cudaEventCreate(event); }
inline cudaError_t cudaEventRecordWithFlags(cudaEvent_t event, cudaStream_t stream = nullptr, unsigned int = 0) {
  return cudaEventRecord(event, stream);
}
inline cudaError_t cudaEventSynchronize(cudaEvent_t) { return cudaSuccess; }
inline cudaError_t cudaEventQuery(cudaEvent_t) { return cudaSuccess; }

// Launching and asking about kernels.
template <class... P_>
inline cudaError_t cudaLaunchKernel(void (*kernel)(P_...), dim3 grid, dim3 block, void **arguments,
                                    size_t sharedBytes = 0, cudaStream_t stream = nullptr, __KL_CALL_SITE) {
  return __kl::launchTyped(kernel, grid, block, arguments, sharedBytes, stream, false, file_, line_);
}
inline cudaError_t cudaLaunchKernel(const void *kernel, dim3 grid, dim3 block, void **arguments, size_t sharedBytes = 0,
                                    cudaStream_t stream = nullptr, __KL_CALL_SITE) {
  return __kl::launchUntyped(kernel, grid, block, arguments, sharedBytes, stream, false, file_, line_);
}
template <class... P_>
inline cudaError_t cudaLaunchCooperativeKernel(void (*kernel)(P_...), dim3 grid, dim3 block, void **arguments,
                                               size_t sharedBytes = 0, cudaStream_t stream = nullptr, __KL_CALL_SITE) {
  return __kl::launchTyped(kernel, grid, block, arguments, sharedBytes, stream, true, file_, line_);
}
inline cudaError_t cudaLaunchCooperativeKernel(const void *kernel, dim3 grid, dim3 block, void **arguments,
                                               size_t sharedBytes = 0, cudaStream_t stream = nullptr, __KL_CALL_SITE) {
  return __kl::launchUntyped(kernel, grid, block, arguments, sharedBytes, stream, true, file_, line_);
}
template <class... P_, class... A_>
inline cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t *config, void (*kernel)(P_...), A_ &&...arguments) {
  __kl_configure(config->gridDim, config->blockDim, config->dynamicSmemBytes, config->stream);
  kernel(std::forward<A_>(arguments)...);
  return __kl::launchError();
}
template <class F_> inline cudaError_t cudaFuncSetAttribute(F_, cudaFuncAttribute attribute, int value) {
  return attribute == cudaFuncAttributeMaxDynamicSharedMemorySize ? __kl::allowSharedBytes(value) : cudaSuccess;
}
template <class F_> inline cudaError_t cudaFuncSetCacheConfig(F_, cudaFuncCache) { return cudaSuccess; }
template <class F_> inline cudaError_t cudaFuncSetSharedMemConfig(F_, cudaSharedMemConfig) { return cudaSuccess; }
template <class F_> inline cudaError_t cudaFuncGetAttributes(cudaFuncAttributes *attributes, F_) {
  *attributes = cudaFuncAttributes{};
  attributes->maxThreadsPerBlock = 1024;
  attributes->binaryVersion = attributes->ptxVersion = __KL_CUDA_ARCH__ / 10;
  return cudaSuccess;
}
// A multiprocessor stands for one processor here, which runs one block at a time.
template <class F_> inline cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, F_, int, size_t) {
  *blocks = 1;
  return cudaSuccess;
}
template <class F_>
inline cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks, F_, int, size_t, unsigned int) {
  *blocks = 1;
  return cudaSuccess;
}
template <class F_>
inline cudaError_t cudaOccupancyMaxPotentialBlockSize(int *minimumGrid, int *block, F_, size_t = 0, int limit = 0) {
  cudaDeviceGetAttribute(minimumGrid, cudaDevAttrMultiProcessorCount, 0);
  *block = limit > 0 && limit < 256 ? limit : 256;
  return cudaSuccess;
}
