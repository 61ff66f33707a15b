import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runProcess } from '../../../server/src/process';

interface Snippet {
  readonly prefix: readonly string[];
  readonly description: string;
  readonly body: readonly string[];
}

/** Where a snippet is typed: at file scope, among host or device statements, or as a file of its own. */
const scopes: Record<string, 'file' | 'host' | 'device' | 'program'> = {
  Kernel: 'file',
  'Index with guard': 'device',
  '2-D kernel': 'file',
  'Grid-stride loop': 'device',
  Launch: 'host',
  '2-D launch': 'host',
  'Launch with error check': 'host',
  'CUDA_CHECK macro': 'file',
  'CUDA program': 'program',
  'Device memory': 'host',
  'Shared-memory tile': 'file',
  Transpose: 'file',
  'Warp reduction': 'file',
  'Block reduction': 'file',
  'Event timing': 'host',
  'Asynchronous copies in a stream': 'host',
  'Constant memory': 'file',
  'Dynamic shared memory': 'file',
  'Large dynamic shared memory': 'host',
  'Grid synchronisation': 'file',
  'Cooperative groups': 'device',
  Histogram: 'file',
  'Unified memory': 'host',
  'Device properties': 'host',
  'Launch bounds': 'file',
  'Kernel template': 'file',
  'Device function': 'file',
  'Vector loads': 'file',
  'Inline PTX': 'device',
};

const file = path.resolve(__dirname, '../../../snippets/cuda.json');
const snippets = JSON.parse(await readFile(file, 'utf8')) as Record<string, Snippet>;

/** What VS Code inserts when every placeholder is left as it is. */
function expand(snippet: Snippet): string {
  const body = snippet.body.join('\n');
  const defaults = new Map<string, string>();
  for (const match of body.matchAll(/(?<!\\)\$\{(\d+):([^}]*)\}/g)) {
    if (!defaults.has(match[1]!)) defaults.set(match[1]!, match[2]!);
  }
  return body
    .replace(
      /(?<!\\)\$(?:\{(\d+)(?::[^}]*)?\}|(\d+))/g,
      (_, braced?: string, bare?: string) => defaults.get(braced ?? bare!) ?? '',
    )
    .replace(/\\([\\$}])/g, '$1');
}

test('every snippet has a scope here, a description, and prefixes of its own', () => {
  expect(Object.keys(snippets).sort()).toEqual(Object.keys(scopes).sort());
  const prefixes = Object.values(snippets).flatMap((snippet) => snippet.prefix);
  expect(new Set(prefixes).size).toBe(prefixes.length);
  for (const snippet of Object.values(snippets)) expect(snippet.description).toMatch(/^[A-Z\d].*[^.]$/);
});

test('placeholders with one number agree on their default', () => {
  for (const [name, snippet] of Object.entries(snippets)) {
    const seen = new Map<string, string>();
    for (const [, number, text] of snippet.body.join('\n').matchAll(/(?<!\\)\$\{(\d+):([^}]*)\}/g)) {
      expect(seen.get(number!) ?? text, `${name} \${${number}}`).toBe(text);
      seen.set(number!, text!);
    }
  }
});

test('every snippet compiles as inserted', async (ctx) => {
  const version = await runProcess('nvcc', ['--version'], { timeLimitMs: 20_000 });
  if (version.status === 'notStarted') ctx.skip('nvcc is not installed');

  const folder = await mkdtemp(path.join(os.tmpdir(), 'kernel-lens-snippets-'));
  try {
    const sources = { 'all.cu': together(), 'program.cu': expand(snippets['CUDA program']!) };
    const results = await Promise.all(
      Object.entries(sources).map(async ([name, text]) => {
        const source = path.join(folder, name);
        await writeFile(source, text);
        // One device pass: its front end reads the host code as well.
        const args = ['-arch=sm_90', '-std=c++17', '-cubin', '-o', `${source}.cubin`, source];
        return runProcess('nvcc', args, { timeLimitMs: 120_000 });
      }),
    );
    for (const result of results) {
      expect(result).toMatchObject({ status: 'exited', code: 0, stderr: expect.not.stringMatching(/error/) });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** Each snippet in a namespace of its own, with the names around it that its placeholders speak of. */
function together(): string {
  const parts = Object.entries(snippets)
    .filter(([name]) => scopes[name] !== 'program')
    .map(
      ([name, snippet], index) => `// ${name}\nnamespace snippet${index} {\n${wrap(scopes[name]!, expand(snippet))}\n}`,
    );
  return [
    '#include <cstdio>',
    '#include <cstdlib>',
    '#include <cooperative_groups.h>',
    '#include <cuda_runtime.h>',
    expand(snippets['CUDA_CHECK macro']!),
    ...parts,
    '',
  ].join('\n');
}

function wrap(scope: string, text: string): string {
  if (scope === 'file') return text;
  if (scope === 'device') return `__global__ void around(int n, int a, int b) {\nint result;\n{\n${text}\n}\n}`;
  return [
    '__global__ void kernelName(const float* in, float* out, int width, int height = 1) {}',
    'void around(float* in, float* out, float* host, int n, int width, int height, int grid, int block) {',
    `{\n${text}\n}\n}`,
  ].join('\n');
}
