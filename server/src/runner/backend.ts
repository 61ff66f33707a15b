/** What a place to run kernels must offer. One folder a backend: `gpu/` and `cpu/`. */
import * as l10n from '@vscode/l10n';
import type { LaunchPlan, ProgramLaunch, ProgramResult, RunResult } from '../../../protocol/src';
import type { ProcessInput } from '../process';
import type { Toolkit } from '../toolchain';

export interface RunContext {
  /** Cancels the run; whatever it started ends. */
  readonly signal: AbortSignal;
  /** Folder for build products, the run's own to write; made by what writes there. */
  readonly cacheDirectory: string;
  readonly onProgress?: (phase: 'build' | 'run', message: string) => void;
  /** Text the kernel or program printed, as it comes. */
  readonly onOutput?: (text: string) => void;
  /** Takes the standard input of a program when it starts; without this it has none. */
  readonly onStart?: (input: ProcessInput) => void;
  /** Seconds a run may take after its build. */
  readonly timeLimit: number;
  /** More runs of the same source are to be expected, in an editor say: what makes their builds short may be kept. */
  readonly keepWarm?: boolean;
}

/** The source to run: the editor's text, which may not be saved. */
export interface SourceText {
  /** Absolute path; need not exist on disk. */
  readonly file: string;
  readonly text: string;
  /** Extra compiler arguments that matter for both sides: `-I…`, `-D…`, `-std=…`. */
  readonly flags: readonly string[];
  /** A source that includes this one and launches its kernel, to be compiled where this one does not compile by itself. */
  readonly around?: SourceText;
}

export interface GpuRunRequest {
  /** Setting `run.gpu`: `auto`, an index or the beginning of a UUID; absent: `auto`. */
  readonly gpu?: string;
  readonly source: SourceText;
  readonly plan: LaunchPlan;
  readonly toolkit: Toolkit;
  readonly coldCache: boolean;
  /** Milliseconds of measuring; absent: what a run of its own takes. */
  readonly budgetMs?: number;
  /** Where the first launch's results are to be left, each under its number in the plan. */
  readonly results?: { readonly folder: string; readonly limitBytes: number };
}

/** How a whole program runs: its file built, or the project's own executable. */
export interface ProgramRequest {
  readonly launch?: ProgramLaunch;
}

export interface CpuRunRequest {
  readonly source: SourceText;
  readonly plan: LaunchPlan;
  /** Setting `run.cppCompiler`; empty: search. */
  readonly compiler: string;
}

export type RunKernel<Request> = (request: Request, context: RunContext) => Promise<RunResult>;
export type RunProgram<Request> = (request: Request, context: RunContext) => Promise<ProgramResult>;

/** Ends output that goes on beyond what is kept. */
export const truncationNote = (): string => `\n[${l10n.t('output cut off here')}]\n`;
