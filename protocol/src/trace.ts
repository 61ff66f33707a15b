/** What a program did on the GPU and asked of it: sums for the editor, and the whole of it for the timeline. */
import type { Dim3 } from './plan';
import type { SourceLocation } from './result';

export type MemoryKind = 'unknown' | 'pageable' | 'pinned' | 'device' | 'array' | 'managed';

/** A copy's way: host to device and so on. `peer` is between two devices. */
export type CopyDirection =
  'hostToDevice' | 'deviceToHost' | 'deviceToDevice' | 'hostToHost' | 'peer' | 'array' | 'unknown';

/**
 * Migrations and faults are of managed memory: pages that moved, and accesses that had to wait for one. Ranges are what a
 * program calls its own parts, with NVTX.
 */
export type TraceEventKind = 'kernel' | 'copy' | 'memset' | 'call' | 'overhead' | 'migration' | 'fault' | 'range';
/** The numbers that stand for the kinds in `TraceEvents.kind`. */
export const traceEventKinds: readonly TraceEventKind[] = [
  'kernel',
  'copy',
  'memset',
  'call',
  'overhead',
  'migration',
  'fault',
  'range',
];

/** Why pages of managed memory moved. `coherence` is an access of a kernel or the host. */
export type MigrationCause = 'unknown' | 'user' | 'coherence' | 'prefetch' | 'eviction' | 'accessCounters';

/** What happened to pages that did not move: accesses that found them elsewhere, and what the driver did against too many. */
export type PageFaultKind = 'cpuFault' | 'gpuFault' | 'thrashing' | 'throttling' | 'remoteMap';

/** Work of CUDA and CUPTI that the program did not ask for. */
export type OverheadName =
  | 'JIT compilation'
  | 'Trace buffer flush'
  | 'Trace instrumentation'
  | 'Trace resources'
  | 'Module loading'
  | 'Lazy function loading'
  | 'Command buffer full'
  | 'Trace buffer request'
  | 'Managed memory tracing'
  | 'Other overhead';

/** All records of one kind and name that were made from one place, added up. Nothing is left out here, however long the program ran. */
export interface TraceTotal {
  readonly kind: TraceEventKind;
  /** A kernel's name, a call's name; of copies and migrations the direction, of faults their kind, of overhead an `OverheadName`. */
  readonly name: string;
  /** Source lines of the program's own code, the innermost first; empty where it is not known. Of managed memory: where the host accessed it, then where it was allocated. */
  readonly frames: readonly SourceLocation[];
  readonly count: number;
  /** Microseconds. */
  readonly total: number;
  readonly min: number;
  readonly max: number;
  /** Copies, memsets and migrations. */
  readonly bytes?: number;
  readonly from?: MemoryKind;
  readonly to?: MemoryKind;
  /** Of kernels: bytes of managed memory that moved while they ran. */
  readonly migrated?: number;
  /** Of kernels: page faults of the GPU while they ran, equal ones of a page counted once. */
  readonly faults?: number;
}

/** What stays with a result: the sums, and where the whole trace is. */
export interface ProgramTrace {
  /** The trace as a file (gzip of what `encodeTrace` makes), in the cache folder. */
  readonly file: string;
  readonly totals: readonly TraceTotal[];
  /** Microseconds of kernels, copies and memsets, added up: what shares are of. */
  readonly gpuTime: number;
  /** Microseconds from the first record to the last. */
  readonly span: number;
  /** Microseconds in which at least one device worked. */
  readonly busy: number;
  readonly events: number;
  /** Records that are in the sums and not in the timeline, since there were too many. */
  readonly summedOnly: number;
  /** Records that CUPTI lost. */
  readonly lost: number;
}

export interface TraceRow {
  /** `managed`: the managed memory of a device; without one that of the host. `ranges`: NVTX ranges of a thread. */
  readonly kind: 'stream' | 'host' | 'managed' | 'ranges';
  /** Process id; told where there are several. */
  readonly process: number;
  readonly device?: number;
  readonly context?: number;
  readonly stream?: number;
  /** The default stream of its context. */
  readonly isDefault?: boolean;
  /** Thread id of a host row, or of one of ranges, and what the thread is called. */
  readonly thread?: number;
  readonly name?: string;
}

