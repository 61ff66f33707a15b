import { expect, test } from 'vitest';
import { LineInput } from '../../../client/src/text/line-input';

function typed(...keys: string[]): string[] {
  const seen: string[] = [];
  const input = new LineInput({
    echo: () => undefined,
    line: (text) => seen.push(text),
    interrupt: () => seen.push('interrupt'),
    end: () => seen.push('end'),
  });
  for (const key of keys) input.type(key);
  return seen;
}

test('sends whole lines, erased keys left out', () => {
  expect(typed('a', 'b', '\u007f', 'c', '\r')).toEqual(['ac\n']);
  expect(typed('한글', '\u007f', '\r')).toEqual(['한\n']);
  expect(typed('one\rtwo\r')).toEqual(['one\n', 'two\n']);
  expect(typed('\u001b[A', 'x', '\u001b[1;5C', '\r')).toEqual(['x\n']);
});

test('Ctrl+C interrupts and forgets the line, Ctrl+D ends the input where the line is empty', () => {
  expect(typed('abc', '\u0003', '\r')).toEqual(['interrupt', '\n']);
  expect(typed('a', '\u0004', '\r', '\u0004')).toEqual(['a\n', 'end']);
});
