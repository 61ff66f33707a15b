/** Which of a kernel's launches, and which instantiation of its template, is planned; and the directive that says so in the file. */
import type { KernelRef } from './messages';

/** Request, client → server: every way a kernel of a document can be planned. Params: `KernelRef`. */
export const launchesRequest = 'kernelLens/launches';
export interface PossibleLaunch {
  /** What to send back to choose it; absent for the best launch, which is the choice by itself. */
  readonly choice?: LaunchChoice;
  /** `scale<float, 256><<<grid, block>>>` as written, on one line. */
  readonly text: string;
  /** 1-based; absent for an instantiation that no launch uses. */
  readonly line?: number;
  /** The function it stands in. */
  readonly function?: string;
  /** Sizes and arguments that the file tells, of all. */
  readonly known?: number;
  readonly all?: number;
  /** Planned now. */
  readonly current: boolean;
}
export interface PossibleLaunches {
  readonly launches: readonly PossibleLaunch[];
}

/** A choice that survives edits: the launch's text is looked for first, then its place in the order. */
export interface LaunchChoice {
  readonly launch?: { readonly index: number; readonly text: string };
  /** Template arguments by parameter name. */
  readonly templateArguments?: Readonly<Record<string, string>>;
}

/** Request, client → server: remembers choices for later plans and runs; answers nothing. */
export const chooseLaunchRequest = 'kernelLens/chooseLaunch';
export interface ChosenLaunch extends KernelRef {
  /** Absent: the best launch again. */
  readonly choice?: LaunchChoice;
}
export interface ChooseLaunchParams {
  readonly chosen: readonly ChosenLaunch[];
}

/** Request, client → server: how the plan of a kernel is written down as a directive above it. Params: `KernelRef`. */
export const configureRequest = 'kernelLens/configure';
export type ConfigureAnswer =
  /** Text to insert, whole lines. */
  | {
      readonly line: number;
      readonly insert: string;
      readonly cursor: { readonly line: number; readonly character: number };
    }
  /** There is a directive already. */
  | { readonly cursor: { readonly line: number; readonly character: number } }
  | { readonly message: string };
