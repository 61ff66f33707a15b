/** What the one-shot runner (`gpu-once.js`) is given, and what it says when a driver call fails. */
import { bundledScript } from '../../process';
import type { DeviceLaunch } from './device-launch';

export interface OnceJob extends DeviceLaunch {
  /** Path of the cubin. */
  readonly image: string;
  /** How often the kernel is launched, each time with the same input; at least 1. */
  readonly launches: number;
}

/** Memory of the plan, where the one-shot runner put it. */
export interface PlacedMemory {
  readonly name: string;
  /** Decimal. */
  readonly address: string;
  readonly bytes: number;
  readonly elementBytes: number;
}

/** Where the one-shot runner writes its `PlacedMemory[]` in JSON, before the first launch. */
export function placedMemoryFile(jobFile: string): string {
  return `${jobFile}.memory`;
}

export type OnceFailure =
  /** `plan`: the plan does not fit the compiled kernel. Both are sentences for the user. */
  | { readonly kind: 'noDriver' | 'plan'; readonly message: string }
  | {
      readonly kind: 'driver';
      readonly call: string;
      readonly code: number;
      readonly name: string;
      readonly detail?: string;
    };

/** Begins the line of standard error that carries a `OnceFailure` in JSON. */
export const onceFailure = 'kernel-lens-once: ';

/** The failure in what the process printed, if there is one. */
export function readOnceFailure(stderr: string): OnceFailure | undefined {
  const line = stderr.split('\n').find((text) => text.startsWith(onceFailure));
  return line === undefined ? undefined : (JSON.parse(line.slice(onceFailure.length)) as OnceFailure);
}

export interface OnceCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How the one-shot runner is started: by the executable that runs the server, inside VS Code Electron acting as Node. */
export function onceCommand(jobFile: string): OnceCommand {
  return {
    file: process.execPath,
    args: [bundledScript('gpu-once.js'), jobFile],
    env: { ELECTRON_RUN_AS_NODE: '1', CUDA_MODULE_LOADING: 'EAGER' },
  };
}
