/** Reports of compute-sanitizer 2025.3 (CUDA 13.0, an H100), and what becomes of them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Dim3, LaunchPlan } from '../../../protocol/src';
import { sanitizerTools, type SanitizerTool } from '../../../protocol/src/sanitize';
import { ofBlocks } from '../../../server/src/profiler/sanitizer/find-line';
import { findingsOf } from '../../../server/src/profiler/sanitizer/findings';
import { describeAddress } from '../../../server/src/profiler/sanitizer/memory';
import { parseSanitizerText } from '../../../server/src/profiler/sanitizer/text';
import { parseSanitizerHelp, sanitizerArguments } from '../../../server/src/profiler/sanitizer/tool';
import { parseSanitizerXml } from '../../../server/src/profiler/sanitizer/xml';

const folder = path.resolve('test/fixtures/sanitizer');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.xml'))
  .map((name) => name.slice(0, -4));
const file = '/home/user/project/sanitize.cu';
const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');

function toolOf(name: string): SanitizerTool {
  const tool = sanitizerTools.find((candidate) => name.startsWith(candidate));
  if (tool === undefined) throw new Error(name);
  return tool;
}

const context = { ranges: [], isOwn: (name: string) => name === file };

/** Tool, severity, place, message and related places of each finding of the XML. */
function told(name: string): string[] {
  const records = parseSanitizerXml(read(`${name}.xml`), toolOf(name)) ?? [];
  return findingsOf(records, context).flatMap(({ severity, location, message, related }) => [
    `${severity} ${path.basename(location?.file ?? '?')}:${location?.line}: ${message}`,
    ...related.map((note) => `  ${note.location?.line}: ${note.message}`),
  ]);
}

describe('compute-sanitizer XML', () => {
  it.each([
    [
      'memcheck-out-of-bounds',
      [
        'error sanitize.cu:13: Reads 4 bytes of global memory out of bounds (3 times, first by thread (232, 0, 0) of block (3, 0, 0)).',
        '  64: Launched in main',
      ],
    ],
    [
      'memcheck-misaligned',
      [
        'error sanitize.cu:18: Writes 16 bytes of global memory at a misaligned address (3 times, first by thread (0, 0, 0) of block (0, 0, 0)).',
        '  65: Launched in main',
      ],
    ],
    [
      'memcheck-shared-in-function',
      [
        'error sanitize.cu:21: Writes 4 bytes of shared memory out of bounds (3 times, first by thread (0, 0, 0) of block (0, 0, 0)).',
        '  25: Called from sharedPastTheEnd',
        '  66: Launched in main',
      ],
    ],
    [
      'memcheck-null-pointer',
      [
        'error sanitize.cu:29: Writes 4 bytes of global memory out of bounds: a null pointer (3 times, first by thread (0, 0, 0) of block (0, 0, 0)).',
        '  67: Launched in main',
      ],
    ],
    [
      'memcheck-launch-too-large',
      ['error sanitize.cu:72: cudaLaunchKernel failed: invalid argument (cudaErrorInvalidValue).'],
    ],
    ['memcheck-double-free', ['error sanitize.cu:78: cudaFree failed: invalid argument (cudaErrorInvalidValue).']],
    ['memcheck-clean', []],
    [
      'racecheck-race',
      [
        'error sanitize.cu:34: Race in shared memory: no barrier lies between this write and a read at line 35 (1,024 hazards).',
        '  35: The read',
      ],
    ],
    [
      'racecheck-race-same-line',
      [
        'error sanitize.cu:40: Race in shared memory: no barrier lies between this write and the same write of another thread (63 hazards).',
      ],
    ],
    [
      'initcheck-uninitialized',
      [
        'error sanitize.cu:47: Reads global memory that nothing has written (3 times, first by thread (0, 0, 0) of block (0, 0, 0)).',
        '  70: Launched in main',
      ],
    ],
    [
      'synccheck-divergent-barrier',
      [
        'error sanitize.cu:52: Barrier error: divergent thread(s) in warp (3 times, first by thread (0, 0, 0) of block (0, 0, 0)).',
        '  71: Launched in main',
      ],
    ],
  ])('%s', (name, expected) => {
    expect(told(name)).toEqual(expected);
  });

  it('is refused where it is something else, and read as far as a killed tool wrote it', () => {
    expect(parseSanitizerXml('', 'memcheck')).toBeUndefined();
    expect(parseSanitizerXml('<other/>', 'memcheck')).toBeUndefined();
    const whole = read('memcheck-out-of-bounds.xml');
    const broken = parseSanitizerXml(whole.slice(0, whole.indexOf('<where>')), 'memcheck');
    expect(broken).toMatchObject([{ kind: 'access', address: expect.any(BigInt) }]);
  });
});

