/** Keeps nvcc's last answer at its place while the text changes under it. Pure. */
import type { Position, Problem, Range } from '../check';

/** One change: what stood in `range` gave way to `text`. */
export interface LineEdit {
  readonly range: Range;
  readonly text: string;
}

/**
 * The problems of `file` after the edits, in order. One whose own text was edited is dropped: it may be what the edit
 * mends, and nvcc will say so soon. Problems of other files stay.
 */
export function moveThroughEdits(problems: readonly Problem[], file: string, edits: readonly LineEdit[]): Problem[] {
  return edits.reduce<Problem[]>(
    (moved, edit) =>
      moved.flatMap((problem) => {
        if (problem.file !== file) return [problem];
        const range = moveRange(problem.range, edit);
        return range === undefined ? [] : [{ ...problem, range }];
      }),
    [...problems],
  );
}

function moveRange(range: Range, edit: LineEdit): Range | undefined {
  if (compare(edit.range.start, range.end) > 0) return range;
  const touches = compare(edit.range.end, range.start) > 0 || compare(edit.range.start, range.start) > 0;
  if (touches) return undefined;
  return { start: move(range.start, edit), end: move(range.end, edit) };
}

/** Where a position at or behind the edit's end lies afterwards. */
function move(position: Position, { range, text }: LineEdit): Position {
  const lines = text.split('\n');
  const added = lines.length - 1;
  const line = position.line + added - (range.end.line - range.start.line);
  if (position.line !== range.end.line) return { line, character: position.character };
  const lastLine = lines.at(-1) ?? '';
  const base = added === 0 ? range.start.character + lastLine.length : lastLine.length;
  return { line, character: base + position.character - range.end.character };
}

function compare(a: Position, b: Position): number {
  return a.line - b.line || a.character - b.character;
}
