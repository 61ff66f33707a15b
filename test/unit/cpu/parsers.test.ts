/** Parsers of tools' output, against recorded output. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { describe, expect, it } from 'vitest';
import { parseVersion } from '../../../server/src/runner/cpu/compiler';
import { parseCompilerErrors } from '../../../server/src/runner/cpu/compiler-output';
import { failureOf } from '../../../server/src/runner/cpu/faults';
import { parseFlags } from '../../../server/src/runner/cpu/flags';
import { parseReport, sanitizerLocation } from '../../../server/src/runner/cpu/report';

describe('parseVersion', () => {
  it.each([
    ['g++ (Debian 12.2.0-14+deb12u1) 12.2.0', 'gcc', '12.2.0', 'g++ 12.2.0'],
    ['g++-13 (Ubuntu 13.3.0-6ubuntu2~24.04) 13.3.0', 'gcc', '13.3.0', 'g++ 13.3.0'],
    ['g++ (GCC) 14.2.1 20240912 (Red Hat 14.2.1-3)', 'gcc', '14.2.1', 'g++ 14.2.1'],
    ['Debian clang version 14.0.6', 'clang', '14.0.6', 'clang++ 14.0.6'],
    ['Apple clang version 15.0.0 (clang-1500.3.9.4)', 'clang', '15.0.0', 'Apple clang++ 15.0.0'],
  ])('reads %s', (line, family, version, label) => {
    expect(parseVersion('/usr/bin/x', `${line}\nmore\n`)).toEqual({
      status: 'found',
      path: '/usr/bin/x',
      family,
      version,
      label,
    });
  });

  it('turns down what is too old or no compiler', () => {
    expect(parseVersion('/x', 'g++ (GCC) 4.8.5 20150623 (Red Hat 4.8.5-44)')).toMatchObject({ status: 'missing' });
    expect(parseVersion('/x', 'hello')).toBeUndefined();
  });
});

describe('parseCompilerErrors', () => {
  const parse = (output: string) =>
    parseCompilerErrors(output, {
      locate: (_file, line, column) => ({ line, ...(column === undefined ? {} : { column: column + 100 }) }),
      isUserFile: (file) => file.startsWith('/my code/'),
      fallbackFile: '/my code/a.cu',
    });

  it('reads errors at their places, notes and warnings left out', () => {
    const output = [
      "/my code/a.cu: In function 'int main()':",
      "/my code/a.cu:12:5: error: 'foo' was not declared in this scope",
      '/my code/a.cu:13:1: warning: unused',
      '/my code/a.cu:12:5: note: suggested alternative',
      '/my code/b.cuh:3:10: fatal error: none.h: No such file or directory',
    ].join('\n');
    expect(parse(output)).toEqual([
      {
        file: '/my code/a.cu',
        line: 12,
        column: 105,
        severity: 'error',
        message: "'foo' was not declared in this scope",
      },
      { file: '/my code/b.cuh', line: 3, column: 110, severity: 'error', message: 'none.h: No such file or directory' },
    ]);
  });

  it('moves an error in a header of ours to the line that led there', () => {
    const output = [
      '/opt/runtime/include/kernel_lens/driver.h: In instantiation of ...',
      '/my code/a.cu:7:34:   required from here',
      '/opt/runtime/include/kernel_lens/driver.h:70:20: error: static assertion failed: another number of arguments',
    ].join('\n');
    expect(parse(output)).toEqual([
      {
        file: '/my code/a.cu',
        line: 7,
        column: 134,
        severity: 'error',
        message: 'static assertion failed: another number of arguments',
      },
    ]);
  });

  it('reads the linker', () => {
    const output =
      "/usr/bin/ld: /tmp/x.o: in function `main':\n/my code/a.cu:9: undefined reference to `f()'\ncollect2: error: ld returned 1 exit status";
    expect(parse(output)).toEqual([
      { file: '/my code/a.cu', line: 1, severity: 'error', message: "undefined reference to `f()'" },
    ]);
  });
});

const asan = [
  'user text on stderr',
  '=================================================================',
  '==26352==ERROR: AddressSanitizer: use-after-poison on address 0x7fa9ba3fdfa0 at pc 0x56 bp 0x7fa9 sp 0x7fa9',
  'WRITE of size 4 at 0x7fa9ba3fdfa0 thread T0',
  '    #0 0x5642d3ba7a01 in atomicAdd<int> /opt/runtime/include/kernel_lens/atomics.h:55',
  '    #1 0x5642d3ba7a11 in operator() /my code/k.cu:8',
  '    #2 0x5642d3ba7bde in square(float*, int) /my code/k.cu:6',
  '',
  'Address 0x7fa9ba3fdfa0 is a wild pointer inside of access range of size 0x000000000004.',
].join('\n');

describe('sanitizerLocation', () => {
  it('is the innermost line of the user', () => {
    expect(sanitizerLocation(asan, ['/my code/k.cu'])).toEqual({ file: '/my code/k.cu', line: 8 });
    expect(sanitizerLocation(asan.replace('k.cu:8', 'k.cu:8:12'), ['/my code/k.cu'])).toEqual({
      file: '/my code/k.cu',
      line: 8,
      column: 12,
    });
  });

  it('never comes from the stack of the allocation', () => {
    const text =
      asan.replaceAll('/my code/k.cu:', '/other.cu:') +
      '\nallocated by thread T0 here:\n    #0 0x1 in main /my code/k.cu:20\n';
    expect(sanitizerLocation(text, ['/my code/k.cu'])).toBeUndefined();
    expect(sanitizerLocation('nothing', ['/my code/k.cu'])).toBeUndefined();
  });
});

describe('parseReport and failureOf', () => {
  const where = '"kernel":"k","block":[1,0,0],"thread":[2,3,0]';

  it('reads samples and skips a line that was cut off', () => {
    expect(
      parseReport(
        '{"event":"sample","us":12.5}\n{"event":"sample","us":13}\n{"event":"finished","threads":4}\n{"event":"sam',
      ),
    ).toEqual({
      samples: [12.5, 13],
      kernels: [],
      changed: [],
      notFinite: [],
      compared: [],
      inReference: false,
      finished: true,
      threads: 4,
    });
  });

  it('names the element of a buffer that was overrun', () => {
    const report = parseReport(
      `{"event":"sanitizer","error":"use-after-poison","access":"write","accessBytes":4,"address":"0x10","memory":"allocation","offset":4096,"bytes":4096,"elementBytes":4,"name":"C",${where}}\n`,
    );
    expect(failureOf(report, { files: ['/my code/k.cu'], output: asan })).toMatchObject({
      status: 'kernelFaulted',
      fault: 'outOfBounds',
      message: 'Write of 4 bytes to C[1024], but C has 1024 elements. Kernel k, block (1, 0, 0), thread (2, 3, 0).',
      location: { file: '/my code/k.cu', line: 8 },
      block: [1, 0, 0],
      thread: [2, 3, 0],
    });
  });

  it('knows a failed launch', () => {
    const report = parseReport(
      '{"event":"launchFailed","code":"cudaErrorInvalidConfiguration","message":{"text":"no memory for buffer {0} of {1} bytes","values":["a","8"]}}',
    );
    expect(failureOf(report, { files: [], output: '' })).toMatchObject({
      status: 'launchFailed',
      message: 'The launch failed: no memory for buffer a of 8 bytes (cudaErrorInvalidConfiguration).',
    });
  });

  it('says what the runtime saw in the language of the user', () => {
    const message = '{"text":"index {0} is outside of {1}","values":["32","float [32]"]}';
    const report = parseReport(
      `{"event":"fault","kind":"outOfBounds","message":${message},"file":"/my code/k.cu","line":3,${where}}`,
    );
    try {
      l10n.config({ fsPath: path.resolve('l10n/bundle.l10n.ko.json') });
      expect(failureOf(report, { files: [], output: '' })).toMatchObject({
        fault: 'outOfBounds',
        message: '인덱스 32이(가) float [32]을(를) 벗어남. 커널 k, 블록 (1, 0, 0), 스레드 (2, 3, 0).',
      });
    } finally {
      l10n.config({ contents: {} });
    }
  });

  it('finds no failure in a good report', () => {
    expect(failureOf(parseReport('{"event":"sample","us":1}'), { files: [], output: '' })).toBeUndefined();
  });
});

describe('parseFlags', () => {
  it('keeps what a C++ compiler understands', () => {
    expect(
      parseFlags(
        [
          '-Iinc',
          '-I',
          '/abs',
          '-DN=4',
          '-D',
          'M',
          '-arch=sm_90',
          '--expt-extended-lambda',
          '-std=c++20',
          '-O3',
          '-lineinfo',
          '-Xcompiler',
          '-fopenmp,-Wall',
          '-lcublas',
          '-lm',
          '-isystem',
          'sys',
        ],
        '/project',
      ),
    ).toEqual({
      includeFolders: ['/project/inc', '/abs', '/project/sys'],
      compile: ['-DN=4', '-D', 'M', '-fopenmp'],
      link: ['-lm'],
      standard: 'c++20',
    });
    expect(parseFlags(['-std=c++11'], '/').standard).toBe('c++17');
  });
});
