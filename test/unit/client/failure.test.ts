import { describe, expect, test } from 'vitest';
import type { RunFailure } from '../../../protocol/src';
import { failureReport } from '../../../client/src/text/failure';

const place = (line: number, severity: 'error' | 'warning') => ({ file: '/a.cu', line, severity, message: 'm' });

describe('a failed run', () => {
  test('leads to the first error of a build, not to a warning before it', () => {
    const failure: RunFailure = {
      status: 'buildFailed',
      message: 'The kernel does not compile.',
      diagnostics: [place(3, 'warning'), place(7, 'error')],
    };
    const report = failureReport('add', failure);
    expect(report.message).toBe('add: The kernel does not compile.');
    expect(report.location).toMatchObject({ file: '/a.cu', line: 7 });
    expect(report.setting).toBeUndefined();
  });

  test('leads to the faulting line', () => {
    const failure: RunFailure = {
      status: 'kernelFaulted',
      fault: 'outOfBounds',
      message: 'm',
      location: { file: '/a.cu', line: 5, column: 3 },
    };
    expect(failureReport('add', failure).location).toEqual({ file: '/a.cu', line: 5, column: 3 });
  });

  test.each<[RunFailure, string]>([
    [{ status: 'noDevice', message: 'm' }, 'kernelLens.run.device'],
    [{ status: 'timedOut', message: 'm', limitSeconds: 30 }, 'kernelLens.run.timeLimit'],
    [{ status: 'buildFailed', message: 'm', diagnostics: [] }, 'kernelLens.cuda'],
  ])('offers the setting that bears on it', (failure, setting) => {
    const report = failureReport('add', failure);
    expect(report.setting).toBe(setting);
    expect(report.location).toBeUndefined();
  });

  test('is told in a few words on one line', () => {
    const { message } = failureReport('add', {
      status: 'launchFailed',
      code: 'x',
      message: `one\n  two ${'long '.repeat(99)}`,
    });
    expect(message).toMatch(/^add: one two long/);
    expect(message.length).toBeLessThanOrEqual(240);
    expect(message.endsWith('…')).toBe(true);
  });
});
