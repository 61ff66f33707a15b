import { describe, expect, test } from 'vitest';
import type { KernelRun } from '../../../protocol/src';
import { checkAnswer, runAnswer, sanitizeAnswer } from '../../../client/src/text/tool-answers';

const short = (file: string) => file.replace('/w/', '');
const origin = { kind: 'launchSite', line: 9 } as const;
const run: KernelRun = {
  status: 'ok',
  plan: {
    kernel: 'add',
    templateArguments: [],
    file: '/w/a.cu',
    line: 1,
    grid: [4, 1, 1],
    block: [256, 1, 1],
    sharedBytes: 0,
    provenance: { grid: origin, block: origin, sharedBytes: origin, templateArguments: origin },
    arguments: [{ kind: 'scalar', name: 'N', type: 'int', scalar: 'i32', value: '1024', provenance: origin }],
  },
  device: { kind: 'cpu', name: 'Processor', threads: 2, compiler: 'g++ 12' },
  time: {
    unit: 'us',
    median: 2.5,
    min: 2,
    max: 3,
    mean: 2.5,
    stdev: 0.1,
    samples: 20,
    relativeError: 0.01,
    coldCache: false,
  },
  samples: [],
  throughput: { bytes: 100, bytesPerSecond: 4e7 },
  output: '',
  notes: ['a note'],
  buildTime: 1,
};

describe('what a language model is told', () => {
  test('of a run: numbers with their units, the launch and its sizes, and what to keep in mind', () => {
    expect(runAnswer(run, short)).toMatchObject({
      status: 'ok',
      device: { kind: 'cpu', name: 'Processor' },
      launch: { grid: [4, 1, 1], scalars: { N: '1024' } },
      medianUs: 2.5,
      relativeError: 0.01,
      bytesPerSecond: 4e7,
      resultsAreWrong: false,
      notes: ['a note'],
    });
    expect(runAnswer(run, short)).not.toHaveProperty('ofPeak');
  });

  test('of a run whose results are wrong: that they are', () => {
    const message = 'C[1024] was written.';
    const findings = [{ kind: 'outOfBounds', buffer: 'C', side: 'after', index: 1024, message }] as const;
    expect(runAnswer({ ...run, findings }, short)).toMatchObject({ resultsAreWrong: true, findings: [message] });
  });

  test('of a failed build: each message at its place', () => {
    const diagnostics = [{ file: '/w/a.cu', line: 3, column: 5, severity: 'error', message: 'no' }] as const;
    expect(runAnswer({ status: 'buildFailed', message: 'm', diagnostics, output: 'long' }, short)).toEqual({
      status: 'buildFailed',
      message: 'm',
      diagnostics: ['a.cu:3:5: error: no'],
    });
  });

  test('of a check: so many, and how many were left out', () => {
    const problem = {
      file: '/w/a.cu',
      line: 3,
      column: 5,
      endLine: 3,
      endColumn: 6,
      severity: 'warning',
      source: 'lint',
      rule: 'r',
      message: 'm',
    } as const;
    const answer = checkAnswer({ problems: Array.from({ length: 60 }, () => problem), notes: [] }, short);
    expect(answer).toMatchObject({ errors: 0, warnings: 60, diagnosticsLeftOut: 10 });
    expect((answer as { diagnostics: string[] }).diagnostics[0]).toBe('a.cu:3:5: warning: m [r]');
  });

  test('of a finding of the sanitizer: its line, and the other access', () => {
    const location = { file: '/w/a.cu', line: 7 };
    const answer = sanitizeAnswer(
      {
        status: 'ok',
        device: run.device,
        tools: ['racecheck'],
        findings: [
          {
            tool: 'racecheck',
            kind: 'race',
            severity: 'error',
            message: 'A race.',
            location,
            count: 2,
            related: [{ message: 'The other.', location: { ...location, line: 8 } }],
          },
        ],
        notes: [],
        output: '',
      },
      short,
    );
    expect(answer).toMatchObject({
      findings: ['a.cu:7: error: A race. | The other. (a.cu:8) [racecheck, 2 times]'],
    });
  });
});
