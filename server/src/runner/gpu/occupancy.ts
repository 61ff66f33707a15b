/** Which resource bounds the blocks a multiprocessor holds. Pure. */
import type { Dim3, Occupancy } from '../../../../protocol/src';
import type { DeviceLimits, KernelFacts } from './messages';

/** Registers are handed to warps in units of this many, since compute capability 3.0. */
const registerUnit = 256;
/** A multiprocessor's four partitions each hold whole warps. */
const partitions = 4;
const sharedUnit = 128;

/** The count of blocks is the driver's; the limiter is the resource that allows the fewest. */
export function occupancyOf(
  facts: KernelFacts,
  limits: DeviceLimits,
  block: Dim3,
  dynamicSharedBytes: number,
): Occupancy | undefined {
  const blocks = facts.blocksPerMultiprocessor;
  if (blocks <= 0) return undefined;
  const warpsPerBlock = Math.ceil((block[0] * block[1] * block[2]) / limits.warpSize);
  const maxWarps = Math.floor(limits.maxThreadsPerMultiprocessor / limits.warpSize);
  const warps = Math.min(blocks * warpsPerBlock, maxWarps);
  return {
    blocksPerMultiprocessor: blocks,
    warpsPerMultiprocessor: warps,
    maxWarpsPerMultiprocessor: maxWarps,
    ratio: warps / maxWarps,
    limiter: limiterOf(facts, limits, warpsPerBlock, maxWarps, dynamicSharedBytes),
  };
}

function limiterOf(
  facts: KernelFacts,
  limits: DeviceLimits,
  warpsPerBlock: number,
  maxWarps: number,
  dynamicSharedBytes: number,
): Occupancy['limiter'] {
  const perWarp = roundUp(Math.max(facts.registersPerThread, 1) * limits.warpSize, registerUnit);
  const warpsByRegisters = partitions * Math.floor(limits.registersPerMultiprocessor / partitions / perWarp);
  const sharedPerBlock = roundUp(
    facts.staticSharedBytes + dynamicSharedBytes + limits.reservedSharedPerBlock,
    sharedUnit,
  );
  // In this order: of equal bounds the one that no change of the kernel can lift is named.
  const bounds: [Occupancy['limiter'], number][] = [
    ['warps', Math.floor(maxWarps / warpsPerBlock)],
    ['blocks', limits.maxBlocksPerMultiprocessor > 0 ? limits.maxBlocksPerMultiprocessor : Infinity],
    ['registers', Math.floor(warpsByRegisters / warpsPerBlock)],
    ['sharedMemory', sharedPerBlock > 0 ? Math.floor(limits.sharedPerMultiprocessor / sharedPerBlock) : Infinity],
  ];
  return bounds.reduce((least, next) => (next[1] < least[1] ? next : least))[0];
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
