import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type {
  CompletionItem,
  Diagnostic,
  DocumentSymbol,
  Hover,
  InlayHint,
  Location,
  MarkupContent,
  Position,
} from 'vscode-languageserver-protocol';
import { URI } from 'vscode-uri';
import { TestClient, type ClientOptions } from './client';
import { classic, folderWith, has } from './files';

let client: TestClient | undefined;

const quiet = { diagnostics: { nvcc: 'off' }, cuda: { architecture: 'sm_90' } };

async function open(
  text: string,
  options: ClientOptions = {},
  files: Record<string, string> = {},
): Promise<{ server: TestClient; uri: string; folder: string }> {
  client = await TestClient.start({ settings: quiet, ...options });
  const folder = await folderWith(files);
  const uri = await client.open(path.join(folder, 'a.cu'), text);
  return { server: client, uri, folder };
}

afterEach(async () => {
  await client?.stop();
  client = undefined;
});

/** Right behind the first `mark` from `from` on. */
function behind(server: TestClient, uri: string, mark: string, from = ''): Position {
  const text = server.text(uri);
  const at = text.indexOf(mark, text.indexOf(from));
  if (at < 0) throw new Error(`${mark} is not in ${uri}`);
  return server.document(uri).positionAt(at + mark.length);
}

async function hoverText(server: TestClient, uri: string, position: Position): Promise<string> {
  const answer = await server.connection.sendRequest<Hover | null>('textDocument/hover', {
    textDocument: { uri },
    position,
  });
  return (answer?.contents as MarkupContent | undefined)?.value ?? '';
}

