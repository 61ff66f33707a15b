/** How many blocks of a kernel a multiprocessor holds at once, and what bounds them: the rules of NVIDIA's `cuda_occupancy.h`. Pure. */
import { registersPerThread, threadsPerBlock, warpSize, type Multiprocessor } from './devices';

/** Registers are handed to warps in units of this many, since compute capability 3.0. */
const registerUnit = 256;

export interface BlockUse {
  readonly threads: number;
  readonly registersPerThread: number;
  /** Bytes, static and dynamic together. */
  readonly shared: number;
}

export type OccupancyLimiter = 'warps' | 'registers' | 'sharedMemory' | 'blocks';

export interface TheoreticalOccupancy {
  /** 0: the block cannot be launched, for the limiter's sake. */
  readonly blocks: number;
  readonly warps: number;
  readonly maxWarps: number;
  /** 0…1 */
  readonly ratio: number;
  readonly limiter: OccupancyLimiter;
}

export function occupancyOf(device: Multiprocessor, use: BlockUse): TheoreticalOccupancy {
  const warpsPerBlock = Math.ceil(use.threads / warpSize);
  const maxWarps = device.threads / warpSize;
  // In this order: of equal bounds the one that no change of the kernel can lift is named.
  const bounds: [OccupancyLimiter, number][] = [
    ['warps', use.threads > threadsPerBlock ? 0 : Math.floor(maxWarps / warpsPerBlock)],
    ['blocks', device.blocks],
    ['registers', blocksByRegisters(device, use.registersPerThread, warpsPerBlock)],
    ['sharedMemory', blocksByShared(device, use.shared)],
  ];
  const [limiter, blocks] = bounds.reduce((least, next) => (next[1] < least[1] ? next : least));
  const warps = blocks * warpsPerBlock;
  return { blocks, warps, maxWarps, ratio: warps / maxWarps, limiter };
}

/** Registers that a launch asks for: the hardware checks it as if the warps filled all partitions evenly. */
export function registersOfBlock(device: Multiprocessor, perThread: number, threads: number): number {
  return registersOfWarp(perThread) * roundUp(Math.ceil(threads / warpSize), device.partitions);
}

/** The most registers a thread may have before fewer blocks fit than without any; nothing where the block fits in no case. */
export function registersWithoutLoss(
  device: Multiprocessor,
  use: Omit<BlockUse, 'registersPerThread'>,
): number | undefined {
  const free = occupancyOf(device, { ...use, registersPerThread: 0 }).blocks;
  for (let registers = registersPerThread; registers > 0 && free > 0; registers--) {
    if (occupancyOf(device, { ...use, registersPerThread: registers }).blocks === free) return registers;
  }
  return undefined;
}

function registersOfWarp(perThread: number): number {
  return roundUp(perThread * warpSize, registerUnit);
}

function blocksByRegisters(device: Multiprocessor, perThread: number, warpsPerBlock: number): number {
  if (perThread <= 0) return Infinity;
  // Compute capability 6.0 has two partitions and yet takes no block that the rest of its family would not.
  const checked = { ...device, partitions: Math.max(device.partitions, 4) };
  if (registersOfBlock(checked, perThread, warpsPerBlock * warpSize) > device.registersPerBlock) return 0;
  const perPartition = Math.floor(device.registers / device.partitions / registersOfWarp(perThread));
  return Math.floor((perPartition * device.partitions) / warpsPerBlock);
}

function blocksByShared(device: Multiprocessor, bytes: number): number {
  const allocated = roundUp(bytes + device.reservedShared, device.sharedUnit);
  if (allocated > device.sharedPerBlock + device.reservedShared) return 0;
  return allocated === 0 ? Infinity : Math.floor(device.shared / allocated);
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
