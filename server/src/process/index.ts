/**
 * The one gate for child processes. Nothing else in the server starts a process.
 *
 * Every child has a time limit, an output cap and a cancel; when it ends early its whole process tree ends with it, and
 * so it does when this process ends, whatever ends it (`keeper.ts`). Arguments are always arrays: no shell ever sees them.
 */
export interface ProcessOptions {
  readonly cwd?: string;
  /** Merged over the server's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Called when the process has started, with its standard input, which stays open until `end`. */
  readonly onStart?: (input: ProcessInput) => void;
  readonly timeLimitMs: number;
  /** Characters kept of standard output and of standard error, each; the rest is dropped and `truncated` says so. Default 4 Mi. */
  readonly outputLimit?: number;
  readonly signal?: AbortSignal;
  /** Called with decoded text as it arrives, also past the output limit. */
  readonly onOutput?: (text: string, stream: 'stdout' | 'stderr') => void;
}

export interface ProcessInput {
  write(text: string): void;
  end(): void;
}

export interface ProcessOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
  /** Milliseconds. */
  readonly elapsed: number;
  /** The command and its arguments, for messages and logs only. */
  readonly command: string;
}

export type ProcessResult =
  | ({ readonly status: 'exited'; readonly code: number } & ProcessOutput)
  /** Ended by a signal nobody here sent: a crash. */
  | ({ readonly status: 'signaled'; readonly signal: string } & ProcessOutput)
  | ({ readonly status: 'timedOut' } & ProcessOutput)
  | ({ readonly status: 'cancelled' } & ProcessOutput)
  /** Could not be started: `ENOENT`, `EACCES`, … */
  | ({ readonly status: 'notStarted'; readonly code: string; readonly message: string } & ProcessOutput);

export { languageEnvironment, setChildLanguage } from './language';
export { foldersInPath } from './path-folders';
export { makePrivateFolder } from './private-folder';
export { bundledScript } from './bundled';
export { runProcess } from './run';
export { answerTask, runTask } from './task';
export { startWorker, type Worker } from './worker';
export { startStream, type StreamedProcess, type StreamOptions } from './stream';
