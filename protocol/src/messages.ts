/** Custom requests and notifications between the editor and the server, by method name. */
import type { GpuState } from './gpus';
import type { LaunchPlan, PlanFailure } from './plan';
import type { ProgramResult, RunResult } from './result';
import type { ProgramLaunch } from './trace';

export interface KernelRef {
  readonly uri: string;
  /** The kernel's name with namespaces, as in the code lens. */
  readonly kernel: string;
}

export interface RunKernelParams extends KernelRef {
  /** Overrides the setting `kernelLens.run.coldCache` for this run. */
  readonly coldCache?: boolean;
  /** Overrides the setting `kernelLens.run.device` for this run. */
  readonly device?: 'auto' | 'gpu' | 'cpu';
  /** Compare the results with the reference of the plan's `check`, or else with the CPU's. */
  readonly check?: boolean;
  readonly set?: PlanValues;
}

/** Name → value in the directive's language, in place of what the source says: `N` → `1<<20`, `block` → `32x8`. */
export type PlanValues = Readonly<Record<string, string>>;

export interface RunProgramParams {
  /** The file with `main`; of an executable without one, the executable. */
  readonly uri: string;
  readonly launch?: ProgramLaunch;
  /** What is typed will come by `programInputNotification`; otherwise the program's standard input is empty. */
  readonly interactive?: boolean;
  readonly device?: 'auto' | 'gpu' | 'cpu';
}

/** Request, client → server; cancellable. The answer is also remembered for the code lens. */
export const runKernelRequest = 'kernelLens/runKernel';
export type RunKernelResult = RunResult;

/** Request, client → server; cancellable. */
export const runProgramRequest = 'kernelLens/runProgram';
export type RunProgramResult = ProgramResult;

/** Request, client → server: the plan of a kernel as it would run now. */
export const planRequest = 'kernelLens/plan';
export type PlanAnswer = { readonly plan: LaunchPlan } | PlanFailure;

/** Request, client → server: what can be run in a document, in the order of its text; empty before it is known. */
export const runnablesRequest = 'kernelLens/runnables';
export interface RunnablesParams {
  readonly uri: string;
}
export interface RunnableKernel {
  /** The kernel's name with namespaces, as in the code lens. */
  readonly kernel: string;
  /** 0-based lines: of its name, and of its whole definition (last line included). */
  readonly line: number;
  readonly firstLine: number;
  readonly lastLine: number;
}
export interface Runnables {
  readonly kernels: readonly RunnableKernel[];
  /** 0-based line of `main`, if the file defines it. */
  readonly mainLine?: number;
}

/** Notification, server → client: where kernels run now and with which toolkit; sent when known and after each change. */
export const environmentNotification = 'kernelLens/environment';
export interface Environment {
  /** `13.0`; absent when no toolkit was found. */
  readonly toolkitVersion?: string;
  readonly toolkitRoot?: string;
  /** The device that the next run takes; absent when there is none. */
  readonly device?: {
    readonly kind: 'gpu' | 'cpu';
    readonly name: string;
    /** The driver's index, where there are several GPUs. */
    readonly index?: number;
    /** Bytes; of a GPU. */
    readonly memory?: number;
    /** What the GPU was busy with at that moment. */
    readonly state?: GpuState;
  };
}

/** Notification, server → client: a phase of a run began (`build`, `run`), or the program printed something. */
export const runProgressNotification = 'kernelLens/runProgress';
export interface RunProgress {
  readonly uri: string;
  readonly kernel?: string;
  readonly phase?: 'plan' | 'build' | 'run';
  /** For the progress bar. */
  readonly message?: string;
  readonly output?: string;
}

/** Notification, server → client: results to draw in a document (after each run and when it goes stale). */
export const resultsNotification = 'kernelLens/results';
export interface ResultMark {
  /** 0-based line of the launch or of the kernel. */
  readonly line: number;
  /** Short text drawn after the line. */
  readonly text: string;
  /** Markdown of the hover. */
  readonly hover: string;
  readonly state: 'ok' | 'failed' | 'stale';
}
export interface ResultsParams {
  readonly uri: string;
  readonly marks: readonly ResultMark[];
}

/** Request, client → server: the environment report of `Kernel Lens: Check Environment` and `kernel-lens doctor`. */
export const doctorRequest = 'kernelLens/doctor';
export interface DoctorCheck {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'error' | 'absent';
  readonly detail: string;
  /** One sentence: what to do about it. */
  readonly fix?: string;
}
export interface DoctorReport {
  readonly checks: readonly DoctorCheck[];
}

/** Request, client → server: how the task "Build this file" calls nvcc. */
export const buildCommandRequest = 'kernelLens/buildCommand';
export interface BuildCommandParams {
  readonly uri: string;
  readonly lineinfo?: boolean;
  /** The user's own arguments, last. */
  readonly args?: readonly string[];
}
export type BuildCommandAnswer =
  | {
      readonly nvcc: string;
      readonly args: readonly string[];
      readonly cwd: string;
      /** What will have been written; absent when the user's own arguments decide it. */
      readonly output?: string;
    }
  /** Why there is no command, for the user. */
  | { readonly message: string };

/** Request, client → server: every CUDA Toolkit on this machine, newest first. */
export const toolkitsRequest = 'kernelLens/toolkits';
export interface ToolkitChoice {
  /** `13.0.88` */
  readonly version: string;
  readonly root: string;
  /** What the setting `kernelLens.cuda.path` has to be to get it. */
  readonly path: string;
  readonly origin: 'setting' | 'CUDA_PATH' | 'CUDA_HOME' | 'PATH' | 'folder';
  /** In use now. */
  readonly current: boolean;
}
export interface Toolkits {
  readonly toolkits: readonly ToolkitChoice[];
}

/** Request, client → server: a `.clangd` that makes clangd accept a project's nvcc command lines. */
export const clangdConfigRequest = 'kernelLens/clangdConfig';
export interface ClangdConfigParams {
  /** Workspace folder, as a URI. */
  readonly folder: string;
  /** A folder of the extension for empty headers that clangd asks for in vain. */
  readonly stubFolder: string;
}
export type ClangdConfigAnswer =
  /** `stubs` are names of empty files to be put into the stub folder. */
  { readonly text: string; readonly stubs: readonly string[] } | { readonly message: string };

/** Notification, server → client: nvcc was looked for and is not there. Sent once a session. */
export const toolkitMissingNotification = 'kernelLens/toolkitMissing';
export interface ToolkitMissing {
  readonly message: string;
  readonly setting: string;
}

/** Notification, client → server: the workspace has become trusted. */
export const trustGrantedNotification = 'kernelLens/trustGranted';

/** `initializationOptions` of the language server. */
export interface InitializationOptions {
  readonly trusted?: boolean;
  /** Folder for build products and caches; the user's cache folder when absent. */
  readonly cacheDirectory?: string;
  /** Path of the localised bundle for `@vscode/l10n`; absent for English. */
  readonly l10nBundle?: string;
  /** clangd or cpptools are there too: what they do as well is left to them. */
  readonly besideCppTools?: boolean;
}
