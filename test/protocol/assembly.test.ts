/** Assembly and static cost of the real server, with the real nvcc. */
import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Hover, MarkupContent } from 'vscode-languageserver-protocol';
import {
  chooseLaunchRequest,
  type AssemblyAnswer,
  type AssemblyParams,
  type InstructionAnswer,
} from '../../protocol/src';
import { TestClient } from './client';
import { folderWith, has } from './files';

const source = `#include <cstdio>
__device__ float twice(float x) {
  return x + x;
}
template <int N>
__global__ void scale(float* a, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) a[i] = twice(a[i]) * N;
}
__global__ void tile(float* a) {
  __shared__ float part[1024];
  part[threadIdx.x] = a[threadIdx.x];
  __syncthreads();
  a[threadIdx.x] = part[255 - threadIdx.x];
}
void run(float* a, int n) {
  scale<3><<<(n + 255) / 256, 256>>>(a, n);
  tile<<<1, 256>>>(a);
}
`;

let client: TestClient | undefined;

afterEach(async () => {
  await client?.stop();
  client = undefined;
});

async function open(text: string, settings: object = {}, trusted = true) {
  const folder = await folderWith({ 'a.cu': text });
  client = await TestClient.start({
    settings: { cuda: { architecture: 'sm_90' }, diagnostics: { nvcc: 'onSave' }, ...settings },
    initializationOptions: { trusted },
  });
  const uri = await client.open(path.join(folder, 'a.cu'), text);
  const ask = (params: Partial<AssemblyParams> = {}) =>
    client!.connection.sendRequest<AssemblyAnswer>('kernelLens/assembly', { uri, kind: 'ptx', ...params });
  return { server: client, uri, ask };
}

function listing(answer: AssemblyAnswer) {
  if (answer.status !== 'ok') throw new Error(JSON.stringify(answer));
  const lines = answer.text.split('\n');
  /** Source lines of the first line of the listing that contains something, 0-based. */
  const links = (text: string) => answer.links[lines.findIndex((line) => line.includes(text))];
  return { ...answer, lines, linksOf: links };
}

const costOf = async (server: TestClient, uri: string) =>
  (await server.lenses(uri)).map(({ command }) => command?.title ?? '').filter((title) => /\d registers/.test(title));

