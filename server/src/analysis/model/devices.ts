/**
 * What a multiprocessor of each compute capability holds. From the CUDA Programming Guide, "Technical Specifications per Compute
 * Capability"; the granularities are those of NVIDIA's `cuda_occupancy.h`, which a test compares.
 */

export interface Multiprocessor {
  readonly threads: number;
  readonly blocks: number;
  readonly registers: number;
  readonly registersPerBlock: number;
  /** Bytes. */
  readonly shared: number;
  /** Most bytes one block may have, once the kernel has asked for more than 48 KiB; what the driver reserves is not in it. */
  readonly sharedPerBlock: number;
  /** Bytes the driver takes of each block's shared memory. */
  readonly reservedShared: number;
  /** Bytes in which shared memory is handed out. */
  readonly sharedUnit: number;
  /** Groups of warp slots with a register file each. */
  readonly partitions: number;
}

/** Shared memory that a block has without asking for more (`cudaFuncAttributeMaxDynamicSharedMemorySize`), on every GPU. */
export const sharedWithoutAsking = 48 * 1024;
export const warpSize = 32;
export const threadsPerBlock = 1024;
export const registersPerThread = 255;

const kib = 1024;
const common = {
  threads: 2048,
  blocks: 32,
  registers: 65_536,
  registersPerBlock: 65_536,
  reservedShared: 0,
  sharedUnit: 256,
  partitions: 4,
};
const pascal = { ...common, sharedPerBlock: 48 * kib };
const volta = { ...common, shared: 96 * kib, sharedPerBlock: 96 * kib };
/** Since Ampere the driver reserves 1 KiB a block. */
const ampere = { ...common, reservedShared: kib, sharedUnit: 128 };
const large = { ...ampere, shared: 228 * kib, sharedPerBlock: 227 * kib };
const small = { ...ampere, threads: 1536, shared: 100 * kib, sharedPerBlock: 99 * kib };

const byCapability: Readonly<Record<number, Multiprocessor>> = {
  50: { ...pascal, shared: 64 * kib },
  52: { ...pascal, shared: 96 * kib },
  53: { ...pascal, shared: 64 * kib, registersPerBlock: 32_768 },
  60: { ...pascal, shared: 64 * kib, partitions: 2 },
  61: { ...pascal, shared: 96 * kib },
  62: { ...pascal, shared: 64 * kib, registersPerBlock: 32_768 },
  70: volta,
  72: volta,
  75: { ...common, threads: 1024, blocks: 16, shared: 64 * kib, sharedPerBlock: 64 * kib },
  80: { ...ampere, shared: 164 * kib, sharedPerBlock: 163 * kib },
  86: { ...small, blocks: 16 },
  87: { ...small, blocks: 16, shared: 164 * kib, sharedPerBlock: 163 * kib },
  89: { ...small, blocks: 24 },
  90: large,
  100: large,
  101: { ...large, threads: 1536, blocks: 24 },
  103: large,
  110: { ...large, threads: 1536, blocks: 24 },
  120: { ...small, blocks: 24 },
  121: { ...small, blocks: 24 },
};

/** `computeCapability` without its point: 90 for sm_90. Nothing for one that is not known. */
export function multiprocessorOf(computeCapability: number | undefined): Multiprocessor | undefined {
  return computeCapability === undefined ? undefined : byCapability[computeCapability];
}

/** 90 of `sm_90`, `compute_90a` and `sm_90a`. */
export function computeCapabilityOf(architecture: string | undefined): number | undefined {
  const number = /^(?:sm|compute)_(\d+)[af]?$/.exec(architecture ?? '')?.[1];
  return number === undefined ? undefined : Number(number);
}
