/** What the page of a kernel's history is sent; texts are in the user's language. */
import type { HistoryEntry, HistoryRow } from '../../../../protocol/src/history';

export interface HistoryPageData {
  readonly kernel: string;
  readonly rows: readonly HistoryRow[];
  readonly baselines: readonly HistoryEntry[];
  readonly texts: Readonly<Record<HistoryText, string>>;
}

export type HistoryText =
  | 'title'
  | 'empty'
  | 'when'
  | 'time'
  | 'sinceLast'
  | 'sinceBaseline'
  | 'bandwidth'
  | 'launch'
  | 'device'
  | 'pin'
  | 'pinShort'
  | 'unpin'
  | 'unpinShort'
  | 'clear'
  | 'csv'
  | 'json'
  | 'picture'
  | 'baseline'
  | 'runs'
  | 'first'
  | 'otherLaunch'
  | 'noise'
  | 'registers';

/** What the page posts. */
export type HistoryPageMessage =
  | { readonly pin: string }
  | { readonly unpin: true }
  | { readonly clear: true }
  | { readonly export: 'csv' | 'json' }
  | { readonly svg: string };
