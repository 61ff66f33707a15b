/** Edits of a text that keep its lines, and the way back from a place in the result to the place in the original. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A place as people write it: both from 1. The column counts UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

interface Piece {
  /** Offsets where the piece begins. */
  readonly edited: number;
  readonly original: number;
  /** Kept text maps one to one; inserted text maps to the place of the edit. */
  readonly kept: boolean;
}

export class EditedText {
  readonly text: string;
  readonly changed: boolean;
  readonly #pieces: Piece[] = [];
  readonly #editedLines: number[];
  readonly #originalLines: number[];

  /** Overlapping edits: the first in the text, and the first given at the same place, wins. */
  constructor(original: string, edits: readonly Edit[]) {
    const sorted = edits
      .map((edit, order) => ({ edit, order }))
      .sort((a, b) => a.edit.start - b.edit.start || a.edit.end - b.edit.end || a.order - b.order);
    const parts: string[] = [];
    let length = 0;
    let at = 0;
    const add = (text: string, from: number, kept: boolean) => {
      if (text === '') return;
      this.#pieces.push({ edited: length, original: from, kept });
      parts.push(text);
      length += text.length;
    };
    for (const { edit } of sorted) {
      if (edit.start < at) continue;
      add(original.slice(at, edit.start), at, true);
      // What is taken out gives back its line breaks, so that every line keeps its number.
      const breaks = original.slice(edit.start, edit.end).match(/\\?\r?\n/g) ?? [];
      add(edit.text + breaks.join(''), edit.start, false);
      at = edit.end;
    }
    add(original.slice(at), at, true);
    this.text = parts.join('');
    this.changed = edits.length > 0;
    this.#editedLines = lineStarts(this.text);
    this.#originalLines = lineStarts(original);
  }

  /** The place in the original; `byteColumn` counts bytes of UTF-8 from 1, as compilers do. */
  toOriginal(line: number, byteColumn: number): Position {
    const start = this.#editedLines[line - 1];
    if (start === undefined) return { line, column: 1 };
    const end = this.#editedLines[line] ?? this.text.length;
    const bytes = Buffer.from(this.text.slice(start, end), 'utf8');
    const offset = start + bytes.subarray(0, Math.max(0, byteColumn - 1)).toString('utf8').length;
    let piece: Piece = { edited: 0, original: 0, kept: true };
    for (const candidate of this.#pieces) {
      if (candidate.edited > offset) break;
      piece = candidate;
    }
    const original = piece.kept ? piece.original + offset - piece.edited : piece.original;
    const originalStart = this.#originalLines[line - 1] ?? 0;
    return { line, column: Math.max(1, original - originalStart + 1) };
  }
}

/** Offsets at which the lines of a text begin. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The place of an offset. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
}
