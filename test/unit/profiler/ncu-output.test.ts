/** What ncu prints, and how it is called and found. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectArguments } from '../../../server/src/profiler/ncu/arguments';
import { parseCsv, parseNumber, unitScale } from '../../../server/src/profiler/ncu/csv';
import { locateNcu } from '../../../server/src/profiler/ncu/locate';
import { collect } from '../../../server/src/profiler/ncu';
import { problemOf, ProgramOutput, ProgressReader, warningsOf } from '../../../server/src/profiler/ncu/output';

const recorded = (name: string) => readFileSync(path.resolve('test/fixtures/ncu', name), 'utf8');
const run = recorded('ncu-run.txt');

describe('progress', () => {
  it('is followed through pieces of output', () => {
    const reader = new ProgressReader();
    expect(reader.add('==PROF== Connected to process 641 (/home/user/demo/vec)\n')).toBeUndefined();
    expect(reader.add('==PROF== Profiling "sgemm" - 5: ')).toEqual({ kernel: 'sgemm', percent: 0 });
    expect(reader.add('0%....')).toEqual({ kernel: 'sgemm', percent: 50 });
    expect(reader.add('50%..')).toEqual({ kernel: 'sgemm', percent: 75 });
    expect(reader.add('..100% - 38 passes\n')).toEqual({ kernel: 'sgemm', percent: 100, passes: 38 });
  });

  it('is read from a recorded run', () => {
    expect(new ProgressReader().add(recorded('kernels-run.txt'))).toMatchObject({ kernel: 'fmaLoop(float *, int)' });
    expect(new ProgressReader().add('==PROF== Profiling "scale": 0%....')).toEqual({ kernel: 'scale', percent: 50 });
    expect(new ProgressReader().add(run)).toEqual({ kernel: 'sgemm', percent: 100, passes: 38 });
  });
});

it("is told from the program's own output", () => {
  const lines: string[] = [];
  const output = new ProgramOutput((text) => lines.push(text));
  for (const piece of [
    '==PROF== Profiling "k" - 0: 0%',
    '....',
    '100% - 9 passes\nno er',
    'ror\n',
    '==WARNING== x\n\n\n',
    'a\n\nlast',
  ]) {
    output.add(piece);
  }
  output.end();
  expect(lines.join('')).toBe('no error\na\n\nlast');
});

describe('problems', () => {
  it('of permission are told from others', () => {
    const text =
      '==ERROR== ERR_NVGPUCTRPERM - The user does not have permission to access NVIDIA GPU Performance Counters on the target device 0. For instructions on enabling permissions and to get more information see https://developer.nvidia.com/ERR_NVGPUCTRPERM';
    expect(problemOf(`==PROF== Connected to process 1\n${text}\n`)).toEqual({ kind: 'noPermission' });
    const missed = problemOf(recorded('no-kernel.txt'));
    expect(missed).toMatchObject({ kind: 'noKernel' });
    expect(missed).toHaveProperty('available.11', 'vectorAdd');
    expect(problemOf('==ERROR== Failed to profile "k" in process 5\n')).toEqual({
      kind: 'other',
      message: 'Failed to profile "k" in process 5',
    });
    expect(problemOf(run)).toBeUndefined();
  });

  it('that change nothing are no notes', () => {
    expect(warningsOf(run)).toEqual([]);
    expect(warningsOf('==WARNING== Backing up device memory in system memory.\n')).toEqual([
      'Backing up device memory in system memory.',
    ]);
  });
});

describe('numbers', () => {
  it('have their thousands, their units and their absence read', () => {
    expect(['571,980', '0.56', '-', 'nan', ''].map(parseNumber)).toEqual([
      571980,
      0.56,
      undefined,
      undefined,
      undefined,
    ]);
    expect(['Gbyte/s', 'Kbyte', 'us', 'Ghz', '%', 'byte/block', 'hz'].map(unitScale)).toEqual([
      1e9, 1e3, 1e-6, 1e9, 1, 1, 1,
    ]);
    expect(unitScale('sector/ns')).toBeCloseTo(1e9);
  });

  it('are taken out of quoted fields', () => {
    expect(parseCsv('"a ""b"", c","1,024"\r\nplain,\n')).toEqual([
      ['a "b", c', '1,024'],
      ['plain', ''],
    ]);
  });
});

it('asks for one kernel by its name alone', () => {
  const common = { report: '/tmp/r', full: false, clocks: 'none', betweenMarks: false } as const;
  const args = collectArguments({ ...common, kernel: 'ns::scale', skip: 2, count: 3 });
  const pattern = new RegExp((args[args.indexOf('--kernel-name') + 1] ?? '').replace('regex:', ''));
  expect(
    ['ns::scale(int)', 'void ns::scale<float>(float *)', 'ns::scaled(int)', 'ns2::ns::scale2(int)'].map((name) =>
      pattern.test(name),
    ),
  ).toEqual([true, true, false, false]);
  expect(args.join(' ')).toContain('--launch-skip 2 --launch-count 3');
  expect(collectArguments({ ...common, full: true })).not.toContain('--section');
});

it.skipIf(process.platform === 'win32')(
  'gives the last word of a tool that fails, and its report where there is one',
  async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'kernel-lens-ncu-'));
    const ncu = path.join(folder, 'ncu');
    const options = { report: path.join(folder, 'r'), full: false, clocks: 'none', betweenMarks: true } as const;
    const collected = (script: string) => {
      writeFileSync(ncu, `#!/bin/sh\n${script}\n`);
      chmodSync(ncu, 0o755);
      return collect(ncu, options, { file: 'program', args: [] }, { signal: new AbortController().signal });
    };
    try {
      const broken = { kind: 'other', message: 'libcuda.so: cannot open shared object file' };
      expect(await collected(`echo start; echo '${broken.message}' >&2; exit 127`)).toMatchObject({ problem: broken });
      expect(await collected('exit 0')).toMatchObject({ problem: { kind: 'noKernel' } });
      // The program's own exit code is no failure of the tool's.
      expect(await collected('echo > "$2.ncu-rep"; exit 3')).toMatchObject({ status: 'ok' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

it.skipIf(process.platform === 'win32')('finds ncu in the toolkit, by the setting or not at all', async () => {
  const root = mkdtempSync(path.join(os.tmpdir(), 'kernel-lens-ncu-'));
  try {
    const own = path.join(root, 'nsight-compute-2025.3.1');
    for (const folder of [own, path.join(root, 'nsight-compute-2024.1.0')]) {
      mkdirSync(folder);
      writeFileSync(path.join(folder, 'ncu'), '#!/bin/sh\n');
      chmodSync(path.join(folder, 'ncu'), 0o755);
    }
    const env = { PATH: '' };
    const ncu = path.join(own, 'ncu');
    expect(await locateNcu({ setting: '', toolkitRoot: root, env })).toEqual({ found: true, ncu });
    expect(await locateNcu({ setting: ncu, toolkitRoot: undefined, env })).toEqual({ found: true, ncu });
    const missing = await locateNcu({ setting: path.join(root, 'nowhere'), toolkitRoot: root, env });
    expect(missing).toEqual({ found: false, tried: [path.join(root, 'nowhere', 'ncu')] });
    // PATH may name a folder twice, and the toolkit's.
    const bin = path.join(root, 'empty', 'bin');
    const PATH = `${bin}:${root}/x/:${root}/x:${bin}`;
    const twice = await locateNcu({ setting: '', toolkitRoot: path.join(root, 'empty'), env: { PATH } });
    // A machine with Nsight Compute in its usual folder finds that one.
    const tried = twice.found ? [bin, `${root}/x`] : twice.tried.map((file) => path.dirname(file));
    expect(tried.filter((folder) => folder.startsWith(root))).toEqual([bin, `${root}/x`]);
  } finally {
    rmSync(root, { recursive: true });
  }
});
