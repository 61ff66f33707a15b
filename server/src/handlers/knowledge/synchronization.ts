/** Barriers, fences and what the threads of a warp tell each other. */
import { msg } from '../../analysis/rules/rule';
import type { Knowledge } from './types';

const everyThreadOfMask = msg(
  'Undefined if a thread of the mask does not take part; a thread outside the mask must not call it.',
);
const withoutMask = msg(
  'The form without a mask of threads: removed for compute capability 7.0 and later. Use the one that ends in `_sync`.',
);

export const synchronization: Knowledge = {
  __syncthreads: {
    code: 'void __syncthreads()',
    text: msg(
      'Waits until all threads of the block are here, and makes what they wrote to shared and global memory visible to the block.',
    ),
    trap: msg(
      'Every thread of the block that has not ended must reach it: in a branch that only some take, the behaviour is undefined.',
    ),
  },
  __syncthreads_count: {
    code: 'int __syncthreads_count(int predicate)',
    text: msg('`__syncthreads()` that also tells for how many threads of the block the predicate is not 0.'),
  },
  __syncthreads_and: {
    code: 'int __syncthreads_and(int predicate)',
    text: msg('`__syncthreads()` that also tells whether the predicate is not 0 for all threads of the block.'),
  },
  __syncthreads_or: {
    code: 'int __syncthreads_or(int predicate)',
    text: msg('`__syncthreads()` that also tells whether the predicate is not 0 for any thread of the block.'),
  },
  __syncwarp: {
    code: 'void __syncwarp(unsigned mask = 0xffffffff)',
    text: msg('Waits until the threads of the mask are here, and orders their memory accesses among each other.'),
    trap: msg(
      'Each calling thread must be in the mask. Since compute capability 7.0 a warp does not run in lockstep by itself.',
    ),
  },
  __threadfence: {
    code: 'void __threadfence()',
    text: msg(
      "Orders this thread's memory accesses: no thread of the GPU sees what it writes after this before what it wrote earlier.",
    ),
    trap: msg('It waits for nobody: it is no barrier.'),
  },
  __threadfence_block: {
    code: 'void __threadfence_block()',
    text: msg('As `__threadfence()`, towards the threads of the block only.'),
  },
  __threadfence_system: {
    code: 'void __threadfence_system()',
    text: msg('As `__threadfence()`, towards the host and other GPUs too.'),
  },
  __nanosleep: {
    code: 'void __nanosleep(unsigned nanoseconds)',
    text: msg('Suspends the thread for about so long, a millisecond at most. Since compute capability 7.0.'),
  },
  __shfl_sync: {
    code: 'T __shfl_sync(unsigned mask, T value, int srcLane, int width = warpSize)',
    text: msg('The value that lane `srcLane` of the warp holds.'),
    trap: everyThreadOfMask,
  },
  __shfl_up_sync: {
    code: 'T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize)',
    text: msg('The value of the lane `delta` below; the lowest lanes keep their own.'),
    trap: everyThreadOfMask,
  },
  __shfl_down_sync: {
    code: 'T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize)',
    text: msg('The value of the lane `delta` above; the highest lanes keep their own.'),
    trap: everyThreadOfMask,
  },
  __shfl_xor_sync: {
    code: 'T __shfl_xor_sync(unsigned mask, T value, int laneMask, int width = warpSize)',
    text: msg("The value of the lane whose number is this one's XOR `laneMask`: the butterfly of reductions."),
    trap: everyThreadOfMask,
  },
  __all_sync: {
    code: 'int __all_sync(unsigned mask, int predicate)',
    text: msg('Whether the predicate is not 0 for all threads of the mask.'),
    trap: everyThreadOfMask,
  },
  __any_sync: {
    code: 'int __any_sync(unsigned mask, int predicate)',
    text: msg('Whether the predicate is not 0 for any thread of the mask.'),
    trap: everyThreadOfMask,
  },
  __ballot_sync: {
    code: 'unsigned __ballot_sync(unsigned mask, int predicate)',
    text: msg('A bit for each lane: 1 where the thread is in the mask and its predicate is not 0.'),
    trap: everyThreadOfMask,
  },
  __activemask: {
    code: 'unsigned __activemask()',
    text: msg('The lanes that execute this very instruction together now.'),
    trap: msg(
      'It is not "the threads of this branch": which of them run together is not specified. It is no mask for `__shfl_sync` and its like.',
    ),
  },
  __match_any_sync: {
    code: 'unsigned __match_any_sync(unsigned mask, T value)',
    text: msg('The lanes of the mask that hold the same value as this thread. Since compute capability 7.0.'),
    trap: everyThreadOfMask,
  },
  __match_all_sync: {
    code: 'unsigned __match_all_sync(unsigned mask, T value, int* predicate)',
    text: msg('The mask if all its threads hold the same value, else 0. Since compute capability 7.0.'),
    trap: everyThreadOfMask,
  },
  __reduce_add_sync: {
    code: 'unsigned __reduce_add_sync(unsigned mask, unsigned value)',
    text: msg(
      "The sum of the values of the mask's threads, in one instruction. Integers only, since compute capability 8.0.",
    ),
    trap: everyThreadOfMask,
  },
  __reduce_min_sync: {
    code: 'unsigned __reduce_min_sync(unsigned mask, unsigned value)',
    text: msg(
      "The least of the values of the mask's threads, in one instruction. Integers only, since compute capability 8.0.",
    ),
    trap: everyThreadOfMask,
  },
  __reduce_max_sync: {
    code: 'unsigned __reduce_max_sync(unsigned mask, unsigned value)',
    text: msg(
      "The greatest of the values of the mask's threads, in one instruction. Integers only, since compute capability 8.0.",
    ),
    trap: everyThreadOfMask,
  },
  __shfl: {
    code: '__shfl(…)',
    text: withoutMask,
  },
  __shfl_up: {
    code: '__shfl_up(…)',
    text: withoutMask,
  },
  __shfl_down: {
    code: '__shfl_down(…)',
    text: withoutMask,
  },
  __shfl_xor: {
    code: '__shfl_xor(…)',
    text: withoutMask,
  },
  __any: {
    code: '__any(…)',
    text: withoutMask,
  },
  __all: {
    code: '__all(…)',
    text: withoutMask,
  },
  __ballot: {
    code: '__ballot(…)',
    text: withoutMask,
  },
  __trap: {
    code: 'void __trap()',
    text: msg('Ends the kernel with an error; the process can use the GPU no longer.'),
  },
};
