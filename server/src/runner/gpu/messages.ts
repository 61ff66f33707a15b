/** What the server and the GPU runner's process say to each other. */
import type { Dim3, GpuDevice, PlannedArgument } from '../../../../protocol/src';

export interface RunJob {
  /** Driver's index of the device. */
  readonly device: number;
  readonly image: Uint8Array;
  readonly symbol: string;
  readonly grid: Dim3;
  readonly block: Dim3;
  readonly sharedBytes: number;
  readonly cooperative: boolean;
  readonly arguments: readonly PlannedArgument[];
  readonly coldCache: boolean;
  /** Milliseconds that measuring may take, launches before the first sample not counted. */
  readonly budgetMs: number;
  /** Written to standard output after the first launch's own output. */
  readonly marker: string;
}

export type ToRunner =
  | { readonly type: 'devices'; readonly id: number }
  | { readonly type: 'run'; readonly id: number; readonly job: RunJob };

/** What the device and the compiled kernel can do, as the driver tells. */
export interface KernelFacts {
  readonly registersPerThread: number;
  readonly staticSharedBytes: number;
  readonly localBytesPerThread: number;
  readonly constantBytes: number;
  readonly maxThreadsPerBlock: number;
  readonly blocksPerMultiprocessor: number;
}

export interface DeviceLimits {
  readonly maxThreadsPerBlock: number;
  readonly maxThreadsPerMultiprocessor: number;
  readonly maxBlocksPerMultiprocessor: number;
  readonly registersPerMultiprocessor: number;
  readonly sharedPerMultiprocessor: number;
  readonly reservedSharedPerBlock: number;
  readonly warpSize: number;
}

export type FailedStage = 'load' | 'allocate' | 'launch' | 'execute';

export type FromRunner =
  | { readonly type: 'devices'; readonly id: number; readonly devices: readonly GpuDevice[] }
  /** No run is possible at all; a sentence that says why and what to do. */
  | { readonly type: 'noDriver'; readonly id: number; readonly reason: string }
  /** Everything is prepared; the first launch comes next. */
  | { readonly type: 'launching'; readonly id: number }
  | {
      readonly type: 'measured';
      readonly id: number;
      /** Microseconds, one a launch. */
      readonly samples: Float64Array;
      readonly coldCache: boolean;
      /** Whether buffers the kernel writes were restored before each launch. */
      readonly restored: boolean;
      /** Microseconds taken off each sample for the events themselves. */
      readonly eventOverhead: number;
      readonly facts: KernelFacts;
      readonly limits: DeviceLimits;
    }
  | {
      readonly type: 'failed';
      readonly id: number;
      readonly stage: FailedStage;
      /** The driver's number and name: 700, `CUDA_ERROR_ILLEGAL_ADDRESS`. */
      readonly code: number;
      readonly name: string;
      /** More about it: the loader's log, sizes asked for. */
      readonly detail: string;
      readonly facts?: KernelFacts;
      readonly limits?: DeviceLimits;
    };
