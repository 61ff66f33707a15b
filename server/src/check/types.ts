/** What is wrong with a source, from whichever room it came, at its place. Shared by the editor and the terminal. */

/** 0-based; characters are UTF-16 units, as in LSP. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export interface Problem {
  /** Absolute path. */
  readonly file: string;
  readonly range: Range;
  readonly severity: 'error' | 'warning' | 'information' | 'hint';
  readonly source: 'nvcc' | 'lint';
  /** Rule id of a lint finding; the compiler's number or flag of an nvcc message, when it has one. */
  readonly rule?: string;
  readonly message: string;
  readonly related: readonly RelatedPlace[];
}

export interface RelatedPlace {
  readonly file: string;
  readonly range: Range;
  readonly message: string;
}
