/** Profiles made by Nsight Compute: what was measured of each kernel launch, and the requests about them. */
import type { KernelRef, PlanValues } from './messages';
import type { Dim3 } from './plan';
import type { RunResult } from './result';
import type { ProgramLaunch } from './trace';

/** Which resource a launch waits for. `balanced`: memory and compute, both near their peaks and near each other. */
export type Bound = 'tooSmall' | 'memory' | 'compute' | 'balanced' | 'latency' | 'unknown';

/** The part of the memory system that is the busiest. */
export type MemoryUnit = 'dram' | 'l2' | 'l1' | 'shared' | 'pipes';

/** What the verdict rests on; percentages are 0…100. */
export interface Verdict {
  readonly bound: Bound;
  /** Speed of light of the multiprocessors and of memory, percent of the peak. */
  readonly compute?: number;
  readonly memory?: number;
  readonly unit?: MemoryUnit;
  /** The busiest pipeline of the multiprocessors, where it is known: `fma`, `fp64`, `lsu`, `tensor`. */
  readonly pipe?: { readonly name: string; readonly percent: number };
  /** The reason warps wait for most, with the cycles of it between two instructions of a warp. */
  readonly stall?: Stall;
  /** Cycles between two instructions of a warp. */
  readonly cyclesPerIssue?: number;
  readonly waves?: number;
  readonly blocks?: number;
  readonly multiprocessors?: number;
  readonly achievedOccupancy?: number;
  /** What makes the work more than it need be: the share of it in percent. */
  readonly waste?: {
    readonly kind: 'bankConflicts' | 'uncoalesced' | 'divergence' | 'atomics';
    readonly percent: number;
  };
}

/** Names as Nsight Compute's source page has them, without `stall_`: `long_sb`, `barrier`. */
export interface Stall {
  readonly reason: string;
  /** Average cycles that a warp spends so between two instructions. */
  readonly cycles: number;
}

/** Numbers of one launch; percentages are 0…100, times microseconds, sizes bytes. Absent where the report lacks them. */
export interface ProfileFigures {
  readonly duration?: number;
  readonly computeThroughput?: number;
  readonly memoryThroughput?: number;
  readonly dramThroughput?: number;
  readonly l2Throughput?: number;
  readonly l1Throughput?: number;
  /** Hertz, during the measurement. */
  readonly smFrequency?: number;
  readonly dramFrequency?: number;
  readonly dramBytesPerSecond?: number;
  readonly dramReadBytes?: number;
  readonly dramWriteBytes?: number;
  readonly achievedOccupancy?: number;
  readonly theoreticalOccupancy?: number;
  /** Blocks that fit on a multiprocessor by each resource. */
  readonly blockLimits?: Readonly<Partial<Record<OccupancyLimiter, number>>>;
  readonly waves?: number;
  readonly blocks?: number;
  readonly threadsPerBlock?: number;
  readonly multiprocessors?: number;
  readonly registersPerThread?: number;
  readonly staticSharedBytes?: number;
  readonly dynamicSharedBytes?: number;
  readonly l1HitRate?: number;
  readonly l2HitRate?: number;
  /** Wavefronts of shared memory beyond what the accesses need at best: they are what bank conflicts cost. */
  readonly sharedExcessive?: number;
  readonly sharedWavefronts?: number;
  readonly sharedConflicts?: number;
  /** Wavefronts of shared memory among all of the first-level cache's, 0…100. */
  readonly sharedShareOfL1?: number;
  /** Sectors of 32 bytes a request of a warp takes, and the share of their bytes that is used (0…100). */
  readonly loadSectorsPerRequest?: number;
  readonly storeSectorsPerRequest?: number;
  readonly loadEfficiency?: number;
  readonly storeEfficiency?: number;
  readonly globalExcessiveSectors?: number;
  readonly globalSectors?: number;
  /** Percent of the cycles in which a scheduler issues. */
  /** Atomics among the requests to global memory, 0…100. */
  readonly atomicShare?: number;
  readonly issueActive?: number;
  readonly eligibleWarps?: number;
  readonly activeWarpsPerScheduler?: number;
  readonly cyclesPerIssue?: number;
  /** Instructions per cycle and multiprocessor. */
  readonly ipc?: number;
  readonly threadsPerWarp?: number;
  readonly threadsPerWarpPredicated?: number;
  readonly branchEfficiency?: number;
  readonly spillRequests?: number;
  readonly instructions?: number;
  readonly samples?: number;
}

