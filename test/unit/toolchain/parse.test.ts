import { describe, expect, it } from 'vitest';
import { parseNvccOutput, type CompilerMessage } from '../../../server/src/toolchain';

/** The parts of a message that matter to a test, absent ones left out. */
function brief(messages: readonly CompilerMessage[]): unknown[] {
  return messages.map(({ origin, severity, code, file, line, column, message, related, symbol, ptx }) =>
    JSON.parse(
      JSON.stringify({
        origin,
        severity,
        code,
        file,
        line,
        column,
        message,
        symbol,
        ptx,
        ...(related.length > 0 ? { related } : {}),
      }),
    ),
  );
}

describe('parseNvccOutput', () => {
  it('reads front end errors with their code, caret and instantiation', () => {
    const messages = parseNvccOutput(`a.cu(3): error #20: identifier "foo" is undefined
  template<class T> __attribute__((global)) void k(T* p) { int unused; p[0] = T(foo); }
                                                                                ^
          detected during instantiation of "void k(T *) [with T=float]" at line 9

a.cu(6): error: static assertion failed with "S"
  template<class T> struct S { static_assert(sizeof(T) == 8, "S"); };
                               ^
          detected during:
            instantiation of class "S<T> [with T=int]" at line 7 of inc/deep.h
            instantiation of "void q(T) [with T=int]" at line 12

a.cu(8): warning #550-D: variable "x" was set but never used
  int x;
      ^

Remark: The warnings can be suppressed with "-diag-suppress <warning-number>"

5 errors detected in the compilation of "a.cu".
`);
    expect(brief(messages)).toEqual([
      {
        origin: 'frontend',
        severity: 'error',
        code: '20',
        file: 'a.cu',
        line: 3,
        message: 'identifier "foo" is undefined',
        related: [{ message: 'detected during instantiation of "void k(T *) [with T=float]"', file: 'a.cu', line: 9 }],
      },
      {
        origin: 'frontend',
        severity: 'error',
        file: 'a.cu',
        line: 6,
        message: 'static assertion failed with "S"',
        related: [
          { message: 'detected during instantiation of class "S<T> [with T=int]"', file: 'inc/deep.h', line: 7 },
          { message: 'detected during instantiation of "void q(T) [with T=int]"', file: 'a.cu', line: 12 },
        ],
      },
      {
        origin: 'frontend',
        severity: 'warning',
        code: '550-D',
        file: 'a.cu',
        line: 8,
        message: 'variable "x" was set but never used',
      },
    ]);
    expect(messages[2]?.caret).toEqual({ text: '  int x;', column: 6 });
  });

  it('hangs notes and argument types on their error', () => {
    const [message, ...others] =
      parseNvccOutput(`/tmp/my dir/한 글.cu(3): error: no instance of overloaded function "f" matches the argument list
            argument types are: (const char [2])
  void g() { f("a"); f(1,2,3); }
             ^
/tmp/my dir/한 글.cu(2): note #3326-D: function "f(int)" does not match because argument #1 does not match parameter
  void f(int, int); void f(int);
                         ^
`);
    expect(others).toEqual([]);
    expect(message?.message).toBe(
      'no instance of overloaded function "f" matches the argument list; argument types are: (const char [2])',
    );
    expect(message?.file).toBe('/tmp/my dir/한 글.cu');
    expect(message?.related).toEqual([
      {
        message: 'function "f(int)" does not match because argument #1 does not match parameter',
        file: '/tmp/my dir/한 글.cu',
        line: 2,
      },
    ]);
  });

  it('writes identifiers outside ASCII as letters, and moves the caret with them', () => {
    const [message] = parseNvccOutput(`a.cu(9): error: identifier "\\ud55c\\uae00" is undefined
  int y = \\U000000e9; return \\U0000d55c\\U0000ae00; }
                              ^
`);
    expect(message?.message).toBe('identifier "한글" is undefined');
    expect(message?.caret).toEqual({ text: '  int y = é; return 한글; }', column: 21 });
  });

  it('reads gcc, ptxas, nvlink, nvcc and MSVC', () => {
    const messages = parseNvccOutput(`b.cu:1:10: fatal error: missing.h: No such file or directory
    1 | #include "missing.h"
      |          ^~~~~~~~~~~
compilation terminated.
In file included from b.cu:3:
/usr/include/x.h:12:5: warning: unused variable 'a' [-Wunused-variable]
   12 |  int a;
cc1plus: fatal error: nofile.cu: No such file or directory
ptxas /tmp/tmpxft_1-6_c.ptx, line 32; error   : Not a name of any known instruction: 'bogus'
ptxas fatal   : Ptx assembly aborted due to errors
ptxas error   : Entry function '_Z3bigPf' uses too much shared data (0x13880 bytes, 0xc000 max)
ptxas info    : 0 bytes gmem
nvlink error   : Undefined reference to '_Z1fv' in 'a.o'
nvcc fatal   : Unsupported gpu architecture 'sm_20'
C:\\src\\k.cu(12): error C2065: 'foo': undeclared identifier
C:\\src\\k.cu:4:2: error: #error "old"
`);
    expect(brief(messages)).toEqual([
      {
        origin: 'host',
        severity: 'error',
        file: 'b.cu',
        line: 1,
        column: 10,
        message: 'missing.h: No such file or directory',
      },
      {
        origin: 'host',
        severity: 'warning',
        code: '-Wunused-variable',
        file: '/usr/include/x.h',
        line: 12,
        column: 5,
        message: "unused variable 'a'",
      },
      { origin: 'host', severity: 'error', message: 'nofile.cu: No such file or directory' },
      {
        origin: 'ptxas',
        severity: 'error',
        message: "Not a name of any known instruction: 'bogus'",
        ptx: { file: '/tmp/tmpxft_1-6_c.ptx', line: 32 },
      },
      {
        origin: 'ptxas',
        severity: 'error',
        message: "Entry function '_Z3bigPf' uses too much shared data (0x13880 bytes, 0xc000 max)",
        symbol: '_Z3bigPf',
      },
      { origin: 'nvlink', severity: 'error', message: "Undefined reference to '_Z1fv' in 'a.o'" },
      { origin: 'driver', severity: 'error', message: "Unsupported gpu architecture 'sm_20'" },
      {
        origin: 'host',
        severity: 'error',
        code: 'C2065',
        file: 'C:\\src\\k.cu',
        line: 12,
        message: "'foo': undeclared identifier",
      },
      { origin: 'host', severity: 'error', file: 'C:\\src\\k.cu', line: 4, column: 2, message: '#error "old"' },
    ]);
  });

  it('reads the forms of older releases', () => {
    const messages = parseNvccOutput(`old.cu(5): warning: attribute "__global__" does not apply here

C:/CUDA/v11.8/include\\cub/device/sort.cuh(338): error: expected an identifier       

tree.cuh(328): warning 177-D: variable "unused" was declared but never referenced [build\\app.vcxproj]
select.cuh(437): error: more than one instance of overloaded function "lib::report" matches the argument list:
            function "lib::report(cudaError_t)" (declared at line 184 of /usr/include/lib/debug.cuh)
            function "lib::v1::report(cudaError_t)"
debug.cuh(68): here
            argument types are: (cudaError_t)
          detected during:
            instantiation of "void lib::dispatch(T *) [with T=int]"
(120): here
            instantiation of "void lib::run(T *) [with T=int]"
main.cu(33): here

1 error detected in the compilation of "/tmp/tmpxft_00001830_00000000-9_old.cpp1.ii".
nvcc warning : Support for offline compilation for architectures prior to '<compute/sm/lto>_75' will be removed in a future release (Use -Wno-deprecated-gpu-targets to suppress warning).
`);
    const overload = 'more than one instance of overloaded function "lib::report" matches the argument list:';
    const candidates = [
      'function "lib::report(cudaError_t)" (declared at line 184 of /usr/include/lib/debug.cuh)',
      'function "lib::v1::report(cudaError_t)"',
    ];
    expect(brief(messages)).toEqual([
      {
        origin: 'frontend',
        severity: 'warning',
        file: 'old.cu',
        line: 5,
        message: 'attribute "__global__" does not apply here',
      },
      {
        origin: 'frontend',
        severity: 'error',
        file: 'C:/CUDA/v11.8/include\\cub/device/sort.cuh',
        line: 338,
        message: 'expected an identifier',
      },
      {
        origin: 'frontend',
        severity: 'warning',
        code: '177-D',
        file: 'tree.cuh',
        line: 328,
        message: 'variable "unused" was declared but never referenced',
      },
      {
        origin: 'frontend',
        severity: 'error',
        file: 'select.cuh',
        line: 437,
        message: [overload, ...candidates, 'argument types are: (cudaError_t)'].join('; '),
        related: [
          { message: candidates[1], file: 'debug.cuh', line: 68 },
          {
            message: 'detected during instantiation of "void lib::dispatch(T *) [with T=int]"',
            file: 'select.cuh',
            line: 120,
          },
          { message: 'detected during instantiation of "void lib::run(T *) [with T=int]"', file: 'main.cu', line: 33 },
        ],
      },
      {
        origin: 'driver',
        severity: 'warning',
        message:
          "Support for offline compilation for architectures prior to '<compute/sm/lto>_75' will be removed in a future release (Use -Wno-deprecated-gpu-targets to suppress warning).",
      },
    ]);
  });

  it('keeps quiet about output that is no message', () => {
    expect(parseNvccOutput('a.cu\nhello (world)\n\n    ^\nRegistering kernel: 12\n')).toEqual([]);
    expect(parseNvccOutput('')).toEqual([]);
  });
});
