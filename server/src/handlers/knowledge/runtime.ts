/** Other calls of the CUDA runtime: streams, events, errors, devices, launches. */
import { msg } from '../../analysis/rules/rule';
import type { Knowledge } from './types';

export const runtime: Knowledge = {
  cudaDeviceSynchronize: {
    code: 'cudaError_t cudaDeviceSynchronize()',
    text: msg('Waits until the GPU has done all work of this process, and returns an error that occurred in it.'),
    trap: msg('Faults inside kernels show up here rather than at the launch.'),
  },
  cudaStreamSynchronize: {
    code: 'cudaError_t cudaStreamSynchronize(cudaStream_t stream)',
    text: msg('Waits until the work of this stream is done.'),
  },
  cudaStreamCreate: {
    code: 'cudaError_t cudaStreamCreate(cudaStream_t* stream)',
    text: msg('Makes a stream that runs beside others, the default stream aside.'),
  },
  cudaStreamCreateWithFlags: {
    code: 'cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags)',
    text: msg('Makes a stream; with `cudaStreamNonBlocking` it does not wait for the default stream either.'),
  },
  cudaStreamDestroy: {
    code: 'cudaError_t cudaStreamDestroy(cudaStream_t stream)',
    text: msg('Returns at once; the stream goes when its work is done.'),
  },
  cudaStreamWaitEvent: {
    code: 'cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags = 0)',
    text: msg('What comes later in the stream waits for the event; the host does not.'),
  },
  cudaStreamQuery: {
    code: 'cudaError_t cudaStreamQuery(cudaStream_t stream)',
    text: msg("`cudaSuccess` if the stream's work is done, `cudaErrorNotReady` if not; waits for nothing."),
  },
  cudaEventCreate: {
    code: 'cudaError_t cudaEventCreate(cudaEvent_t* event)',
    text: msg('Makes an event that can be timed.'),
  },
  cudaEventCreateWithFlags: {
    code: 'cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags)',
    text: msg('Makes an event; with `cudaEventDisableTiming` waiting for it is cheaper.'),
  },
  cudaEventRecord: {
    code: 'cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream = 0)',
    text: msg('Puts the event behind the work that is in the stream now.'),
    trap: msg('It returns at once: the event happens when the stream gets there.'),
  },
  cudaEventSynchronize: {
    code: 'cudaError_t cudaEventSynchronize(cudaEvent_t event)',
    text: msg('The host waits until the event has happened.'),
  },
  cudaEventElapsedTime: {
    code: 'cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t stop)',
    text: msg('Milliseconds between two events, with a resolution of about half a microsecond.'),
    trap: msg('Both must have happened: call `cudaEventSynchronize(stop)` first.'),
  },
  cudaEventQuery: {
    code: 'cudaError_t cudaEventQuery(cudaEvent_t event)',
    text: msg('`cudaSuccess` if the event has happened, `cudaErrorNotReady` if not; waits for nothing.'),
  },
  cudaEventDestroy: {
    code: 'cudaError_t cudaEventDestroy(cudaEvent_t event)',
    text: msg('Gives the event back.'),
  },
  cudaGetLastError: {
    code: 'cudaError_t cudaGetLastError()',
    text: msg(
      'The last error of the runtime in this thread, and forgets it. After a launch it tells whether the configuration was accepted.',
    ),
    trap: msg('What goes wrong inside the kernel is known only after it has run: synchronize as well.'),
  },
  cudaPeekAtLastError: {
    code: 'cudaError_t cudaPeekAtLastError()',
    text: msg('As `cudaGetLastError`, without forgetting the error.'),
  },
  cudaGetErrorString: {
    code: 'const char* cudaGetErrorString(cudaError_t error)',
    text: msg('What the error means, in a sentence.'),
  },
  cudaGetErrorName: {
    code: 'const char* cudaGetErrorName(cudaError_t error)',
    text: msg("Name of the error's enumerator."),
  },
  cudaSetDevice: {
    code: 'cudaError_t cudaSetDevice(int device)',
    text: msg('The GPU that later calls of this thread mean.'),
  },
  cudaGetDevice: {
    code: 'cudaError_t cudaGetDevice(int* device)',
    text: msg('The GPU that calls of this thread mean.'),
  },
  cudaGetDeviceCount: {
    code: 'cudaError_t cudaGetDeviceCount(int* count)',
    text: msg('How many GPUs there are; `CUDA_VISIBLE_DEVICES` may hide some.'),
  },
  cudaGetDeviceProperties: {
    code: 'cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device)',
    text: msg('Name, limits and memory of a GPU.'),
    trap: msg('Slow; for a single value use `cudaDeviceGetAttribute`.'),
  },
  cudaDeviceGetAttribute: {
    code: 'cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device)',
    text: msg('One property of a GPU.'),
  },
  cudaDeviceReset: {
    code: 'cudaError_t cudaDeviceReset()',
    text: msg('Destroys all the process has on the current GPU.'),
    trap: msg('Not needed at the end of a program. Pointers and streams of other threads die too.'),
  },
  cudaFuncSetAttribute: {
    code: 'cudaError_t cudaFuncSetAttribute(kernel, cudaFuncAttribute attribute, int value)',
    text: msg(
      'Sets a property of a kernel. `cudaFuncAttributeMaxDynamicSharedMemorySize` allows it more than 48 KiB of dynamic shared memory.',
    ),
  },
  cudaFuncGetAttributes: {
    code: 'cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, kernel)',
    text: msg('Registers, shared and local memory of a kernel, and its largest block.'),
  },
  cudaOccupancyMaxActiveBlocksPerMultiprocessor: {
    code: 'cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, kernel, int blockSize, size_t dynamicSharedBytes)',
    text: msg('How many blocks of the kernel a multiprocessor holds at once.'),
  },
  cudaOccupancyMaxPotentialBlockSize: {
    code: 'cudaError_t cudaOccupancyMaxPotentialBlockSize(int* minGridSize, int* blockSize, kernel, size_t dynamicSharedBytes = 0, int limit = 0)',
    text: msg('The block size with the best occupancy, and the least grid that fills the GPU.'),
  },
  cudaLaunchKernel: {
    code: 'cudaError_t cudaLaunchKernel(kernel, dim3 grid, dim3 block, void** arguments, size_t sharedBytes = 0, cudaStream_t stream = 0)',
    text: msg('A launch as a function call; `arguments` holds the address of each argument.'),
    trap: msg('The types behind the addresses are not checked.'),
  },
  cudaLaunchKernelEx: {
    code: 'cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, kernel, arguments…)',
    text: msg('A launch with attributes, such as the size of clusters.'),
  },
  cudaLaunchCooperativeKernel: {
    code: 'cudaError_t cudaLaunchCooperativeKernel(kernel, dim3 grid, dim3 block, void** arguments, size_t sharedBytes = 0, cudaStream_t stream = 0)',
    text: msg('A launch whose blocks may wait for each other with `grid.sync()`.'),
    trap: msg('All blocks have to fit on the GPU at once.'),
  },
  cudaDeviceEnablePeerAccess: {
    code: 'cudaError_t cudaDeviceEnablePeerAccess(int peer, unsigned flags)',
    text: msg('Lets kernels of the current GPU reach memory of another one.'),
    trap: msg('One direction only; the other GPU needs a call of its own.'),
  },
  cudaGraphLaunch: {
    code: 'cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream)',
    text: msg('Starts a whole graph of work at the cost of one launch.'),
  },
  cudaStreamBeginCapture: {
    code: 'cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode)',
    text: msg('What is put into the stream from here on becomes a graph instead of running.'),
    trap: msg('Calls that synchronize fail meanwhile.'),
  },
  cudaThreadSynchronize: {
    code: 'cudaError_t cudaThreadSynchronize()',
    text: msg('Deprecated long ago and removed in CUDA 13: use `cudaDeviceSynchronize`.'),
  },
  cudaThreadExit: {
    code: 'cudaError_t cudaThreadExit()',
    text: msg('Deprecated long ago and removed in CUDA 13: use `cudaDeviceReset`.'),
  },
};
