/** Tuning a kernel over launch configurations, and running it over problem sizes. */
import type { Change } from './change';
import type { KernelRef } from './messages';
import type { Dim3 } from './plan';
import type { Device, KernelResources, Occupancy, RunFailure, Throughput, TimeStatistics } from './result';

/** What a configuration puts in place of what the source says: `TILE` = `32`, `block` = `32x8`. */
export interface TunedValue {
  readonly name: string;
  readonly value: string;
}

/** One way to launch the kernel. */
export interface Configuration {
  /** Position in the order of trial. */
  readonly index: number;
  readonly values: readonly TunedValue[];
  /** As the source says it now. */
  readonly current: boolean;
  readonly launch?: {
    readonly grid: Dim3;
    readonly block: Dim3;
    readonly sharedBytes: number;
    readonly templateArguments: readonly string[];
  };
  readonly outcome:
    | { readonly state: 'waiting' }
    | {
        readonly state: 'measured';
        readonly time: TimeStatistics;
        /** Beside the present configuration, measured in the same minute; absent for that one itself. */
        readonly change?: Pick<Change, 'kind' | 'ratio' | 'low' | 'high'>;
        readonly throughput?: Throughput;
        readonly resources?: KernelResources;
        readonly occupancy?: Occupancy;
      }
    /** Not tried, or tried in vain. */
    | { readonly state: 'skipped' | 'failed'; readonly reason: string };
}

/** Request, client → server; cancellable: what was measured until then is answered. */
export const tuneRequest = 'kernelLens/tune';
export interface TuneParams extends KernelRef {
  readonly device?: 'auto' | 'gpu' | 'cpu';
}
export interface Tuning {
  readonly status: 'ok';
  readonly kernel: string;
  readonly device: Device;
  readonly configurations: readonly Configuration[];
  /** Index of the fastest, where it is faster than the present one beyond the doubt. */
  readonly best?: number;
  /** One sentence: what came out. */
  readonly verdict: string;
  readonly cancelled: boolean;
}
export type TuneAnswer = Tuning | RunFailure;

/** Notification, server → client: a configuration was measured, or will not be. */
export const tuneProgressNotification = 'kernelLens/tuneProgress';
export interface TuneProgress extends KernelRef {
  readonly done: number;
  readonly total: number;
  readonly configurations: readonly Configuration[];
}

/** Request, client → server: the edits that make a configuration the source's own. */
export const applyConfigurationRequest = 'kernelLens/applyConfiguration';
export interface ApplyConfigurationParams extends KernelRef {
  readonly values: readonly TunedValue[];
}
export type ApplyConfigurationAnswer =
  | {
      readonly edits: readonly {
        readonly range: {
          readonly start: { readonly line: number; readonly character: number };
          readonly end: { readonly line: number; readonly character: number };
        };
        readonly newText: string;
      }[];
      /** Version of the document that the edits fit. */
      readonly version: number;
      /** One sentence: what was changed, in the program or in the directive alone. */
      readonly message: string;
    }
  | { readonly message: string };

/** Request, client → server; cancellable: a run for each size. */
export const sweepRequest = 'kernelLens/sweep';
export interface SweepParams extends KernelRef {
  readonly device?: 'auto' | 'gpu' | 'cpu';
  /** `N` and `1<<16..1<<26`, in the directive's language; absent: the range that the directive names. */
  readonly range?: TunedValue;
}
export interface SweepPoint {
  /** As the plan takes it. */
  readonly value: string;
  readonly outcome:
    | { readonly state: 'waiting' }
    | { readonly state: 'measured'; readonly time: TimeStatistics; readonly throughput?: Throughput }
    | { readonly state: 'failed'; readonly reason: string };
}
export interface Sweep {
  readonly status: 'ok';
  readonly kernel: string;
  readonly device: Device;
  readonly name: string;
  readonly points: readonly SweepPoint[];
  readonly cancelled: boolean;
}
/** `ranges`: names that can be swept, where none was given and the directive names none. */
export type SweepAnswer =
  Sweep | RunFailure | { readonly status: 'noRange'; readonly message: string; readonly names: readonly string[] };

/** Notification, server → client. */
export const sweepProgressNotification = 'kernelLens/sweepProgress';
export interface SweepProgress extends KernelRef {
  readonly name: string;
  readonly points: readonly SweepPoint[];
}