/** Asks until the answer is the wanted one: settings, included files and compilers take effect some time later. */
async function eventually<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  const limit = Date.now() + 60_000;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (Date.now() > limit) throw new Error(`waited in vain; the last answer: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function completionsAt(server: TestClient, uri: string, position: Position): Promise<string[]> {
  const items = await server.connection.sendRequest<CompletionItem[]>('textDocument/completion', {
    textDocument: { uri },
    position,
  });
  return items.map(({ insertText, label }) => insertText ?? label);
}

describe('hover', () => {
  it('tells what a launch amounts to', async () => {
    const { server, uri } = await open(classic.replace('N = 1024', 'N = 1000000'));
    // The architecture is found out after the document is opened.
    const text = await eventually(
      () => hoverText(server, uri, behind(server, uri, 'vectorAdd<<', 'main')),
      (answer) => answer.includes('sm_90'),
    );
    expect(text).toContain('**vectorAdd**');
    expect(text).toContain('| Grid | 3,907 blocks |');
    expect(text).toContain('| Block | 256 threads (8 warps) |');
    expect(text).toContain('| Threads | 1,000,192 |');
    expect(text).toContain('| Problem | 1,000,000 elements, 192 threads idle (< 0.1 %) |');
    expect(text).toContain('| Occupancy | up to 100 % with at most 32 registers a thread (sm_90) |');
  });

  it('shows what it does not know as it is written', async () => {
    const source = `__global__ void k(float* p, int n);
void f(float* p, int n, int threads, size_t bytes) {
  k<<<dim3((n + 15) / 16, 4), dim3(16, 16), bytes>>>(p, n);
  k<<<(n + threads - 1) / threads, threads>>>(p, n);
  k<<<g(n) + 1, 64>>>(p, n);
}
`;
    const { server, uri } = await open(source);
    const first = await hoverText(server, uri, behind(server, uri, '<<<'));
    expect(first).toContain('| Grid | `⌈n / 16⌉` × 4 blocks |');
    expect(first).toContain('| Block | 16 × 16 = 256 threads (8 warps) |');
    expect(first).toContain('| Problem | `n` × 64 elements |');
    expect(first).toContain('| Dynamic shared memory | `bytes` bytes |');
    const second = await hoverText(server, uri, behind(server, uri, '(n + threads'));
    expect(second).toContain('| Grid | `⌈n / threads⌉` blocks |');
    expect(second).toContain('| Block | `threads` threads |');
    expect(await hoverText(server, uri, behind(server, uri, 'g(n)'))).toContain('| Grid | `g(n) + 1` blocks |');
    expect(second).not.toContain('Occupancy');
  });

  it("explains CUDA's names in code, and only there", async () => {
    const source = `// threadIdx in a comment
__global__ void k(int* p) { p[threadIdx.x] = atomicAdd_system(p, 1'000); }
const char* text = "cudaMalloc";
`;
    const { server, uri } = await open(source);
    expect(await hoverText(server, uri, behind(server, uri, 'p[thread'))).toContain('neighbours in a warp');
    expect(await hoverText(server, uri, behind(server, uri, '__glo'))).toContain('A launch is asynchronous');
    expect(await hoverText(server, uri, behind(server, uri, 'atomic'))).toContain('returns the value before');
    expect(await hoverText(server, uri, behind(server, uri, '// thr'))).toBe('');
    expect(await hoverText(server, uri, behind(server, uri, 'cudaMal'))).toBe('');
    expect(await hoverText(server, uri, behind(server, uri, 'const cha'))).toBe('');
    await server.configure({ ...quiet, hover: { enable: false } });
    const off = () => hoverText(server, uri, behind(server, uri, '__glo'));
    expect(await eventually(off, (answer) => answer === '')).toBe('');
  });

  it('has registers and occupancy after a compilation, and says when they are old', async (ctx) => {
    if (!(await has('nvcc'))) ctx.skip('nvcc is not installed');
    const settings = { cuda: { architecture: 'sm_90' }, diagnostics: { nvcc: 'onSave' } };
    const { server, uri } = await open(classic, { settings });
    const place = () => behind(server, uri, 'vectorAdd<<', 'main');
    const text = await eventually(
      () => hoverText(server, uri, place()),
      (answer) => answer.includes('Compiled'),
    );
    expect(text).toMatch(/\| Compiled \| \d+ registers · no spills \(sm_90\) \|/);
    expect(text).toContain('| Occupancy | 100 % (64 of 64 warps, 8 blocks a multiprocessor) |');
    const kernel = () => hoverText(server, uri, behind(server, uri, 'vectorA'));
    expect((await kernel()).replaceAll('&nbsp;', '')).toMatch(/\| sm_90 \| \d+ \| 256\sthreads \| 8 \| 100\s% \|/);
    await server.replace(uri, 'A[i] +', 'A[i] *');
    expect(await hoverText(server, uri, place())).toContain('before the last edit');
    expect(await kernel()).toContain('before the last edit');
  });

  it('flags a launch that ptxas leaves no registers for, as long as the text is the compiled one', async (ctx) => {
    if (!(await has('nvcc'))) ctx.skip('nvcc is not installed');
    const source = `__global__ void heavy(const float* in, float* out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float a[96];
  for (int k = 0; k < 96; ++k) a[k] = in[i + k * n];
  for (int round = 0; round < n; ++round)
    for (int k = 0; k < 96; ++k) a[k] += a[(k + 1) % 96] * a[(k + 7) % 96];
  for (int k = 0; k < 96; ++k) out[i + k * n] = a[k];
}
void run(const float* in, float* out, int n) { heavy<<<(n + 1023) / 1024, 1024>>>(in, out, n); }
`;
    const settings = { cuda: { architecture: 'sm_90' }, diagnostics: { nvcc: 'onSave' } };
    const { server, uri } = await open(source, { settings });
    const codes = (all: readonly Diagnostic[]) => all.map(({ code }) => code);
    const found = await server.diagnosticsOf(uri, (all) => codes(all).includes('too-many-registers'));
    const message = found.find(({ code }) => code === 'too-many-registers')?.message;
    expect(message).toMatch(
      /^a block of 1024 threads with \d+ registers each takes \d+ registers; sm_90 gives a block 65536/,
    );
    expect(await hoverText(server, uri, behind(server, uri, 'heavy<<'))).toContain('⚠ the block needs more registers');
    await server.replace(uri, '< n; ++round', '<= n; ++round');
    await server.diagnosticsOf(uri, (all) => !codes(all).includes('too-many-registers'));
    await server.save(uri);
    await server.diagnosticsOf(uri, (all) => codes(all).includes('too-many-registers'));
  });
});

describe('inlay hints', () => {
  const source = `__global__ void k(float* out, const float* in, int n);
void f(float* a, const float* in, int unknown) {
  const int n = 1 << 20, threads = 256;
  k<<<(n + threads - 1) / threads, threads>>>(a, in, n);
  k<<<dim3(8, 8), dim3(16, 16)>>>(a, in, n);
  k<<<unknown, threads>>>(a, in, n);
}
`;
  const labels = async (server: TestClient, uri: string) => {
    const hints = await server.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
      textDocument: { uri },
      range: { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } },
    });
    return hints.map(({ label, position }) => `${position.line}:${label as string}`);
  };

  it('says what a configuration amounts to, where it is not written there', async () => {
    const { server, uri } = await open(source);
    expect(await labels(server, uri)).toEqual(['3:4,096 × 256 = 1,048,576 threads', '5:256 threads a block']);
  });

  it('names the parameters when it is asked to', async () => {
    const { server, uri } = await open(source, {
      settings: { ...quiet, inlayHints: { launch: false, arguments: true } },
    });
    const names = await eventually(
      () => labels(server, uri),
      (answer) => answer.length > 2,
    );
    expect(names).toEqual(['3:out:', '4:out:', '5:out:']);
  });
});

describe('navigation', () => {
  const header = `#pragma once
namespace ns {
template <typename T>
__global__ void scale(T* p, int n) {}
}
`;
  const source = `#include "scale.cuh"
__global__ void plain(float* p) {}
void f(float* p, int n) {
  plain<<<1, 256>>>(p);
  ns::scale<float><<<1, 256>>>(p, n);
  plain<<<2, 256>>>(p);
}
`;

  it('leads from a launch to its kernel and back', async () => {
    const { server, uri } = await open(source);
    const params = { textDocument: { uri }, position: behind(server, uri, '  pla') };
    const kernel = await server.connection.sendRequest<Location>('textDocument/definition', params);
    expect(kernel).toEqual({
      uri,
      range: { start: { line: 1, character: 16 }, end: { line: 1, character: 21 } },
    });
    const all = await server.connection.sendRequest<Location[]>('textDocument/references', {
      textDocument: { uri },
      position: kernel.range.start,
      context: { includeDeclaration: true },
    });
    expect(all.map(({ range }) => [range.start.line, range.start.character])).toEqual([
      [1, 16],
      [3, 2],
      [5, 2],
    ]);
  });

  it('finds a kernel in an included file', async () => {
    const { server, uri, folder } = await open(source, {}, { 'scale.cuh': header });
    const position = behind(server, uri, 'ns::sc');
    const ask = () =>
      server.connection.sendRequest<Location | null>('textDocument/definition', { textDocument: { uri }, position });
    const kernel = await eventually(ask, (answer) => answer !== null);
    expect(kernel).toEqual({
      uri: URI.file(path.join(folder, 'scale.cuh')).toString(),
      range: { start: { line: 3, character: 16 }, end: { line: 3, character: 21 } },
    });
    const launches = await server.connection.sendRequest<Location[]>('textDocument/references', {
      textDocument: { uri },
      position,
      context: { includeDeclaration: false },
    });
    expect(launches).toEqual([{ uri, range: { start: { line: 4, character: 6 }, end: { line: 4, character: 11 } } }]);
  });

  it('outlines kernels with functions and their launches, unless a C++ tool does', async () => {
    const { server, uri } = await open(source);
    const outline = (on: TestClient) =>
      on.connection.sendRequest<DocumentSymbol[]>('textDocument/documentSymbol', { textDocument: { uri } });
    const brief = (await outline(server)).map(({ name, detail, children = [] }) => [
      name,
      detail,
      children.map((child) => `${child.name} ${child.detail ?? ''}`),
    ]);
    expect(brief).toEqual([
      ['plain', '__global__', []],
      ['f', '', ['plain<<<…>>> 1, 256', 'ns::scale<<<…>>> 1, 256', 'plain<<<…>>> 2, 256']],
    ]);
    await server.stop();
    client = undefined;
    const beside = await open(source, { initializationOptions: { besideCppTools: true } });
    expect(
      await beside.server.connection.sendRequest('textDocument/documentSymbol', { textDocument: { uri: beside.uri } }),
    ).toEqual([]);
  });
});

describe('completion', () => {
  const source = (configuration: string) => `#define BLOCK 128
__global__ void tile(float* p, int n) {
  extern __shared__ double s[];
  s[threadIdx.x] = p[n];
}
__global__ void other(int hidden) { int alsoHidden = 0; }
void f(float* p, int n, cudaStream_t copyStream) {
  dim3 grid(4, 4);
  const int threadsPerBlock = 256, unrelated = 3;
  tile<<<${configuration}
}
`;
  it('knows what fits into each place of a configuration', async () => {
    const { server, uri } = await open(source(''));
    let written = '';
    const at = async (configuration: string) => {
      await server.replace(uri, `tile<<<${written}\n`, `tile<<<${configuration}\n`);
      written = configuration;
      return completionsAt(server, uri, behind(server, uri, `tile<<<${configuration}`));
    };
    const grid = await at('');
    expect(grid.slice(0, 2)).toEqual(['grid', '(n + BLOCK - 1) / BLOCK']);
    expect(grid.join()).not.toMatch(/hidden|unrelated/i);
    const block = await at('grid,');
    expect(block.slice(0, 3)).toEqual([' BLOCK', ' threadsPerBlock', ' grid']);
    expect((await at('grid, threadsPerBlock, '))[0]).toBe('threadsPerBlock * sizeof(double)');
    expect(await at('grid, threadsPerBlock, 0, ')).toEqual(['copyStream']);
    expect(await at('(n + ')).toEqual([]);
    expect(await at('grid, 256>>>(')).toEqual([]);
  });

  it("launches the file's kernels", async () => {
    const { server, uri } = await open(source('1, 1>>>(p, n);\n  til'), {
      initializationOptions: { besideCppTools: true },
    });
    const launches = await completionsAt(server, uri, behind(server, uri, '\n  til', 'tile<<<'));
    expect(launches).toEqual([
      'tile<<<${1:(n + 255) / 256}, ${2:256}>>>(${3:p}, ${4:n});',
      'other<<<${1:(n + 255) / 256}, ${2:256}>>>(${3:hidden});',
    ]);
    // Kernels are not launched from kernels here, and no C++ tool's names are repeated.
    expect(await completionsAt(server, uri, behind(server, uri, 's[threadI'))).toEqual([]);
  });

  it("offers CUDA's own names where no C++ tool does", async () => {
    const { server, uri } = await open(source('1, 1>>>(p, n);'));
    const inKernel = await completionsAt(server, uri, behind(server, uri, 's[threadI'));
    expect(inKernel).toContain('__shfl_down_sync(${1:0xffffffff}, ${2:value}, ${3:delta})');
    expect(inKernel).toContain('threadIdx');
    expect(inKernel.join()).not.toContain('<<<');
    expect(await completionsAt(server, uri, behind(server, uri, 'threadIdx.'))).toEqual(['x', 'y', 'z']);
    await server.configure({ ...quiet, completion: { enable: false } });
    const off = () => completionsAt(server, uri, behind(server, uri, 'threadIdx.'));
    expect(await eventually(off, (answer) => answer.length === 0)).toEqual([]);
  });
});

describe('directives', () => {
  const source = (
    ...lines: string[]
  ) => `${lines.map((line) => `// kernel-lens: ${line}\n`).join('')}__global__ void scale(float* data, float factor, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) data[i] *= factor;
}
void scaleOnHost(float* data, float factor, int n) {}
`;

  it('are reported with what was meant', async () => {
    const { server, uri } = await open(source('nn=4, block=2048'));
    const found = await server.diagnosticsOf(uri, (all) => all.length > 0);
    expect(found.map(({ code, message }) => [code, message])).toEqual([
      ['directive', "'nn' is no parameter of 'scale', and nothing here uses it. Did you mean 'n'?"],
      ['directive', 'A block has at most 1024 threads, and this one has 2048'],
    ]);
  });

  it('complete names that are not set yet, then values of their kind', async () => {
    const { server, uri } = await open(source('n=4, '));
    const at = (behindText: string) => completionsAt(server, uri, behind(server, uri, behindText));
    const names = await at('n=4, ');
    expect(names.slice(0, 3)).toEqual(['data=', 'factor=', 'block=']);
    expect(names).toContain('check=');
    expect(names).not.toContain('n=');
    await server.replace(uri, 'n=4, ', 'n=4, data=');
    expect(await at('data=')).toContain('random(${1:-1}, ${2:1})');
    await server.replace(uri, 'data=', 'check=');
    expect(await at('check=')).toContain('scaleOnHost(1e-5)');
    await server.replace(uri, 'check=', 'grid=');
    expect((await at('grid='))[0]).toBe('ceil(n/block)');
    await server.replace(uri, 'grid=', 'data[');
    expect(await at('data[')).toContain('n');
  });

  it('tell in a hover what comes of them', async () => {
    const { server, uri } = await open(source('n=1<<10..1<<12, data=random(-1, 1)', 'block=64, grid=ceil(n/block)'));
    const text = async (needle: string) => hoverText(server, uri, behind(server, uri, needle));
    expect(await text('n=1<<1')).toMatch(/parameter[\s\S]*= 4,096[\s\S]*3 values: 1024, 2048, 4096/);
    expect(await text('data=ran')).toMatch(/4,096 elements \(16[^)]*\) · filled with random values in \[-1, 1\)/);
    expect(await text('gri')).toMatch(/blocks of the grid[\s\S]*64 × 1 × 1|64/);
  });
});
