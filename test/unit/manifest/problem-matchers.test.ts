import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

interface Matcher {
  readonly name: string;
  readonly severity: string;
  readonly pattern: Readonly<Record<string, number | string>> & { readonly regexp: string };
}

const root = path.resolve(__dirname, '../../..');
const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
const matchers: Matcher[] = manifest.contributes.problemMatchers;

type Problem = Record<string, string>;

/** What VS Code makes of a line: the matchers are asked in turn; what the pattern leaves open has the matcher's severity. */
function problemsIn(output: string): Problem[] {
  return output.split('\n').flatMap((line) => {
    const found = matchers.flatMap(({ name, severity, pattern }) => {
      const match = new RegExp(pattern.regexp).exec(line);
      if (match === null) return [];
      const problem: Problem = { matcher: name.replace('kernel-lens-', ''), severity };
      for (const [property, group] of Object.entries(pattern)) {
        if (typeof group === 'number' && match[group] !== undefined) problem[property] = match[group].trim();
      }
      return [problem];
    });
    expect(found.length, `only one matcher takes: ${line}`).toBeLessThan(2);
    return found;
  });
}

test('every matcher has a file, a message and a place, as VS Code demands', () => {
  expect(matchers.map(({ name }) => name)).toEqual(
    ['nvcc', 'gcc', 'ptxas', 'tools'].map((name) => `kernel-lens-${name}`),
  );
  for (const { name, pattern } of matchers) {
    expect(pattern, name).toMatchObject({ file: expect.any(Number), message: expect.any(Number) });
    expect(pattern['kind'] === 'file' || typeof pattern['line'] === 'number', name).toBe(true);
  }
});

