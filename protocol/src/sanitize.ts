/** What NVIDIA's compute-sanitizer finds in a kernel or a program, and the requests about it. */
import type { KernelRef, PlanValues } from './messages';
import type { Dim3 } from './plan';
import type { Device, RunFailure, SourceLocation } from './result';
import type { ProgramLaunch } from './trace';

export const sanitizerTools = ['memcheck', 'initcheck', 'racecheck', 'synccheck'] as const;
export type SanitizerTool = (typeof sanitizerTools)[number];

/** Request, client → server; cancellable: the kernel as its plan launches it, under each of the tools. */
export const sanitizeKernelRequest = 'kernelLens/sanitizeKernel';
export interface SanitizeKernelParams extends KernelRef {
  readonly tools: readonly SanitizerTool[];
  readonly set?: PlanValues;
}

/** Request, client → server; cancellable: the whole program. */
export const sanitizeProgramRequest = 'kernelLens/sanitizeProgram';
export interface SanitizeProgramParams {
  readonly uri: string;
  readonly tools: readonly SanitizerTool[];
  /** How the program is started; of a launch configuration. */
  readonly launch?: ProgramLaunch;
}

/** More about a finding, at its place where it has one: the other access of a race, the call, the launch. */
export interface SanitizerNote {
  readonly message: string;
  readonly location?: SourceLocation;
}

export type SanitizerKind = 'access' | 'uninitialized' | 'race' | 'barrier' | 'api' | 'leak' | 'other';

/** Everything that one line of a kernel did wrong in one way. */
export interface SanitizerFinding {
  readonly tool: SanitizerTool;
  readonly kind: SanitizerKind;
  readonly severity: 'error' | 'warning';
  /** One sentence with the coordinates of the first thread. */
  readonly message: string;
  /** Absent where no line is known. */
  readonly location?: SourceLocation;
  /** The function on the device, as the tool names it. */
  readonly kernel?: string;
  /** How often it was reported. */
  readonly count: number;
  readonly block?: Dim3;
  readonly thread?: Dim3;
  readonly related: readonly SanitizerNote[];
}

export interface SanitizerRun {
  readonly status: 'ok';
  readonly device: Device;
  /** The tools that ran to their end. */
  readonly tools: readonly SanitizerTool[];
  readonly findings: readonly SanitizerFinding[];
  /** Sentences worth reading beside the findings. */
  readonly notes: readonly string[];
  /** What the tools and the program printed, capped. */
  readonly output: string;
}

export type SanitizeResult = SanitizerRun | RunFailure;
