/** One mark a line, of a kernel that ran by itself and in its program. */
import { expect, test } from 'vitest';
import type { ResultMark } from '../../../protocol/src';
import { joinMarks } from '../../../server/src/handlers/marks';

const kernel: ResultMark = { line: 7, text: '4.20 µs ±0.3 %', hover: '**scale**', state: 'ok' };
const program: ResultMark = { line: 7, text: '×20 · 99 µs total', hover: '| scale |', state: 'ok' };

test('both on a line read as one, the kernel by itself first', () => {
  expect(joinMarks([kernel], [program])).toEqual([
    {
      line: 7,
      text: '4.20 µs ±0.3 % · in the program ×20 · 99 µs total',
      hover: '**scale**\n\n---\n\n**In the program**\n\n| scale |',
      state: 'ok',
    },
  ]);
});

test('what is in doubt is the state of both', () => {
  const states = (a: ResultMark['state'], b: ResultMark['state']) =>
    joinMarks([{ ...kernel, state: a }], [{ ...program, state: b }]).map(({ state }) => state);
  expect([states('ok', 'stale'), states('failed', 'ok'), states('stale', 'ok')]).toEqual([
    ['stale'],
    ['failed'],
    ['stale'],
  ]);
});

test('other lines stay as they are', () => {
  const copy = { ...program, line: 9 };
  expect(joinMarks([kernel], [copy])).toEqual([kernel, copy]);
});
