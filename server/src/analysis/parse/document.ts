import type { Language, Parser, Range, Tree } from 'web-tree-sitter';
import { Edit } from 'web-tree-sitter';
import { Converter, type Reuse, type TypeTable } from './convert';
import { maskGrammarGaps } from './mask';
import type { Unit } from './node';

/** A change as editors report it: `removed` UTF-16 units at `offset` give way to `text`. */
export interface TextEdit {
  readonly offset: number;
  readonly removed: number;
  readonly text: string;
}

export interface Engine {
  readonly parser: Parser;
  readonly language: Language;
  readonly table: TypeTable;
}

interface Difference {
  readonly start: number;
  readonly oldEnd: number;
  readonly newEnd: number;
}

/** A source and its tree, kept up to date edit by edit. Owns memory outside the JavaScript heap: call `dispose`. */
export class ParsedDocument {
  private tree: Tree | undefined;
  private masked = '';
  private source = '';
  private items: Unit[] = [];

  constructor(
    private readonly engine: Engine,
    text: string,
    /** Where the text's positions begin: an included file's lie beyond those of the file that includes it. */
    private readonly origin = 0,
  ) {
    this.replace(text);
  }

  get text(): string {
    return this.source;
  }

  /** The top-level items in order. An item that an edit does not touch stays the same object. */
  get units(): readonly Unit[] {
    return this.items;
  }

  /** Applies edits one after the other, each to the result of those before it. */
  edit(edits: readonly TextEdit[]): void {
    let text = this.source;
    for (const { offset, removed, text: inserted } of edits) {
      text = text.slice(0, offset) + inserted + text.slice(offset + removed);
    }
    this.replace(text);
  }

  /** Makes `text` the document's text; what did not change is not parsed again. */
  replace(text: string): void {
    // The masked texts are compared rather than the edits trusted: masking may reach further than the edit.
    const masked = maskGrammarGaps(text);
    const previous = this.tree;
    let reuse: Reuse | undefined;
    let next: Tree | null;
    if (previous) {
      const change = difference(this.masked, masked);
      previous.edit(editOf(this.masked, masked, change));
      next = this.engine.parser.parse(masked, previous);
      if (next) reuse = reuseOf(this.items, this.origin, text, change, previous.getChangedRanges(next));
    } else {
      next = this.engine.parser.parse(masked);
    }
    previous?.delete();
    this.tree = next ?? undefined;
    this.masked = masked;
    this.source = text;
    this.items = [];
    if (!next) return;
    const cursor = next.walk();
    try {
      this.items = new Converter(cursor, this.engine.table, text, reuse).run();
      for (const unit of this.items) unit.base += this.origin;
    } finally {
      cursor.delete();
    }
  }

  /** Frees the tree. The units stay readable. */
  dispose(): void {
    this.tree?.delete();
    this.tree = undefined;
  }
}

/** The one range in which two texts differ. */
function difference(a: string, b: string): Difference {
  const shorter = Math.min(a.length, b.length);
  const step = 2048;
  let start = 0;
  while (start + step <= shorter && a.slice(start, start + step) === b.slice(start, start + step)) start += step;
  while (start < shorter && a.charCodeAt(start) === b.charCodeAt(start)) start++;
  let oldEnd = a.length;
  let newEnd = b.length;
  const room = (): number => Math.min(oldEnd, newEnd) - start;
  while (room() >= step && a.slice(oldEnd - step, oldEnd) === b.slice(newEnd - step, newEnd)) {
    oldEnd -= step;
    newEnd -= step;
  }
  while (room() > 0 && a.charCodeAt(oldEnd - 1) === b.charCodeAt(newEnd - 1)) {
    oldEnd--;
    newEnd--;
  }
  return { start, oldEnd, newEnd };
}

function pointAt(text: string, offset: number): { row: number; column: number } {
  let row = 0;
  let lineStart = 0;
  for (let i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', i + 1)) {
    row++;
    lineStart = i + 1;
  }
  return { row, column: offset - lineStart };
}

function editOf(before: string, after: string, { start, oldEnd, newEnd }: Difference): Edit {
  return new Edit({
    startIndex: start,
    oldEndIndex: oldEnd,
    newEndIndex: newEnd,
    startPosition: pointAt(before, start),
    oldEndPosition: pointAt(before, oldEnd),
    newEndPosition: pointAt(after, newEnd),
  });
}

/** Units outside the edit, and outside what the edit changed in the structure, whose source is the same. */
function reuseOf(
  units: readonly Unit[],
  origin: number,
  text: string,
  change: Difference,
  changed: readonly Range[],
): Reuse {
  const byStart = new Map(units.map((unit) => [unit.base - origin, unit]));
  const shift = change.newEnd - change.oldEnd;
  const touches = (start: number, end: number): boolean =>
    (start <= change.newEnd && end >= change.start) ||
    changed.some((range) => start <= range.endIndex && end >= range.startIndex);
  return {
    find(type, start, end) {
      if (touches(start, end)) return undefined;
      const unit = byStart.get(start > change.newEnd ? start - shift : start);
      const same = unit?.type === type && unit.text.length === end - start && unit.text === text.slice(start, end);
      return same ? unit : undefined;
    },
  };
}
