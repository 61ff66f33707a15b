/** What the server and the GPU runner's process say to each other. */
import type { Finding, GpuDevice, GpuState, TimeStatistics } from '../../../../protocol/src';
import type { DeviceLaunch } from './device-launch';

export type { GpuState } from '../../../../protocol/src';

export interface RunJob extends DeviceLaunch {
  readonly image: Uint8Array;
  /** Where the first launch's results are to be written, each to a file named by its number in the plan. */
  readonly results?: { readonly folder: string; readonly limitBytes: number };
  readonly coldCache: boolean;
  /** Milliseconds that measuring may take, launches before the first sample not counted. */
  readonly budgetMs: number;
  /** Milliseconds that a few launches of a kernel may take for which the budget is too short. */
  readonly patienceMs: number;
  /** The library that reads kernel times from CUPTI; absent where there is none. */
  readonly activityLibrary?: string;
  /** Written to standard output after the first launch's own output. */
  readonly marker: string;
}

export type ToRunner =
  | { readonly type: 'devices'; readonly id: number }
  | { readonly type: 'states'; readonly id: number }
  /** Make the device's context ahead of a run, which takes longer than a short run itself. */
  | { readonly type: 'open'; readonly id: number; readonly device: number }
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

/** One look at a device's clocks in MHz; `reasons` is NVML's mask of what holds them down. */
export interface ClockReading {
  readonly multiprocessor: number;
  readonly memory?: number;
  readonly reasons: number;
}

/** How the times came about. */
export type Sampling = Required<Pick<TimeStatistics, 'clock' | 'stoppedBy'>>;

/** `plan`: the detail is a sentence for the user, and there is no code. */
export type FailedStage = 'load' | 'plan' | 'allocate' | 'launch' | 'execute';

export type FromRunner =
  | { readonly type: 'devices'; readonly id: number; readonly devices: readonly GpuDevice[] }
  /** What each device is busy with, in the order of the devices. */
  | { readonly type: 'states'; readonly id: number; readonly states: readonly GpuState[] }
  | { readonly type: 'opened'; readonly id: number }
  /** No run is possible at all; a sentence that says why and what to do. */
  | { readonly type: 'noDriver'; readonly id: number; readonly reason: string }
  /** Everything is prepared; the first launch comes next. */
  | { readonly type: 'launching'; readonly id: number }
  | {
      readonly type: 'measured';
      readonly id: number;
      /** Microseconds, one a launch. */
      readonly samples: Float64Array;
      readonly sampling: Sampling;
      /** Taken while the samples were; empty where NVML does not tell. */
      readonly clocks: readonly ClockReading[];
      /** At the end. */
      readonly state: GpuState;
      readonly findings: readonly Finding[];
      /** Why the results could not be written, as a sentence. */
      readonly resultsProblem?: string;
      readonly coldCache: boolean;
      /** Whether buffers the kernel writes were restored before each launch. */
      readonly restored: boolean;
      /** Microseconds taken off each sample for the events themselves, where they told the time. */
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