async function until<T>(ask: () => Promise<T>, condition: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask();
    if (condition(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('assembly', () => {
  it('is that of one kernel, linked to its source lines through what was inlined', async (ctx) => {
    if (!(await has('nvcc'))) ctx.skip('nvcc is not installed');
    const { ask } = await open(source);
    const one = listing(await ask({ kernel: 'scale' }));
    expect(one.kind).toBe('ptx');
    expect(one.architecture).toBe('sm_90');
    expect(one.lines[0]).toMatch(/^\/\/ PTX of a\.cu · sm_90 · nvcc \d+\.\d+/);
    expect(one.text).toMatch(
      /\/\/ scale<3>\(float\*, int\)\n\/\/ \d+ registers · no spills \(sm_90\)\n\/\/ \d+ instructions: /,
    );
    expect(one.linksOf('add.f32')).toEqual([2, 7]);
    expect(one.linksOf('st.global.f32')).toEqual([7]);
    expect(one.text).not.toContain('tile');
    const all = listing(await ask());
    expect(all.text).toContain('.visible .entry _Z4tilePf(');
    expect(all.text).toContain('.version');
  });

  it('is for the architecture that was asked for, and SASS where there is nvdisasm', async (ctx) => {
    if (!(await has('nvcc'))) ctx.skip('nvcc is not installed');
    const { ask } = await open(source);
    const other = listing(await ask({ kernel: 'tile', kind: 'sass', architecture: 'sm_80' }));
    expect(other.architecture).toBe('sm_80');
    if (await has('nvdisasm')) {
      expect(other.kind).toBe('sass');
      expect(other.linksOf('BAR.SYNC')).toEqual([12]);
      expect(other.text).toMatch(/4\.00 KiB static shared memory/);
      expect(other.plain).not.toMatch(/\/\*[0-9a-f]{4}\*\//);
    } else {
      expect(other.kind).toBe('ptx');
      expect(other.text).toContain('There is no nvdisasm');
      expect(other.linksOf('bar.sync')).toEqual([12]);
    }
  });

  it('instantiates a template that nothing in the file does', async (ctx) => {
    if (!(await has('nvcc'))) ctx.skip('nvcc is not installed');
    const { ask } = await open(source.replace(/^ {2}scale<3>.*\n/m, ''));
    expect(listing(await ask({ kernel: 'scale' })).text).toMatch(/scale<\d+>\(float\*, int\)/);
  });

  it('says what is wrong with the source in the words of the compiler', async (ctx) => {
    if (!(await has('nvcc'))) ctx.skip('nvcc is not installed');
    const { ask } = await open(source.replace('return x + x', 'return y'));
    const answer = await ask({ kernel: 'scale' });
    expect(answer).toMatchObject({ status: 'failed', message: expect.stringContaining('identifier "y" is undefined') });
    expect(await ask({ kernel: 'none' })).toMatchObject({ status: 'failed', message: expect.stringContaining('none') });
  });

  it('is there for the last save as well', async (ctx) => {
    if (!(await has('nvcc'))) ctx.skip('nvcc is not installed');
    const { server, uri, ask } = await open(source);
    expect(await ask({ kernel: 'tile', before: true })).toMatchObject({ status: 'failed' });
    await server.replace(uri, '255 - threadIdx.x', '(threadIdx.x + 1) % 256');
    const [before, now] = [
      listing(await ask({ kernel: 'tile', before: true })),
      listing(await ask({ kernel: 'tile' })),
    ];
    expect(before.plain).not.toBe(now.plain);
    await server.save(uri);
    expect(listing(await ask({ kernel: 'tile', before: true })).plain).toBe(before.plain);
  });

  it('is not made of an untrusted workspace', async () => {
    const { ask } = await open(source, {}, false);
    expect(await ask()).toMatchObject({ status: 'failed', message: expect.stringContaining('not trusted') });
  });

  it('explains instructions', async () => {
    const { server } = await open(source);
    const line = '    st.global.f32 [%rd4], %f2;';
    const answer = await server.connection.sendRequest<InstructionAnswer>('kernelLens/instruction', {
      kind: 'ptx',
      line,
      character: 6,
    });
    expect(line.slice(answer?.start, answer?.end)).toBe('st.global.f32');
    expect(answer?.markdown).toContain('Stores');
  });
});

describe('static cost', () => {
  it('stands above each kernel after a compilation, with what a save has changed', async (ctx) => {
    if (!(await has('nvcc'))) ctx.skip('nvcc is not installed');
    const { server, uri } = await open(source);
    const first = await until(
      () => costOf(server, uri),
      (titles) => titles.length === 2,
    );
    expect(first[0]).toMatch(/^\d+ registers · occupancy 100 %$/);
    expect(first[1]).toMatch(/^\d+ registers · 4\.00 KiB shared · occupancy 100 %$/);
    await server.replace(uri, 'part[1024]', 'part[12000]');
    await server.save(uri);
    const second = await until(
      () => costOf(server, uri),
      (titles) => titles[1]?.includes('46.9') === true,
    );
    expect(second[0]).toBe(first[0]);
    expect(second[1]).toMatch(/46\.9 KiB shared \(\+42\.9 KiB\) · occupancy 50 % \(shared memory\), was 100 %$/);
  });

  it('can be switched off', async (ctx) => {
    if (!(await has('nvcc'))) ctx.skip('nvcc is not installed');
    const { server, uri } = await open(source);
    await until(
      () => costOf(server, uri),
      (titles) => titles.length === 2,
    );
    await server.configure({
      cuda: { architecture: 'sm_90' },
      diagnostics: { nvcc: 'onSave' },
      codeLens: { cost: false },
    });
    await until(
      () => costOf(server, uri),
      (titles) => titles.length === 0,
    );
  });

  it('is told for the blocks of a directive and of the chosen launch', async (ctx) => {
    if (!(await has('nvcc'))) ctx.skip('nvcc is not installed');
    const text = `// kernel-lens: block=32|64
__global__ void alone(float* a) { a[blockIdx.x * blockDim.x + threadIdx.x] *= 2.0f; }
__global__ void twice(float* a) { a[blockIdx.x * blockDim.x + threadIdx.x] *= 2.0f; }
void small(float* a) { twice<<<64, 32>>>(a); }
void large(float* a) { twice<<<64, 256>>>(a); }
`;
    const { server, uri } = await open(text);
    const first = await until(
      () => costOf(server, uri),
      (titles) => titles.length === 2,
    );
    // 32 blocks of 1, 2 and 8 warps: of 64 warps that a multiprocessor of sm_90 holds.
    expect(first[0]).toMatch(/^\d+ registers · occupancy 50 %–100 % \(number of blocks\)$/);
    expect(first[1]).toMatch(/^\d+ registers · occupancy 50 %–100 % \(number of blocks\)$/);
    await server.replace(uri, 'block=32|64', 'block=16x2');
    expect((await costOf(server, uri))[0]).toMatch(/· occupancy 50 % \(number of blocks\)$/);
    // No block of the directive can be launched: what is assumed says so.
    await server.replace(uri, 'block=16x2', 'block=2048');
    expect((await costOf(server, uri))[0]).toMatch(/· occupancy 100 % at 256 threads$/);
    const choice = { launch: { index: 1, text: 'twice<<<64, 256>>>(a)' } };
    await server.connection.sendRequest(chooseLaunchRequest, { chosen: [{ uri, kernel: 'twice', choice }] });
    expect((await costOf(server, uri))[1]).toMatch(/· occupancy 100 %$/);
  });

  it('is shown for several architectures side by side', async (ctx) => {
    if (!(await has('nvcc'))) ctx.skip('nvcc is not installed');
    const { server, uri } = await open(source, { cost: { architectures: ['sm_80', 'sm_90', 'sm_120'] } });
    const text = server.text(uri);
    const position = { line: text.slice(0, text.indexOf('tile(')).split('\n').length - 1, character: 18 };
    const hover = async () => {
      const answer = await server.connection.sendRequest<Hover | null>('textDocument/hover', {
        textDocument: { uri },
        position,
      });
      const value = (answer?.contents as MarkupContent | undefined)?.value ?? '';
      return value.replaceAll('&nbsp;', '');
    };
    const table = await until(hover, (value) => value.includes('sm_120'));
    for (const architecture of ['sm_80', 'sm_90', 'sm_120']) {
      expect(table).toMatch(
        new RegExp(`^\\| ${architecture} \\| \\d+ \\| 4\\.00\\sKiB \\| 256\\sthreads \\| \\d+ \\| 100\\s% \\|$`, 'm'),
      );
    }
  });
});

describe('kernel-lens', () => {
  const cli = path.resolve(__dirname, '../../dist/cli.js');
  const kernelLens = (folder: string, ...args: string[]) =>
    execa(process.execPath, [cli, ...args], { cwd: folder, reject: false, timeout: 120_000, env: { LC_ALL: 'C' } });

  it('cost prints a row for each kernel and architecture', async (ctx) => {
    if (!(await has('nvcc'))) ctx.skip('nvcc is not installed');
    const folder = await folderWith({ 'a.cu': source });
    const text = await kernelLens(folder, 'cost', 'a.cu', '--arch', 'sm_80', '--arch', 'sm_90');
    expect(text.exitCode, text.stderr).toBe(0);
    expect(text.stdout.split('\n')).toHaveLength(5);
    expect(text.stdout).toMatch(/^scale<3> +sm_80 +\d+ +0 B +0 B +256 +8 +100 %$/m);
    const json = await kernelLens(folder, 'cost', 'a.cu', '--arch', 'sm_90', '--format', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: 'ok',
      kernels: [
        { kernel: 'scale<3>', line: 6, architecture: 'sm_90', blockSize: 'launched' },
        {
          kernel: 'tile',
          staticShared: 4096,
          blocks: [{ threads: 256, dynamicShared: 0, blocksPerMultiprocessor: 8, occupancy: 1, limiter: 'warps' }],
        },
      ],
    });
  });

  it('asm prints a listing, and a failure with exit code 2', async (ctx) => {
    if (!(await has('nvcc'))) ctx.skip('nvcc is not installed');
    const folder = await folderWith({ 'a.cu': source });
    const text = await kernelLens(folder, 'asm', 'a.cu', '--ptx', '--kernel', 'tile', '--arch', 'sm_90');
    expect(text.exitCode, text.stderr).toBe(0);
    expect(text.stdout).toContain('.visible .entry _Z4tilePf(');
    const json = await kernelLens(folder, 'asm', 'a.cu', '--ptx', '--kernel', 'tile', '--format', 'json');
    const { lines } = JSON.parse(json.stdout) as { lines: { text: string; source: number[] }[] };
    expect(lines.find((line) => line.text.includes('bar.sync'))?.source).toEqual([13]);
    await writeFile(path.join(folder, 'a.cu'), source.replace('return x', 'return z'));
    const failed = await kernelLens(folder, 'asm', 'a.cu');
    expect(failed.exitCode).toBe(2);
    expect(failed.stdout).toBe('');
    expect(failed.stderr).toContain('"z" is undefined');
    expect((await kernelLens(folder, 'cost', 'a.cu', '--arch', 'hopper')).exitCode).toBe(2);
  });
});