describe('recorded output', () => {
  test("nvcc's front end, with numbers and without", () => {
    const problems = problemsIn(`/home/me/a.cu(2): error: identifier "foo" is undefined
  __attribute__((global)) void k(float* p) { int unused; p[0] = foo; }
                                                                ^

/home/me/a.cu(3): warning #549-D: variable "x" is used before its value is set
  void h() { unsigned x; x == 1; }
                         ^

Remark: The warnings can be suppressed with "-diag-suppress <warning-number>"

a.cu(3): error #20: identifier "foo" is undefined
/home/me/my dir (2)/한 글.cu(6): error: no instance of function template "two" matches the argument list
            argument types are: (int, double)
  void q() { two(1, 2.0); }
             ^
/home/me/g.cu(5): note #3327-D: candidate function template "two" failed deduction
inc/deep.h(7): catastrophic error: cannot open source file "missing.h"
a.cu(12): remark #280-D: declaration is not visible

3 errors detected in the compilation of "/home/me/g.cu".
`);
    expect(problems).toEqual([
      {
        matcher: 'nvcc',
        file: '/home/me/a.cu',
        line: '2',
        severity: 'error',
        message: 'identifier "foo" is undefined',
      },
      {
        matcher: 'nvcc',
        file: '/home/me/a.cu',
        line: '3',
        severity: 'warning',
        code: '549-D',
        message: 'variable "x" is used before its value is set',
      },
      {
        matcher: 'nvcc',
        file: 'a.cu',
        line: '3',
        severity: 'error',
        code: '20',
        message: 'identifier "foo" is undefined',
      },
      {
        matcher: 'nvcc',
        file: '/home/me/my dir (2)/한 글.cu',
        line: '6',
        severity: 'error',
        message: 'no instance of function template "two" matches the argument list',
      },
      {
        matcher: 'nvcc',
        file: '/home/me/g.cu',
        line: '5',
        severity: 'info',
        code: '3327-D',
        message: 'candidate function template "two" failed deduction',
      },
      {
        matcher: 'nvcc',
        file: 'inc/deep.h',
        line: '7',
        severity: 'error',
        message: 'cannot open source file "missing.h"',
      },
      {
        matcher: 'nvcc',
        file: 'a.cu',
        line: '12',
        severity: 'info',
        code: '280-D',
        message: 'declaration is not visible',
      },
    ]);
  });

  test('the host compilers', () => {
    const problems = problemsIn(`b.cu:1:10: fatal error: missing.h: No such file or directory
    1 | #include "missing.h"
      |          ^~~~~~~~~~~
compilation terminated.
In file included from b.cu:3:
/usr/include/x.h:12:5: warning: unused variable 'a' [-Wunused-variable]
   12 |  int a;
/usr/include/x.h:9:5: note: declared here
C:\\src\\k.cu:4:2: error: #error "old"
C:\\src\\k.cu(12): error C2065: 'foo': undeclared identifier
C:\\src\\k.cu(13,7): warning C4244: conversion from 'double' to 'int'
`);
    expect(problems).toEqual([
      {
        matcher: 'gcc',
        file: 'b.cu',
        line: '1',
        column: '10',
        severity: 'error',
        message: 'missing.h: No such file or directory',
      },
      {
        matcher: 'gcc',
        file: '/usr/include/x.h',
        line: '12',
        column: '5',
        severity: 'warning',
        code: '-Wunused-variable',
        message: "unused variable 'a'",
      },
      { matcher: 'gcc', file: '/usr/include/x.h', line: '9', column: '5', severity: 'info', message: 'declared here' },
      { matcher: 'gcc', file: 'C:\\src\\k.cu', line: '4', column: '2', severity: 'error', message: '#error "old"' },
      {
        matcher: 'nvcc',
        file: 'C:\\src\\k.cu',
        line: '12',
        severity: 'error',
        code: 'C2065',
        message: "'foo': undeclared identifier",
      },
      {
        matcher: 'nvcc',
        file: 'C:\\src\\k.cu',
        line: '13',
        column: '7',
        severity: 'warning',
        code: 'C4244',
        message: "conversion from 'double' to 'int'",
      },
    ]);
  });

  test('ptxas, nvlink and nvcc itself', () => {
    const problems =
      problemsIn(`ptxas /tmp/tmpxft_1-6_c.ptx, line 32; error   : Not a name of any known instruction: 'bogus'
ptxas fatal   : Ptx assembly aborted due to errors
ptxas error   : Entry function '_Z3bigPf' uses too much shared data (0x13880 bytes, 0xc000 max)
ptxas info    : 0 bytes gmem
nvlink error   : Undefined reference to 'un' in '/tmp/tmpxft_00005b38_00000000-11_l.o'
nvcc fatal   : Unsupported gpu architecture 'sm_20'
nvcc warning : Support for offline compilation for architectures prior to '<compute/sm/lto>_75' will be removed
At end of source: error: expected a "}"
`);
    expect(problems).toEqual([
      {
        matcher: 'ptxas',
        file: '/tmp/tmpxft_1-6_c.ptx',
        line: '32',
        severity: 'error',
        message: "Not a name of any known instruction: 'bogus'",
      },
      {
        matcher: 'tools',
        file: 'ptxas',
        severity: 'error',
        message: "Entry function '_Z3bigPf' uses too much shared data (0x13880 bytes, 0xc000 max)",
      },
      {
        matcher: 'tools',
        file: 'nvlink',
        severity: 'error',
        message: "Undefined reference to 'un' in '/tmp/tmpxft_00005b38_00000000-11_l.o'",
      },
      { matcher: 'tools', file: 'nvcc', severity: 'error', message: "Unsupported gpu architecture 'sm_20'" },
      {
        matcher: 'tools',
        file: 'nvcc',
        severity: 'warning',
        message: "Support for offline compilation for architectures prior to '<compute/sm/lto>_75' will be removed",
      },
      { matcher: 'tools', file: 'At end of source', severity: 'error', message: 'expected a "}"' },
    ]);
  });

  test('what is no message is left alone', () => {
    expect(problemsIn('a.cu\nhello (world): 12\n\n    ^\nRegistering kernel: 12\n12:30:01 done\n')).toEqual([]);
  });
});
