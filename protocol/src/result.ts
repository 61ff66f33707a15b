/** Results of running a kernel or a program. Tagged unions: a failure is an answer, not an exception. */
import type { Changes } from './change';
import type { Comparison, Finding } from './answer';
import type { ProgramTrace } from './trace';
import type { Dim3, LaunchPlan } from './plan';

export interface GpuDevice {
  readonly kind: 'gpu';
  readonly name: string;
  /** Index in the driver's order (CUDA_VISIBLE_DEVICES applied). */
  readonly index: number;
  /** Compute capability, e.g. `9.0`. */
  readonly computeCapability: string;
  /** The newest CUDA that the driver supports: `13.0`. */
  readonly driverVersion: string;
  readonly multiprocessors: number;
  /** Bytes. */
  readonly memory: number;
  /** As nvidia-smi names the device: `GPU-…`, or `MIG-…` for a part of one; absent when the driver does not tell. */
  readonly uuid?: string;
  /** Highest clock of the multiprocessors in MHz, as the driver tells. */
  readonly maxClock?: number;
  /** Theoretical FP32 operations per second outside tensor cores: multiprocessors × lanes × 2 × highest clock. */
  readonly peakFlops?: number;
  /** Theoretical DRAM bandwidth in bytes per second, from memory clock × bus width; absent when the driver does not tell. */
  readonly peakBandwidth?: number;
}

export interface CpuDevice {
  readonly kind: 'cpu';
  /** The processor's model name. */
  readonly name: string;
  readonly threads: number;
  /** The C++ compiler that built the kernel, e.g. `g++ 12.2.0`. */
  readonly compiler: string;
}

export type Device = GpuDevice | CpuDevice;

/** Microseconds, one sample a launch. */
export interface TimeStatistics {
  readonly unit: 'us';
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Sample standard deviation. */
  readonly stdev: number;
  readonly samples: number;
  /** Half-width of the 95 % confidence interval of the median, relative to the median. */
  readonly relativeError: number;
  /** Whether the second-level cache was flushed before each sample. Always false on a CPU. */
  readonly coldCache: boolean;
  /** Samples farther from the median than five robust standard deviations. They stay in the statistics. */
  readonly outliers?: number;
  /** Means of the two groups that the samples clearly fall into; absent: they are one group. */
  readonly levels?: readonly [number, number];
  /** What told the time; absent on a CPU. */
  readonly clock?: TimeSource;
  /** Why sampling ended; absent on a CPU. */
  readonly stoppedBy?: 'precision' | 'budget' | 'samples';
}

/**
 * `activity`: begin and end as the GPU records them for CUPTI, the source of Nsight Systems' durations. `events`: CUDA
 * events around the launch, less what they show around an empty kernel.
 */
export type TimeSource = 'activity' | 'events';

/** What NVML said while the samples were taken. */
export interface ClockState {
  /** MHz of the multiprocessors: median, lowest and highest reading. */
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** The highest the device can do, MHz. */
  readonly limit?: number;
  /** MHz of the memory, and the highest it can do. */
  readonly memory?: number;
  readonly memoryLimit?: number;
  /** What held the clocks down in at least one reading. */
  readonly throttled: readonly ThrottleReason[];
  /** Degrees Celsius and watts at the end. */
  readonly temperature?: number;
  readonly power?: number;
}

export type ThrottleReason =
  'powerCap' | 'thermal' | 'hardwareThermal' | 'powerBrake' | 'hardwareSlowdown' | 'syncBoost' | 'applicationClocks';

export interface Throughput {
  /** Bytes the plan moves at least once: buffers read plus buffers written; or as a directive states them. */
  readonly bytes: number;
  /** Whether a directive states the bytes. */
  readonly stated?: boolean;
  readonly bytesPerSecond: number;
  /** bytesPerSecond ÷ the device's theoretical peak, 0…1; absent where the peak is not known. */
  readonly ofPeak?: number;
}

/** Operations of one launch as a directive states them, over the median. */
export interface Arithmetic {
  readonly flops: number;
  readonly flopsPerSecond: number;
  /** flopsPerSecond ÷ the device's theoretical FP32 peak, 0…1; absent where the peak is not known. */
  readonly ofPeak?: number;
}

