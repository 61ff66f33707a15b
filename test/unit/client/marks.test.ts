import { expect, test } from 'vitest';
import type { ResultMark } from '../../../protocol/src';
import { moveMarks, type LineChange } from '../../../client/src/text/marks';

const lines = ['zero', 'one', 'two', 'three', 'four', 'five'];
const mark = (line: number): ResultMark => ({ line, text: lines[line] ?? '', hover: '', state: 'ok' });

/** Where the marks of the lines 1, 3 and 5 stand after the change: `line: text` each. */
function after(change: LineChange): string[] {
  return moveMarks([mark(1), mark(3), mark(5)], change).map(({ line, text }) => `${line}: ${text}`);
}

test.each<[string, LineChange, string[]]>([
  [
    'typing within a line',
    { startLine: 3, startCharacter: 2, endLine: 3, text: 'x' },
    ['1: one', '3: three', '5: five'],
  ],
  ['a new line above', { startLine: 2, startCharacter: 3, endLine: 2, text: '\n' }, ['1: one', '4: three', '6: five']],
  [
    'a new line at the start of the marked line',
    { startLine: 3, startCharacter: 0, endLine: 3, text: '\n' },
    ['1: one', '4: three', '6: five'],
  ],
  [
    'a new line within the marked line',
    { startLine: 3, startCharacter: 4, endLine: 3, text: '\n' },
    ['1: one', '3: three', '6: five'],
  ],
  ['deleting the marked line', { startLine: 3, startCharacter: 0, endLine: 4, text: '' }, ['1: one', '4: five']],
  [
    'deleting the line above',
    { startLine: 2, startCharacter: 0, endLine: 3, text: '' },
    ['1: one', '2: three', '4: five'],
  ],
  [
    'replacing two lines by three',
    { startLine: 1, startCharacter: 0, endLine: 3, text: 'a\nb\nc\n' },
    ['4: three', '6: five'],
  ],
])('%s', (_, change, expected) => {
  expect(after(change)).toEqual(expected);
});
