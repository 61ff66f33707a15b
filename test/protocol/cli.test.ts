/** The bundled command line, as CI calls it. */
import { execa } from 'execa';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderWith, has } from './files';

const cli = path.resolve(__dirname, '../../dist/cli.js');
const kernelLens = (folder: string, ...args: string[]) =>
  execa(process.execPath, [cli, ...args], { cwd: folder, reject: false, timeout: 120_000, env: { LC_ALL: 'C' } });

const clean = '__global__ void k(float* a) { a[threadIdx.x] = 1; }\nvoid f(float* a) { k<<<1, 32>>>(a); }\n';
const large = clean.replace('<<<1, 32>>>', '<<<1, 2048>>>');

describe('kernel-lens check', () => {
  it('takes files and folders, prints as compilers do, and ends with 1 where there are errors', async () => {
    const folder = await folderWith({ 'a.cu': large, 'b 한글.cuh': clean, 'notes.txt': 'no source' });
    await mkdir(path.join(folder, 'node_modules'));
    await writeFile(path.join(folder, 'node_modules', 'c.cu'), large);
    const { stdout, stderr, exitCode } = await kernelLens(folder, 'check', '--no-nvcc', '.', 'a.cu');
    expect(stdout).toBe(
      'a.cu:2:27: error: a block of 2048 threads cannot be launched; the limit is 1024 [block-too-large]',
    );
    expect(stderr).toMatch(/^2 files, 1 error, 0 warnings, [\d.]+ s$/);
    expect(exitCode).toBe(1);
  });

  it('says nothing at all about clean sources when asked to be quiet', async () => {
    const folder = await folderWith({ 'a.cu': clean });
    expect(await kernelLens(folder, 'check', '--no-nvcc', '--quiet', 'a.cu')).toMatchObject({
      stdout: '',
      stderr: '',
      exitCode: 0,
    });
  });

  it('checks many files on several processes, in order, and is not stopped by one that cannot be read', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `f${String(i).padStart(2, '0')}.cu`);
    const folder = await folderWith(Object.fromEntries(names.map((name, i) => [name, i % 3 === 0 ? large : clean])));
    const { stdout, exitCode } = await kernelLens(folder, 'check', '--no-nvcc', '.');
    expect(stdout.split('\n').map((line) => line.split(':', 1)[0])).toEqual(['f00.cu', 'f03.cu', 'f06.cu', 'f09.cu']);
    expect(exitCode).toBe(1);
    const gone = await kernelLens(folder, 'check', '--no-nvcc', 'f00.cu', 'gone.cu');
    expect(gone.stderr).toContain('gone.cu: cannot be read (ENOENT)');
    expect(gone.exitCode).toBe(2);
  });

  it('reads a file that begins with a byte order mark, and says of UTF-16 what to do', async (context) => {
    const folder = await folderWith({ 'mark.cu': `\uFEFF#include <cstdio>\n${clean}` });
    await writeFile(path.join(folder, 'wide.cu'), Buffer.from(`\uFEFF${clean}`, 'utf16le'));
    const wide = await kernelLens(folder, 'check', '--no-nvcc', 'wide.cu');
    expect(wide.stderr).toContain('wide.cu: cannot be read (it is encoded in UTF-16, which nvcc does not understand');
    expect(wide.exitCode).toBe(2);
    context.skip(!(await has('nvcc')), 'nvcc is not installed');
    expect(await kernelLens(folder, 'check', '--quiet', 'mark.cu')).toMatchObject({ stdout: '', exitCode: 0 });
  });

  it('chooses rules and severities', async () => {
    const folder = await folderWith({ 'a.cu': large });
    const check = async (...args: string[]) => {
      const { stdout, exitCode } = await kernelLens(folder, 'check', '--no-nvcc', '--quiet', ...args, 'a.cu');
      return [stdout.replace(/^.*?: (\w+): .*$/s, '$1'), exitCode];
    };
    expect(await check('--rules', '-block-too-large')).toEqual(['', 0]);
    expect(await check('--rules', 'zero-launch-dim')).toEqual(['', 0]);
    expect(await check('--rules', 'default,block-too-large=warning')).toEqual(['warning', 0]);
    expect(await check('--rules', 'block-too-large=warning', '--fail-on', 'warning')).toEqual(['warning', 1]);
    expect(await check('--rules', 'block-too-large=hint', '--severity', 'warning')).toEqual(['', 0]);
    const wrong = await kernelLens(folder, 'check', '--rules', 'no-such-rule', 'a.cu');
    expect(wrong.stderr).toContain("There is no rule 'no-such-rule'. Rules: ");
    expect(wrong.exitCode).toBe(2);
  });

  it('writes SARIF that names rules, places below the root and what could not be checked', async () => {
    const folder = await folderWith({ 'my src/a.cu': large, 'b.cu': clean });
    const { stdout, exitCode } = await kernelLens(folder, 'check', '--no-nvcc', '--format', 'sarif', '.');
    expect(exitCode).toBe(1);
    const log = JSON.parse(stdout) as { version: string; runs: Record<string, never>[] };
    expect(log.version).toBe('2.1.0');
    const [run] = log.runs as unknown as [
      { tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; ruleIndex: number }[] },
    ];
    expect(run.results).toMatchObject([
      {
        ruleId: 'block-too-large',
        level: 'error',
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'my%20src/a.cu', uriBaseId: '%SRCROOT%' },
              region: { startLine: 2, startColumn: 27, endLine: 2, endColumn: 31 },
            },
          },
        ],
      },
    ]);
    const [result] = run.results;
    expect(run.tool.driver.rules[result?.ruleIndex ?? -1]?.id).toBe('block-too-large');
    const broken = await kernelLens(folder, 'check', '--no-nvcc', '--format', 'sarif', '--quiet', 'b.cu');
    expect(JSON.parse(broken.stdout)).toMatchObject({
      runs: [{ results: [], invocations: [{ executionSuccessful: true }] }],
    });
  });

  it("adds nvcc's messages under rules of their own", async (context) => {
    context.skip(!(await has('nvcc')), 'nvcc is not installed');
    const folder = await folderWith({ 'a.cu': 'int f() { int unused; return undefined_name; }\n' });
    const { stdout } = await kernelLens(folder, 'check', '--format', 'sarif', '--quiet', 'a.cu');
    const log = JSON.parse(stdout) as { runs: [{ results: { ruleId: string; level: string }[] }] };
    const found = log.runs[0].results.map(({ ruleId, level }) => `${level} ${ruleId}`);
    expect(found).toEqual(expect.arrayContaining(['error nvcc', 'warning nvcc/177-D']));
  });
});

describe('kernel-lens plan', () => {
  it('prints every value with its origin, and says what cannot be set', async () => {
    const scale = '__global__ void scale(float* a, int n) { if (threadIdx.x < n) a[threadIdx.x] *= 2; }';
    const folder = await folderWith({
      'a.cu': `// kernel-lens: a[64]=ramp\n${scale}\nvoid f(float* p, int m) { scale<<<1, 32>>>(p, m); }\n`,
    });
    const { stdout, exitCode } = await kernelLens(folder, 'plan', 'a.cu', '--set', 'n=32');
    expect(stdout.split('\n')).toEqual([
      'scale',
      '  grid       1 blocks  (launch in line 3)',
      '  block      32 threads  (launch in line 3)',
      '  argument   float* a: 64 elements  (directive in line 1)',
      '             filled 0, 1, 2, …  (directive in line 1)',
      '  argument   int n = 32  (set on the command line)',
    ]);
    expect(exitCode).toBe(0);
    expect(await kernelLens(folder, 'plan', 'a.cu', '--set', 'Q=7')).toMatchObject({ stdout: '', exitCode: 2 });
  });
});
