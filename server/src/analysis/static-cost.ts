/** What a compiled kernel costs a multiprocessor, without running it. Pure. */
import { launchGeometry } from './geometry';
import { multiprocessorOf, threadsPerBlock, warpSize } from './model/devices';
import { occupancyOf, type TheoreticalOccupancy } from './model/occupancy';
import type { FileModel, Kernel } from './model/types';
import type { CompiledKernel } from './target';

/** A block as it is launched. */
export interface BlockShape {
  readonly threads: number;
  /** Bytes; undefined where the source does not tell. */
  readonly dynamicShared: number | undefined;
}

export interface BlockCost extends BlockShape {
  /** With no dynamic shared memory where its size is not known: an upper bound. Nothing for an architecture that is not known. */
  readonly occupancy?: TheoreticalOccupancy;
}

export interface StaticCost {
  readonly compiled: CompiledKernel;
  /** The block sizes that it is launched with; one that is assumed where no launch tells. */
  readonly blocks: readonly BlockCost[];
  readonly assumed: boolean;
  /** The smallest block, from a warp up, that gives the most occupancy; where the block size is assumed. */
  readonly best?: BlockCost;
}

/** What one tries first where nothing is known. */
const usualThreads = 256;

/** The different blocks that the launches of a kernel in its file have. */
export function launchedBlocks(model: FileModel, kernel: Kernel): BlockShape[] {
  const index = model.kernels.indexOf(kernel);
  const shapes = new Map<string, BlockShape>();
  for (const launch of model.launches) {
    if (launch.broken || index < 0 || launch.kernel !== index) continue;
    const { threadsPerBlock: threads } = launchGeometry(model, launch);
    if (threads === undefined || threads <= 0n || threads > BigInt(threadsPerBlock)) continue;
    const { value } = launch.shared;
    const dynamicShared = value.known && typeof value.value === 'bigint' ? Number(value.value) : undefined;
    shapes.set(`${threads} ${dynamicShared}`, { threads: Number(threads), dynamicShared });
  }
  return [...shapes.values()].sort((a, b) => a.threads - b.threads);
}

/** `blocks` are the kernel's launches; none: 256 threads, or as many as `__launch_bounds__` allows. */
export function staticCost(kernel: Kernel, compiled: CompiledKernel, blocks: readonly BlockShape[]): StaticCost {
  const costOf = (shape: BlockShape): BlockCost => {
    const device = multiprocessorOf(compiled.computeCapability);
    if (device === undefined) return shape;
    const occupancy = occupancyOf(device, {
      threads: shape.threads,
      registersPerThread: compiled.registers,
      shared: compiled.staticShared + (shape.dynamicShared ?? 0),
    });
    return { ...shape, occupancy };
  };
  if (blocks.length > 0) return { compiled, blocks: blocks.map(costOf), assumed: false };
  const bound = kernel.maxThreads?.value;
  const most =
    bound?.known && typeof bound.value === 'bigint' ? Math.min(Number(bound.value), threadsPerBlock) : threadsPerBlock;
  const dynamicShared = kernel.shared.some(({ dynamic }) => dynamic) ? undefined : 0;
  const sizes = Array.from({ length: Math.floor(most / warpSize) }, (_, index) => (index + 1) * warpSize);
  const tried = sizes.map((threads) => costOf({ threads, dynamicShared }));
  const best = tried.reduce<BlockCost | undefined>(
    (found, next) => ((next.occupancy?.ratio ?? 0) > (found?.occupancy?.ratio ?? 0) ? next : found),
    undefined,
  );
  return {
    compiled,
    blocks: [costOf({ threads: Math.min(usualThreads, most), dynamicShared })],
    assumed: true,
    ...(best === undefined ? {} : { best }),
  };
}
