/** Runtime calls that obtain, fill and copy memory. */
import { msg } from '../../analysis/rules/rule';
import type { Knowledge } from './types';

const symbolItself = msg('The symbol itself is given: no address of it and no string.');

export const memory: Knowledge = {
  cudaMalloc: {
    code: 'cudaError_t cudaMalloc(void** pointer, size_t bytes)',
    text: msg('Memory on the current GPU, aligned to at least 256 bytes, with no particular contents.'),
    trap: msg('The size is in bytes: elements times `sizeof`. The host cannot follow the pointer.'),
  },
  cudaMallocManaged: {
    code: 'cudaError_t cudaMallocManaged(void** pointer, size_t bytes, unsigned flags = cudaMemAttachGlobal)',
    text: msg('Memory that host and GPU both reach by one pointer; its pages move to who uses them.'),
    trap: msg(
      "After a launch, synchronize before the host touches it. Without `cudaMemPrefetchAsync` the kernel's first accesses wait for page faults.",
    ),
  },
  cudaMallocHost: {
    code: 'cudaError_t cudaMallocHost(void** pointer, size_t bytes)',
    text: msg('Page-locked host memory: copies are faster and can run beside kernels.'),
    trap: msg('Freed with `cudaFreeHost`, not with `free`. Much of it slows down the system.'),
  },
  cudaHostAlloc: {
    code: 'cudaError_t cudaHostAlloc(void** pointer, size_t bytes, unsigned flags)',
    text: msg('Page-locked host memory; `cudaHostAllocMapped` makes it readable for kernels too.'),
    trap: msg('Freed with `cudaFreeHost`.'),
  },
  cudaMallocAsync: {
    code: 'cudaError_t cudaMallocAsync(void** pointer, size_t bytes, cudaStream_t stream)',
    text: msg('Memory from a pool, in the order of the stream: usable by what comes later in it.'),
    trap: msg('Other streams have to wait for this one before they use it.'),
  },
  cudaMallocPitch: {
    code: 'cudaError_t cudaMallocPitch(void** pointer, size_t* pitch, size_t widthBytes, size_t height)',
    text: msg('Rows of memory, each padded so that it begins well aligned; `pitch` is the distance of rows in bytes.'),
    trap: msg('Width and pitch count bytes, not elements.'),
  },
  cudaFree: {
    code: 'cudaError_t cudaFree(void* pointer)',
    text: msg(
      'Gives back what `cudaMalloc`, `cudaMallocManaged` or `cudaMallocPitch` obtained; nothing for a null pointer.',
    ),
    trap: msg('It waits until the GPU is idle: keep it out of loops.'),
  },
  cudaFreeHost: {
    code: 'cudaError_t cudaFreeHost(void* pointer)',
    text: msg('Gives back memory of `cudaMallocHost` or `cudaHostAlloc`.'),
  },
  cudaFreeAsync: {
    code: 'cudaError_t cudaFreeAsync(void* pointer, cudaStream_t stream)',
    text: msg('Gives memory back to its pool once the work before it in the stream is done.'),
  },
  cudaMemcpy: {
    code: 'cudaError_t cudaMemcpy(void* dst, const void* src, size_t bytes, cudaMemcpyKind kind)',
    text: msg('Copies bytes; the destination comes first. Waits for earlier work of the default stream.'),
    trap: msg('The size is in bytes. The kind has to fit both pointers; it does not turn the copy around.'),
  },
  cudaMemcpyAsync: {
    code: 'cudaError_t cudaMemcpyAsync(void* dst, const void* src, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream = 0)',
    text: msg('Queues a copy in a stream and returns.'),
    trap: msg(
      'Only page-locked host memory (`cudaMallocHost`) is copied beside other work; it must not change until the copy is done.',
    ),
  },
  cudaMemcpy2D: {
    code: 'cudaError_t cudaMemcpy2D(void* dst, size_t dpitch, const void* src, size_t spitch, size_t widthBytes, size_t height, cudaMemcpyKind kind)',
    text: msg('Copies rows between memories with different pitches.'),
    trap: msg('Width and pitches count bytes, the height counts rows.'),
  },
  cudaMemcpyToSymbol: {
    code: 'cudaError_t cudaMemcpyToSymbol(const T& symbol, const void* src, size_t bytes, size_t offset = 0, cudaMemcpyKind kind = cudaMemcpyHostToDevice)',
    text: msg('Copies into a `__constant__` or `__device__` variable.'),
    trap: symbolItself,
  },
  cudaMemcpyFromSymbol: {
    code: 'cudaError_t cudaMemcpyFromSymbol(void* dst, const T& symbol, size_t bytes, size_t offset = 0, cudaMemcpyKind kind = cudaMemcpyDeviceToHost)',
    text: msg('Copies out of a `__constant__` or `__device__` variable.'),
    trap: symbolItself,
  },
  cudaMemset: {
    code: 'cudaError_t cudaMemset(void* pointer, int value, size_t bytes)',
    text: msg('Sets every byte to the lowest byte of the value.'),
    trap: msg('Not every element: 1 makes an `int` 0x01010101. 0 is right for all types.'),
  },
  cudaMemsetAsync: {
    code: 'cudaError_t cudaMemsetAsync(void* pointer, int value, size_t bytes, cudaStream_t stream = 0)',
    text: msg('`cudaMemset` in the order of a stream.'),
  },
  cudaMemPrefetchAsync: {
    code: 'cudaError_t cudaMemPrefetchAsync(const void* pointer, size_t bytes, …, cudaStream_t stream)',
    text: msg('Moves managed memory to a GPU or the host before it is used there.'),
    trap: msg('Since CUDA 13 the destination is a `cudaMemLocation`, and flags follow it.'),
  },
  cudaMemGetInfo: {
    code: 'cudaError_t cudaMemGetInfo(size_t* free, size_t* total)',
    text: msg('Free and total bytes of the current GPU.'),
  },
  cudaGetSymbolAddress: {
    code: 'cudaError_t cudaGetSymbolAddress(void** pointer, const T& symbol)',
    text: msg('Address of a `__device__` variable on the GPU.'),
  },
  cudaHostRegister: {
    code: 'cudaError_t cudaHostRegister(void* pointer, size_t bytes, unsigned flags)',
    text: msg('Page-locks memory that is there already, for faster copies.'),
    trap: msg('Undone with `cudaHostUnregister`.'),
  },
  cudaMemcpyHostToDevice: {
    code: 'cudaMemcpyKind cudaMemcpyHostToDevice',
    text: msg('From host memory to the GPU: `dst` is a device pointer, `src` a host pointer.'),
  },
  cudaMemcpyDeviceToHost: {
    code: 'cudaMemcpyKind cudaMemcpyDeviceToHost',
    text: msg('From the GPU to host memory: `dst` is a host pointer, `src` a device pointer.'),
  },
  cudaMemcpyDeviceToDevice: {
    code: 'cudaMemcpyKind cudaMemcpyDeviceToDevice',
    text: msg("Within the GPU's memory."),
  },
  cudaMemcpyHostToHost: {
    code: 'cudaMemcpyKind cudaMemcpyHostToHost',
    text: msg('Within host memory.'),
  },
  cudaMemcpyDefault: {
    code: 'cudaMemcpyKind cudaMemcpyDefault',
    text: msg('The direction follows from the pointers themselves.'),
  },
};
