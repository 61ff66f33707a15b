/** Keeps result marks on their lines while one types, until the server sends them anew. Pure. */
import type { ResultMark } from '../../../protocol/src';

export interface LineChange {
  /** 0-based lines of the replaced text. */
  readonly startLine: number;
  readonly startCharacter: number;
  readonly endLine: number;
  readonly text: string;
}

export function moveMarks<Mark extends Pick<ResultMark, 'line'>>(
  marks: readonly Mark[],
  change: LineChange,
): readonly Mark[] {
  const added = change.text.split('\n').length - 1;
  const delta = added - (change.endLine - change.startLine);
  return marks.flatMap((mark) => {
    if (mark.line < change.startLine || (mark.line === change.startLine && change.startCharacter > 0)) return [mark];
    // A mark within deleted lines goes with them; one on the last line of the change keeps what is left of that line.
    if (mark.line < change.endLine) return [];
    return delta === 0 ? [mark] : [{ ...mark, line: mark.line + delta }];
  });
}
