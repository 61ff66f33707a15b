/** The problems of a document, found when asked for. */

/** 1-based lines and columns; columns count UTF-16 units; the end is exclusive. */
export interface CheckItem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly severity: 'error' | 'warning' | 'information' | 'hint';
  readonly source: 'nvcc' | 'lint';
  /** Rule id of a lint finding, number or flag of an nvcc message; null where nvcc gives none. */
  readonly rule: string | null;
  readonly message: string;
}

/** Request, client → server; cancellable: the present text of an open document by nvcc, all passes, and by the lint. */
export const checkRequest = 'kernelLens/check';
export interface CheckParams {
  readonly uri: string;
}
export interface CheckAnswer {
  readonly problems: readonly CheckItem[];
  /** What kept the check from being complete; one sentence each. */
  readonly notes: readonly string[];
}
