/** What the page of a tuning, or of a sweep over sizes, is sent; texts are in the user's language. */
import type { Configuration, SweepPoint } from '../../../../protocol/src/tune';

export interface TunePageData {
  readonly kind: 'tune';
  readonly kernel: string;
  readonly device: string;
  readonly configurations: readonly Configuration[];
  readonly best?: number;
  /** What came out, or how far it is. */
  readonly verdict: string;
  readonly running: boolean;
  readonly texts: Readonly<Record<TuneText, string>>;
}

export interface SweepPageData {
  readonly kind: 'sweep';
  readonly kernel: string;
  readonly device: string;
  readonly name: string;
  readonly points: readonly SweepPoint[];
  readonly verdict: string;
  readonly running: boolean;
  readonly texts: Readonly<Record<TuneText, string>>;
}

export type TuneText =
  | 'title'
  | 'configuration'
  | 'launch'
  | 'time'
  | 'change'
  | 'throughput'
  | 'registers'
  | 'occupancy'
  | 'apply'
  | 'current'
  | 'best'
  | 'skipped'
  | 'reason'
  | 'picture'
  | 'again'
  | 'cancel'
  | 'waiting'
  | 'copy';

/** What the page posts. */
export type TunePageMessage =
  | { readonly apply: number }
  | { readonly again: true }
  | { readonly cancel: true }
  | { readonly svg: string }
  | { readonly csv: string };
