/** Built-in variables, qualifiers and types of the CUDA language. */
import { msg } from '../../analysis/rules/rule';
import type { Knowledge } from './types';

export const execution: Knowledge = {
  threadIdx: {
    code: 'const uint3 threadIdx',
    text: msg('Index of this thread in its block: `x` from 0 to `blockDim.x - 1`, and so on.'),
    trap: msg(
      'Threads that differ only in `threadIdx.x` are neighbours in a warp: let `x` run along the fastest index of your arrays.',
    ),
  },
  blockIdx: {
    code: 'const uint3 blockIdx',
    text: msg('Index of this block in the grid: `x` from 0 to `gridDim.x - 1`, and so on.'),
    trap: msg('Blocks start in no particular order; one must not wait for another.'),
  },
  blockDim: {
    code: 'const dim3 blockDim',
    text: msg('Threads of a block along each axis, as the launch says.'),
    trap: msg('At most 1024 threads in all: 1024 along `x` and `y`, 64 along `z`.'),
  },
  gridDim: {
    code: 'const dim3 gridDim',
    text: msg('Blocks of the grid along each axis, as the launch says.'),
    trap: msg('At most 2³¹ − 1 along `x`, 65,535 along `y` and `z`.'),
  },
  warpSize: {
    code: 'const int warpSize',
    text: msg(
      "Threads of a warp: 32 on every GPU so far. A warp's threads are neighbours in `threadIdx.x`, then `y`, then `z`.",
    ),
    trap: msg('It is not a constant expression: an array cannot have this size.'),
  },
  __global__: {
    code: '__global__ void kernel(…)',
    text: msg('A kernel: runs on the GPU, is started with `<<<grid, block>>>`, returns nothing.'),
    trap: msg(
      'A launch is asynchronous: it returns before the kernel has run. Arguments are copied, so references and host pointers do not work.',
    ),
  },
  __device__: {
    code: '__device__ T function(…) / __device__ T variable',
    text: msg(
      "A function that runs on the GPU and is called from there, or a variable that lives in the GPU's global memory as long as the program.",
    ),
    trap: msg(
      'The host does not read or write such a variable by name; it uses `cudaMemcpyToSymbol` and `cudaMemcpyFromSymbol`.',
    ),
  },
  __host__: {
    code: '__host__ T function(…)',
    text: msg(
      'A function that runs on the host, which is the default. Together with `__device__` it is compiled for both.',
    ),
  },
  __shared__: {
    code: '__shared__ T variable',
    text: msg(
      'Memory of the block on the multiprocessor: shared by its threads, gone with the block. Up to 48 KiB without asking for more.',
    ),
    trap: msg('It has no initial value. What other threads wrote is only there after `__syncthreads()`.'),
  },
  __constant__: {
    code: '__constant__ T variable',
    text: msg('Read-only for kernels, 64 KiB in all, cached: fast when all threads of a warp read the same address.'),
    trap: msg(
      'The host sets it with `cudaMemcpyToSymbol`. Different addresses in a warp are read one after the other.',
    ),
  },
  __managed__: {
    code: '__device__ __managed__ T variable',
    text: msg('A variable that host and GPU both use by its name; the driver moves its pages.'),
    trap: msg('After a launch the host must synchronize before it touches it.'),
  },
  __launch_bounds__: {
    code: '__launch_bounds__(maxThreadsPerBlock, minBlocksPerMultiprocessor, maxBlocksPerCluster)',
    text: msg(
      'A promise to the compiler about the largest block: it limits the registers so that such a block fits, and as many blocks as the second argument says.',
    ),
    trap: msg(
      'A launch with more threads fails. Too tight a bound makes the compiler spill registers to local memory.',
    ),
  },
  __restrict__: {
    code: 'T* __restrict__ pointer',
    text: msg(
      'A promise that nothing this pointer reaches is reached through another one. With `const` it lets the compiler read through the read-only cache.',
    ),
    trap: msg('If the buffers overlap after all, the results are undefined.'),
  },
  __grid_constant__: {
    code: 'const T __grid_constant__ parameter',
    text: msg(
      'A kernel parameter that stays in constant memory: taking its address makes no local copy. For `const` parameters that are no references, since compute capability 7.0.',
    ),
  },
  __cluster_dims__: {
    code: '__cluster_dims__(x, y, z)',
    text: msg(
      "Groups the blocks of the kernel into clusters of this size, whose blocks run at the same time and reach each other's shared memory. Since compute capability 9.0.",
    ),
    trap: msg('The grid has to be a multiple of the cluster along each axis; up to 8 blocks are portable.'),
  },
  __block_size__: {
    code: '__block_size__((x, y, z), (clusterX, clusterY, clusterZ))',
    text: msg("Fixes the size of the kernel's blocks at compile time, and optionally of its clusters."),
  },
  __maxnreg__: {
    code: '__maxnreg__(registers)',
    text: msg('Limits the registers of a thread in this kernel. Not together with `__launch_bounds__`.'),
  },
  __noinline__: {
    code: '__noinline__ __device__ T function(…)',
    text: msg('Asks the compiler to call this function rather than to inline it.'),
  },
  __forceinline__: {
    code: '__forceinline__ __device__ T function(…)',
    text: msg('Makes the compiler inline this function wherever it is called.'),
  },
  __align__: {
    code: 'struct __align__(bytes) T',
    text: msg('Alignment of a type: 8 or 16 lets a thread load a whole object at once.'),
  },
  __CUDA_ARCH__: {
    code: '#if __CUDA_ARCH__ >= 900',
    text: msg("Defined in device code only: 900 for sm_90. The host's pass does not have it."),
    trap: msg('A kernel, its type or its instantiation must not depend on it.'),
  },
  __CUDACC__: {
    code: '#ifdef __CUDACC__',
    text: msg('Defined when nvcc compiles a source as CUDA, in both passes.'),
  },
  dim3: {
    code: 'dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1)',
    text: msg('Size of a grid or a block; axes that are left out are 1.'),
    trap: msg('The components are unsigned: a negative size becomes a huge one.'),
  },
  float4: {
    code: 'struct float4 { float x, y, z, w; }',
    text: msg('Four floats, aligned to 16 bytes: one load or store of 16 bytes a thread.'),
    trap: msg('A pointer that is cast to it must be aligned to 16 bytes.'),
  },
  cudaError_t: {
    code: 'enum cudaError_t',
    text: msg('What each runtime call returns; `cudaSuccess` is 0.'),
    trap: msg('It may report an earlier launch that failed meanwhile.'),
  },
  cudaSuccess: {
    code: 'cudaSuccess = 0',
    text: msg('No error.'),
  },
  cudaStream_t: {
    code: 'cudaStream_t stream',
    text: msg(
      'A queue of work for the GPU: what is in one stream runs in order, streams run beside each other. 0 is the default stream.',
    ),
    trap: msg('The default stream waits for all others that were not created as non-blocking, and they for it.'),
  },
  cudaEvent_t: {
    code: 'cudaEvent_t event',
    text: msg('A mark in a stream that can be waited for and timed.'),
  },
};