describe('compute-sanitizer text', () => {
  it.each(names)('%s says what the XML says', (name) => {
    const tool = toolOf(name);
    const plain = (record: object) => ({ ...record, nearest: undefined, hostStack: undefined });
    const text = parseSanitizerText(read(`${name}.txt`), tool).records.map(plain);
    expect(text).toEqual((parseSanitizerXml(read(`${name}.xml`), tool) ?? []).map(plain));
  });

  it('tells the allocation next to an address, and what was not printed', () => {
    const { records, omitted } = parseSanitizerText(read('memcheck-out-of-bounds.txt'), 'memcheck');
    expect(records[0]).toMatchObject({ nearest: { offset: 4000n, bytes: 4000 } });
    expect(omitted).toBe(5);
    const [first] = findingsOf(records, context);
    expect(first?.message).toBe(
      'Reads 4 bytes of global memory out of bounds: right behind an allocation of 4,000 bytes (3 times, first by thread (232, 0, 0) of block (3, 0, 0)).',
    );
    expect(first?.related).toEqual([{ message: 'Launched in main', location: { file, line: 64 } }]);
  });

  it('of a launch that failed is placed at the launch as well, not at the stub of the kernel', () => {
    const { records } = parseSanitizerText(read('memcheck-launch-too-large.txt'), 'memcheck');
    expect(findingsOf(records, context)).toMatchObject([{ location: { file, line: 72 }, related: [] }]);
  });

  it('the exit code of the program is no finding', () => {
    const said = '========= Target application returned an error\n========= ERROR SUMMARY: 1 error\n';
    expect(findingsOf(parseSanitizerText(said, 'racecheck').records, context)).toEqual([]);
  });

  it('of older versions is read as well', () => {
    const output = [
      '========= COMPUTE-SANITIZER',
      '========= Invalid __global__ write of size 4 bytes',
      '=========     at 0x70 in /home/user/project/sanitize.cu:13:pastTheEnd(float*,int)',
      '=========     by thread (232,0,0) in block (3,0,0)',
      '=========     Address 0x7f4c5e800fa0 is out of bounds',
      '=========     Saved host backtrace up to driver entry point at kernel launch time',
      '=========     Host Frame: [0x2e9441]',
      '=========                in /usr/lib/libcuda.so.1',
      '========= ',
      '========= ERROR SUMMARY: 1 error',
    ].join('\n');
    expect(parseSanitizerText(output, 'memcheck').records).toMatchObject([
      {
        kind: 'access',
        direction: 'write',
        error: 'out of bounds',
        address: 0x7f4c5e800fa0n,
        where: { function: 'pastTheEnd', file, line: 13 },
        thread: [232, 0, 0],
        block: [3, 0, 0],
      },
    ]);
  });

  it('leaks are told with their size, where they were allocated', () => {
    const output = [
      '========= Leaked 4,000 bytes at 0x7f0d7c000000',
      '=========     Saved host backtrace up to driver entry point at cudaMalloc time',
      `=========         Host Frame: main in ${file}:62 [0x8d37]`,
      '========= ',
    ].join('\n');
    const [leak] = findingsOf(parseSanitizerText(output, 'memcheck').records, context);
    expect(leak).toMatchObject({
      message: '4,000 bytes of device memory were never freed.',
      location: { file, line: 62 },
    });
  });
});

describe('addresses', () => {
  const a = { name: 'a', address: 0x1000n, bytes: 4000, elementBytes: 4 };
  const b = { name: 'b', address: 0x4000n, bytes: 4096, elementBytes: 16 };
  it.each([
    [0x1000n + 4000n, 'a[1000], but a has 1,000 elements'],
    [0x1000n + 4n, 'a[1]'],
    [0x1000n + 4002n, 'byte 4,002 of a, but a has 1,000 elements'],
    [0x4000n + 4096n, 'b[256], but b has 256 elements'],
    [0xff8n + 0n, 'a null pointer plus 4,088 bytes'],
    [1n << 40n, 'far from every buffer'],
  ])('%s is %s', (address, expected) => {
    expect(describeAddress(address, [b, a], undefined)).toBe(expected);
  });

  it('before the first buffer is a negative index', () => {
    const far = { ...a, address: 0x10000n };
    expect(describeAddress(0x10000n - 4n, [far], undefined)).toBe('a[-1], but a has 1,000 elements');
  });
});

describe('arguments', () => {
  const options = { log: 'l.txt', xml: 'x.xml', leaks: true, padding: 64 };
  /** The lines of `compute-sanitizer --help` that name options. */
  const help = (version: string) => readFileSync(`test/fixtures/sanitizer/options-${version}.txt`, 'utf8');
  const dialect = (version: string) => parseSanitizerHelp(help(version));

  it('ask for XML beside the text, and for leaks only where they mean something', () => {
    expect(sanitizerArguments({ ...options, tool: 'memcheck' }, dialect('13.0'))).toEqual(
      expect.arrayContaining(['--padding', '64', '--leak-check', 'full']),
    );
  });

  it.each([
    ['13.0', '--xml --save x.xml', ' --strip-paths no', '--kernel-name'],
    ['12.4', '--xml --save x.xml', '', '--kernel-name'],
    ['11.8', '--xml yes --save x.xml', '', '--kernel-regex'],
  ])('are those that the tool of CUDA %s knows', (version, saved, paths, kernel) => {
    const args = sanitizerArguments({ ...options, tool: 'racecheck', symbol: '_Z1kv' }, dialect(version));
    expect(args.join(' ')).toBe(
      `--tool racecheck ${saved} --log-file l.txt --print-limit 1000${paths} --destroy-on-device-error kernel ${kernel} kne=_Z1kv`,
    );
    const known = help(version);
    for (const option of args.filter((arg) => arg.startsWith('--')))
      expect(known).toMatch(new RegExp(`^ *${option}\\b`, 'm'));
  });
});

it('a launch is cut to its first blocks, but never through a cluster', () => {
  const plan = (grid: Dim3, cluster?: Dim3) => ({ grid, ...(cluster === undefined ? {} : { cluster }) }) as LaunchPlan;
  expect(ofBlocks(plan([65536, 1, 1]), 64).grid).toEqual([64, 1, 1]);
  expect(ofBlocks(plan([16, 512, 8]), 64).grid).toEqual([16, 4, 1]);
  const small = plan([8, 8, 1]);
  expect(ofBlocks(small, 64)).toBe(small);
  const clustered = plan([1024, 1, 1], [3, 1, 1]);
  expect(ofBlocks(clustered, 64)).toBe(clustered);
});