export interface KernelResources {
  readonly registersPerThread: number;
  readonly staticSharedBytes: number;
  readonly localBytesPerThread: number;
  readonly constantBytes: number;
}

export interface Occupancy {
  readonly blocksPerMultiprocessor: number;
  readonly warpsPerMultiprocessor: number;
  readonly maxWarpsPerMultiprocessor: number;
  /** 0…1 */
  readonly ratio: number;
  readonly limiter: 'registers' | 'sharedMemory' | 'blocks' | 'warps';
}

/** A place in a source file; line and column are 1-based, columns count UTF-16 units. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

/** One message of a compiler or of a check, at its place. */
export interface LocatedMessage extends SourceLocation {
  readonly severity: 'error' | 'warning' | 'information';
  readonly message: string;
}

export type FaultKind =
  | 'outOfBounds'
  | 'illegalAddress'
  | 'misalignedAddress'
  | 'illegalInstruction'
  | 'assert'
  | 'deadlock'
  | 'divideByZero'
  | 'undefinedBehavior'
  | 'hostFault'
  | 'other';

interface Failed {
  /** One or two sentences for the user: what happened and what to do. */
  readonly message: string;
  /** What the tools printed, capped; for the output channel. */
  readonly output?: string;
  readonly plan?: LaunchPlan;
  readonly device?: Device;
  /** What a program had done on the GPU until then. */
  readonly trace?: ProgramTrace;
}

export type RunFailure =
  | ({ readonly status: 'planFailed' } & Failed)
  | ({ readonly status: 'unsupported'; readonly places: readonly LocatedMessage[] } & Failed)
  | ({
      readonly status: 'buildFailed';
      readonly diagnostics: readonly LocatedMessage[];
      /** The disk's doing: neither the source nor a setting is to blame. */
      readonly disk?: true;
    } & Failed)
  | ({ readonly status: 'launchFailed'; readonly code: string } & Failed)
  | ({
      readonly status: 'kernelFaulted';
      readonly fault: FaultKind;
      readonly location?: SourceLocation;
      readonly block?: Dim3;
      readonly thread?: Dim3;
    } & Failed)
  | ({ readonly status: 'timedOut'; readonly limitSeconds: number } & Failed)
  | ({ readonly status: 'cancelled' } & Failed)
  | ({ readonly status: 'noDevice' } & Failed);

export interface KernelRun {
  readonly status: 'ok';
  readonly plan: LaunchPlan;
  readonly device: Device;
  readonly time: TimeStatistics;
  /** Microseconds of single launches in their order, at most 200 spread evenly over the measurement. */
  readonly samples: readonly number[];
  readonly throughput?: Throughput;
  readonly arithmetic?: Arithmetic;
  /** Absent where NVML does not tell. */
  readonly clocks?: ClockState;
  readonly resources?: KernelResources;
  readonly occupancy?: Occupancy;
  /** What the kernel printed in its first launch (printf), capped. */
  readonly output: string;
  /** What looks wrong with the results; absent or empty: nothing that was looked for. */
  readonly findings?: readonly Finding[];
  /** The outcome of the plan's `check`; absent where the plan has none. */
  readonly comparison?: Comparison;
  /** Sentences worth reading beside the number, e.g. that a CPU time says nothing about a GPU. */
  readonly notes: readonly string[];
  /** Milliseconds. */
  readonly buildTime: number;
  /** How the time compares with earlier runs; absent where the history is not asked. */
  readonly changes?: Changes;
}

export type RunResult = KernelRun | RunFailure;

/** What one kernel did during a whole program, over all its launches. */
export interface ProgramKernel {
  readonly name: string;
  readonly launches: number;
  /** Microseconds. */
  readonly total: number;
  /** Of the last launch. */
  readonly grid: Dim3;
  readonly block: Dim3;
}

export interface ProgramRun {
  readonly status: 'ok';
  readonly device: Device;
  readonly exitCode: number;
  /** Standard output and error as they came, capped. */
  readonly output: string;
  /** Wall time of the process, milliseconds. */
  readonly wallTime: number;
  readonly buildTime: number;
  readonly kernels: readonly ProgramKernel[];
  readonly notes: readonly string[];
  /** On a GPU, where it could be traced. */
  readonly trace?: ProgramTrace;
}

export type ProgramResult = ProgramRun | RunFailure;