export type OccupancyLimiter = 'registers' | 'sharedMemory' | 'warps' | 'blocks' | 'barriers';

/** One of Nsight Compute's own rules, in its words. */
export interface Advice {
  readonly rule: string;
  readonly section: string;
  /** Worth doing something about, worth knowing, or a warning of the tool. */
  readonly kind: 'optimization' | 'information' | 'warning';
  readonly text: string;
  /** Percent of the run time (global) or of the section's own metric (local) that the tool expects to gain. */
  readonly gain?: { readonly scope: 'global' | 'local'; readonly percent: number };
  /** Lines of the source that it is about, the costliest first. */
  readonly lines: readonly { readonly file: string; readonly line: number }[];
}

/** What one line of the source costs. */
export interface LineCost {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly source: string;
  /** Samples of warps at the line, whether they issued or waited. */
  readonly samples: number;
  readonly instructions: number;
  /** Samples by reason, the most frequent first; `selected` is issuing. */
  readonly stalls: readonly { readonly reason: string; readonly samples: number }[];
  readonly sectors?: number;
  readonly excessiveSectors?: number;
  readonly sharedWavefronts?: number;
  readonly excessiveWavefronts?: number;
  readonly divergentBranches?: number;
}

/** A ceiling or the kernel's own place: work per second against work per byte. */
export interface RooflineChart {
  readonly peaks: readonly { readonly precision: Precision; readonly flops: number }[];
  readonly ceilings: readonly { readonly level: 'dram' | 'l2' | 'l1'; readonly bytesPerSecond: number }[];
  readonly points: readonly {
    readonly precision: Precision;
    readonly level: 'dram' | 'l2' | 'l1';
    /** Operations per byte. */
    readonly intensity: number;
    /** Operations per second. */
    readonly flops: number;
  }[];
}

export type Precision = 'fp16' | 'fp32' | 'fp64' | 'tensor';

/** Traffic between the parts of the memory system; bytes where they are known, percent of the link's or unit's peak. */
export interface MemoryChart {
  readonly units: readonly {
    readonly unit: 'l1' | 'shared' | 'l2' | 'dram';
    readonly percent?: number;
    readonly hitRate?: number;
  }[];
  readonly links: readonly MemoryLink[];
}

export interface MemoryLink {
  readonly from: MemoryNode;
  readonly to: MemoryNode;
  /** Requests (instructions of warps) or bytes. */
  readonly amount: number;
  readonly unit: 'requests' | 'bytes';
}

export type MemoryNode = 'kernel' | 'l1' | 'shared' | 'l2' | 'dram' | 'local';

export interface ProfileSection {
  readonly name: string;
  readonly rows: readonly { readonly name: string; readonly value: string; readonly unit: string }[];
}

/** One profiled launch. */
export interface KernelProfile {
  readonly id: number;
  /** With its parameters, as the tool prints it. */
  readonly name: string;
  /** Without parameters and template arguments. */
  readonly kernel: string;
  readonly device?: string;
  readonly computeCapability: string;
  readonly process: string;
  readonly grid: Dim3;
  readonly block: Dim3;
  readonly figures: ProfileFigures;
  readonly verdict: Verdict;
  /** Cycles between two instructions of a warp by what it waits for, the longest first. */
  readonly stalls: readonly Stall[];
  readonly advice: readonly Advice[];
  readonly roofline?: RooflineChart;
  readonly memory?: MemoryChart;
  readonly sections: readonly ProfileSection[];
  /** In the order of the source; empty without line information or source counters. */
  readonly lines: readonly LineCost[];
  /** Samples of all instructions, each once: a line also has those of what was inlined there. */
  readonly sampled: number;
}

