/** What is kept of each run of a kernel, and the requests around it. */
import { z } from 'zod';
import type { Changes } from './change';
import type { KernelRef } from './messages';

const dim3 = z.tuple([z.number(), z.number(), z.number()]);

export const historyEntrySchema = z.object({
  /** Unique among a kernel's entries. */
  id: z.string(),
  /** ISO 8601, UTC. */
  at: z.string(),
  file: z.string(),
  /** With namespaces. */
  kernel: z.string(),
  device: z.object({ kind: z.enum(['gpu', 'cpu']), name: z.string() }),
  launch: z.object({
    grid: dim3,
    block: dim3,
    /** Dynamic shared memory in bytes. */
    sharedBytes: z.number(),
    templateArguments: z.array(z.string()),
    /** Scalars and elements of buffers by parameter: `N` → `1024`, `A[]` → `1024`. */
    sizes: z.record(z.string(), z.string()),
    coldCache: z.boolean(),
  }),
  /** Of all that went into the build: source, its own headers, flags, toolkit. Equal keys are equal binaries. */
  sourceKey: z.string(),
  /** Microseconds. */
  median: z.number().positive(),
  min: z.number(),
  /** Half-width of the 95 % confidence interval of the median ÷ the median. */
  relativeError: z.number(),
  /** Number of launches that were timed. */
  launches: z.number(),
  /** Microseconds, at most 200 of them; absent where the run gave none. */
  samples: z.array(z.number()).optional(),
  bytesPerSecond: z.number().optional(),
  registersPerThread: z.number().optional(),
  /** What looked wrong with the results, a failed check included. */
  failedChecks: z.number().optional(),
});

/** One run that ended well. */
export type HistoryEntry = z.infer<typeof historyEntrySchema>;

/** Request, client → server: the runs of a kernel, oldest first. */
export const historyRequest = 'kernelLens/history';
export interface HistoryRow {
  readonly entry: HistoryEntry;
  /** Since the run before it on the same device, and since the baseline. */
  readonly changes: Changes;
}
export interface HistoryAnswer {
  readonly kernel: string;
  readonly rows: readonly HistoryRow[];
  /** The pinned runs, one for each device at most. */
  readonly baselines: readonly HistoryEntry[];
}

/** Request, client → server: pins a run (absent: the last one) as what later ones are compared with. */
export const pinBaselineRequest = 'kernelLens/pinBaseline';
export interface PinBaselineParams extends KernelRef {
  readonly id?: string;
}
/** Request, client → server: takes the pins of a kernel away. */
export const unpinBaselineRequest = 'kernelLens/unpinBaseline';
/** Request, client → server: forgets the runs of a kernel; its baseline stays. */
export const clearHistoryRequest = 'kernelLens/clearHistory';
/** What pinning, unpinning and clearing answer: done, or one sentence that says why not. */
export type HistoryActionAnswer = { readonly done: true } | { readonly message: string };

/** Request, client → server: the history as a file's text. */
export const exportHistoryRequest = 'kernelLens/exportHistory';
export interface ExportHistoryParams extends KernelRef {
  readonly format: 'csv' | 'json';
}

/** Request, client → server: run a kernel again whenever its file, or a file it includes, is saved; or no more. */
export const watchRequest = 'kernelLens/watch';
export interface WatchParams extends KernelRef {
  readonly on: boolean;
}

/** Notification, server → client: the kernels that are watched now. */
export const watchesNotification = 'kernelLens/watches';
export interface Watches {
  readonly watched: readonly KernelRef[];
}

/** Notification, server → client: a watched kernel's text has been saved, and it is to be run. */
export const watchTriggeredNotification = 'kernelLens/watchTriggered';
export interface WatchTriggered extends KernelRef {
  /** The file that was saved, where it is not the kernel's own: absolute path. */
  readonly savedFile?: string;
}
