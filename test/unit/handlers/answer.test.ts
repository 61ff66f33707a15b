import { expect, test } from 'vitest';
import type { ComparedBuffer, Comparison, Finding } from '../../../protocol/src';
import { answerHover, withAnswer } from '../../../server/src/handlers/answer';

const buffer: ComparedBuffer = {
  name: 'C',
  scalars: 4096,
  differing: 0,
  error: 1.234e-7,
  absolute: { element: 'C[9]', value: 2.5e-7 },
  relative: { element: 'C[8]', value: 1e-6 },
  nanGot: 0,
  nanExpected: 0,
};
const right: Comparison = {
  status: 'compared',
  tolerance: 1e-5,
  passed: true,
  error: buffer.error,
  buffers: [buffer],
  message: 'Agrees with the CPU.',
};
const wrong: Comparison = {
  ...right,
  passed: false,
  buffers: [
    buffer,
    { ...buffer, name: 'v|w', differing: 7, nanGot: 2, first: { element: 'v|w[3].y', got: 'NaN', expected: '1' } },
  ],
  message: 'Differs from the CPU at v|w[3].y.',
};
const past: Finding = { kind: 'outOfBounds', buffer: 'C', side: 'after', index: 4096, message: 'Past the end of C.' };
const nan: Finding = { kind: 'notFinite', buffer: 'D', nan: 0, infinite: 3, message: 'D holds infinity.' };

test('the lens tells what is wrong before the time, and what is right behind it', () => {
  expect(withAnswer('297 µs', {})).toBe('297 µs');
  expect(withAnswer('297 µs', { comparison: right })).toBe('297 µs · ✓ 1.2e-7');
  expect(withAnswer('297 µs', { comparison: { ...right, error: 0 } })).toBe('297 µs · ✓ equal');
  expect(withAnswer('297 µs', { comparison: wrong })).toBe('⚠ differs at v|w[3].y · 297 µs');
  expect(withAnswer('297 µs', { findings: [past, nan] })).toBe('⚠ writes past the end of C · 297 µs');
  expect(withAnswer('297 µs', { findings: [nan], comparison: right })).toBe('⚠ infinity in D · 297 µs · ✓ 1.2e-7');
  expect(withAnswer('297 µs', { comparison: { status: 'notCompared', message: 'Why.' } })).toBe(
    '297 µs · answer not checked',
  );
});

test('the hover has the findings and a row for each buffer', () => {
  expect(answerHover({ findings: [] })).toEqual([]);
  expect(answerHover({ findings: [past], comparison: wrong }).join('\n')).toBe(
    [
      '⚠ Past the end of C.',
      '',
      '✗ Differs from the CPU at v|w[3].y.',
      '',
      '| Buffer | Differing | Largest error | Absolute | Relative |',
      '| --- | --- | --- | --- | --- |',
      '| `C` | 0 / 4,096 | 1.2e-7 | 2.5e-7 (C[9]) | 1.0e-6 (C[8]) |',
      '| `v\\|w` | 7 / 4,096, NaN 2/0 | 1.2e-7 | 2.5e-7 (C[9]) | 1.0e-6 (C[8]) |',
      '',
    ].join('\n'),
  );
});