/** A report that was read: `path` is the `.ncu-rep` itself. */
export interface ProfileReport {
  readonly status: 'ok';
  /** Names the report in later requests. */
  readonly id: string;
  readonly path: string;
  readonly kernels: readonly KernelProfile[];
  readonly notes: readonly string[];
}

export interface ProfileFailure {
  readonly status: 'noDevice' | 'noTool' | 'noPermission' | 'noKernel' | 'cancelled' | 'failed';
  /** What happened and what to do. */
  readonly message: string;
  /** Commands or steps that remedy it. */
  readonly steps?: readonly string[];
  readonly output?: string;
  /** What is known without counters: an ordinary run of the kernel. */
  readonly run?: RunResult;
  /** What the compiler tells, where the kernel was not run on a GPU. */
  readonly facts?: readonly ProfileFact[];
}

export interface ProfileFact {
  readonly label: string;
  readonly value: string;
}

export type ProfileResult = ProfileReport | ProfileFailure;

/** Request, client → server; cancellable. */
export const profileKernelRequest = 'kernelLens/profileKernel';
export interface ProfileKernelParams extends KernelRef {
  /** All sections instead of those that answer the question. */
  readonly full?: boolean;
  readonly set?: PlanValues;
}

/** Request, client → server; cancellable. */
export const profileProgramRequest = 'kernelLens/profileProgram';
export interface ProfileProgramParams {
  readonly uri: string;
  readonly full?: boolean;
  /** Launches of kernels with this name only. */
  readonly kernel?: string;
  /** Matching launches left out first, and the most that are profiled. */
  readonly skip?: number;
  readonly count?: number;
  /** How the program is started; of a launch configuration. */
  readonly launch?: ProgramLaunch;
}

/** Request, client → server; cancellable: reads a report that exists. */
export const readProfileRequest = 'kernelLens/readProfile';
export interface ReadProfileParams {
  readonly uri: string;
}

/** What the editor shows of a report. */
export interface ProfileSummary {
  readonly status: 'ok';
  readonly id: string;
  readonly path: string;
  readonly kernels: readonly { readonly label: string; readonly detail: string }[];
  readonly heat: readonly ProfileHeat[];
  /** The program of Nsight Compute's own window, where it is installed. */
  readonly nsight?: string;
}
export type ProfileAnswer = ProfileSummary | ProfileFailure;

/** Lines of one file to be coloured, 0-based. */
export interface ProfileHeat {
  readonly file: string;
  /** Of the report's launches. */
  readonly index: number;
  readonly lines: readonly {
    readonly line: number;
    /** Share of all samples, 0…1. */
    readonly share: number;
    readonly text: string;
    /** Markdown. */
    readonly hover: string;
  }[];
}

/** Request, client → server: one launch of a report as a page, beside another one when `before` is given. */
export const profilePageRequest = 'kernelLens/profilePage';
export interface ProfileRef {
  readonly report: string;
  readonly index: number;
}
export interface ProfilePageParams extends ProfileRef {
  readonly before?: ProfileRef;
  readonly format: ProfileFormat;
}
/** `page`: for the editor; the others stand alone. */
export type ProfileFormat = 'page' | 'html' | 'md' | 'json' | 'text';
export interface ProfilePage {
  readonly title: string;
  readonly text: string;
  /** Style sheet of a `page`. */
  readonly style?: string;
}

/** Request, client → server: reports read since the server started, the newest first. */
export const profileListRequest = 'kernelLens/profileList';
export interface ProfileListItem extends ProfileRef {
  readonly label: string;
  readonly detail: string;
  /** Of the report. */
  readonly path: string;
}
