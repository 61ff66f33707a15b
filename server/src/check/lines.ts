import type { Span } from '../analysis';
import type { Position, Range } from './types';

/** Turns UTF-16 offsets of a text into lines and characters. */
export interface LineIndex {
  position(offset: number): Position;
  range(span: Span): Range;
}

export function lineIndex(text: string): LineIndex {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const position = (offset: number): Position => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low, character: offset - (starts[low] ?? 0) };
  };
  return { position, range: ({ start, end }) => ({ start: position(start), end: position(end) }) };
}
