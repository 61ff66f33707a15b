import { describe, expect, it } from 'vitest';
import { placeMessages, type Problem, type SourceTexts } from '../../../server/src/check';
import { offsetOfDisplayColumn } from '../../../server/src/check/place';
import { parseNvccOutput } from '../../../server/src/toolchain';

const main = '/p/main.cu';
const files: Record<string, string> = {
  [main]: '#include <cstdio>\n#include "inc/own.h"\n__global__ void k(float* p) {\n\tp[0] = foo;\n}\n',
  '/p/inc/own.h': 'inline int f() { return nope; }\n',
};
const texts: SourceTexts = {
  lines: (file) => files[file]?.split('\n'),
  functionNamed: (symbol) =>
    symbol === '_Z1kPf' ? { start: { line: 2, character: 16 }, end: { line: 2, character: 17 } } : undefined,
};
const place = (output: string) =>
  placeMessages(parseNvccOutput(output), texts, { file: main, isOwn: (file) => file.startsWith('/p/') });

/** What a problem's range covers. */
function covered(problem: Problem): string {
  const { start, end } = problem.range;
  return (files[problem.file]?.split('\n')[start.line] ?? '').slice(start.character, end.character);
}

describe('placeMessages', () => {
  it('covers the token that the caret means', () => {
    const [problem] = place(`${main}(4): error #20: identifier "foo" is undefined\n   p[0] = foo;\n          ^\n`);
    expect(problem).toMatchObject({ file: main, severity: 'error', source: 'nvcc', rule: '20' });
    expect(problem && covered(problem)).toBe('foo');
  });

  it('says once what two passes say', () => {
    const error = `${main}(4): error: identifier "foo" is undefined\n   p[0] = foo;\n          ^\n\n`;
    expect(place(error + error)).toHaveLength(1);
  });

  it('shows an error of an own header in it and at its #include', () => {
    const problems = place(
      '/p/inc/own.h(1): error: identifier "nope" is undefined\n  inline int f() { return nope; }\n                          ^\n',
    );
    expect(problems.map((problem) => [problem.file, covered(problem), problem.message])).toEqual([
      ['/p/inc/own.h', 'nope', 'identifier "nope" is undefined'],
      [main, '#include "inc/own.h"', 'In included file own.h, line 1: identifier "nope" is undefined'],
    ]);
    expect(problems[1]?.related[0]).toMatchObject({ file: '/p/inc/own.h' });
  });

  it('shows an error of a foreign header at the #include only', () => {
    const problems = place('/usr/include/cstdio:12:3: error: bad\n');
    expect(problems.map((problem) => [problem.file, covered(problem)])).toEqual([[main, '#include <cstdio>']]);
  });

  it('keeps quiet about what is only so because a header is compiled by itself', () => {
    expect(place(`${main}:1:9: warning: #pragma once in main file\n`)).toEqual([]);
  });

  it('shows what names a function at that function, and what names nothing at the first line', () => {
    const problems = place(
      "ptxas error   : Entry function '_Z1kPf' uses too much shared data (0x13880 bytes, 0xc000 max)\nnvcc fatal   : Unsupported gpu architecture 'sm_20'\n",
    );
    expect(problems.map(covered)).toEqual(['k', '#include <cstdio>']);
  });
});

describe('offsetOfDisplayColumn', () => {
  it('knows tabs and wide letters', () => {
    expect(offsetOfDisplayColumn('\tx', 9)).toBe(1);
    expect(offsetOfDisplayColumn('"한글" x', 8)).toBe(5);
    expect(offsetOfDisplayColumn('ab', 99)).toBe(2);
  });
});
