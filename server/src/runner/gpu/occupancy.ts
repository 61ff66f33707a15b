/** Which resource bounds the blocks a multiprocessor holds. Pure. */
import type { Dim3, Occupancy } from '../../../../protocol/src';
import { occupancyOf as theoretical } from '../../analysis/model/occupancy';
import type { DeviceLimits, KernelFacts } from './messages';

/** The count of blocks is the driver's; the limiter is the resource that allows the fewest. */
export function occupancyOf(
  facts: KernelFacts,
  limits: DeviceLimits,
  block: Dim3,
  dynamicSharedBytes: number,
): Occupancy | undefined {
  const blocks = facts.blocksPerMultiprocessor;
  if (blocks <= 0) return undefined;
  const threads = block[0] * block[1] * block[2];
  const { maxWarps, limiter } = theoretical(
    {
      threads: limits.maxThreadsPerMultiprocessor,
      blocks: limits.maxBlocksPerMultiprocessor > 0 ? limits.maxBlocksPerMultiprocessor : Infinity,
      registers: limits.registersPerMultiprocessor,
      registersPerBlock: limits.registersPerMultiprocessor,
      shared: limits.sharedPerMultiprocessor,
      sharedPerBlock: limits.sharedPerMultiprocessor - limits.reservedSharedPerBlock,
      reservedShared: limits.reservedSharedPerBlock,
      sharedUnit: 128,
      partitions: 4,
    },
    { threads, registersPerThread: facts.registersPerThread, shared: facts.staticSharedBytes + dynamicSharedBytes },
  );
  const warps = Math.min(blocks * Math.ceil(threads / limits.warpSize), maxWarps);
  return {
    blocksPerMultiprocessor: blocks,
    warpsPerMultiprocessor: warps,
    maxWarpsPerMultiprocessor: maxWarps,
    ratio: warps / maxWarps,
    limiter,
  };
}