export type TraceDetail =
  | {
      readonly kind: 'kernel';
      readonly grid: Dim3;
      readonly block: Dim3;
      readonly registers: number;
      readonly staticShared: number;
      readonly dynamicShared: number;
      /** Bytes per thread. */
      readonly local: number;
      readonly inGraph: boolean;
    }
  | {
      readonly kind: 'copy';
      readonly bytes: number;
      readonly direction: CopyDirection;
      readonly from: MemoryKind;
      readonly to: MemoryKind;
      readonly asynchronous: boolean;
    }
  | { readonly kind: 'memset'; readonly bytes: number; readonly value: number; readonly memory: MemoryKind }
  /** CUDA's error code, 0 for success. */
  | { readonly kind: 'call'; readonly result: number }
  | {
      readonly kind: 'migration';
      readonly bytes: number;
      readonly direction: CopyDirection;
      readonly cause: MigrationCause;
    }
  | {
      readonly kind: 'fault';
      readonly fault: PageFaultKind;
      /** Of the GPU's page faults, groups of equal ones; of the host's 1; of the others bytes of the region. */
      readonly value: number;
    };

/** One column a property, all of one length, in the order of `start`: there may be a million events, so none is an object. */
export interface TraceEvents {
  /** Index into `traceEventKinds`. */
  readonly kind: Uint8Array;
  /** Index into `rows`. */
  readonly row: Uint32Array;
  /** Nanoseconds from the trace's beginning. */
  readonly start: Float64Array;
  /** Nanoseconds. */
  readonly duration: Float64Array;
  /** Index into `strings`. */
  readonly name: Uint32Array;
  /** Index into `stacks`. */
  readonly stack: Uint32Array;
  /** Ties what the GPU did to the call that asked for it; 0 is none. */
  readonly correlation: Uint32Array;
  /** Index into `details`; -1 is none. */
  readonly detail: Int32Array;
}

export type GapCause =
  /** The host was in a call. */
  | { readonly kind: 'call'; readonly name: string; readonly stack: number }
  /** The host copied from or to memory that is not pinned. */
  | { readonly kind: 'pageable'; readonly name: string; readonly stack: number }
  /** The driver loaded or compiled device code. */
  | { readonly kind: 'loading' }
  /** The host waited for an earlier copy or kernel and launched nothing meanwhile. */
  | { readonly kind: 'wait'; readonly name: string; readonly stack: number }
  /** The host ran code of its own. */
  | { readonly kind: 'host' };

/** A time in which a device did nothing between two records. */
export interface TraceGap {
  readonly device: number;
  /** Nanoseconds. */
  readonly start: number;
  readonly duration: number;
  readonly cause: GapCause;
}

export interface TraceData {
  readonly format: 'kernel-lens-trace';
  readonly version: 2;
  readonly program: string;
  readonly recordedAt: string;
  readonly deviceName: string;
  readonly rows: readonly TraceRow[];
  readonly strings: readonly string[];
  readonly places: readonly SourceLocation[];
  /** Indices into `places`, the innermost first. The first stack is empty. */
  readonly stacks: readonly (readonly number[])[];
  readonly details: readonly TraceDetail[];
  readonly events: TraceEvents;
  /** The longest first. */
  readonly gaps: readonly TraceGap[];
  readonly totals: readonly TraceTotal[];
  readonly gpuTime: number;
  readonly busy: number;
  readonly summedOnly: number;
  readonly lost: number;
}

/** How an executable is started: from a launch configuration, or from the command line. */
export interface ProgramLaunch {
  /** An executable of the project's own; without it, the file is built. */
  readonly program?: string;
  readonly args?: readonly string[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Seconds; instead of kernelLens.run.timeLimit. */
  readonly timeLimit?: number;
}

/** Notification, client → server: what was typed for a running program. */
export const programInputNotification = 'kernelLens/programInput';
export interface ProgramInput {
  readonly uri: string;
  /** Absent: the end of the input. */
  readonly text?: string;
}

/** Calls in which the host waits for the device. */
export function isWait(call: string): boolean {
  return /Synchronize/.test(call);
}
