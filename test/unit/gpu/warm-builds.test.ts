/** Waiting front ends against the nvcc of this machine: they must make the same bytes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { runProcess } from '../../../server/src/process';
import type { Toolkit } from '../../../server/src/toolchain';
import { writeScratch } from '../../../server/src/toolchain/scratch';
import { WarmBuilder } from '../../../server/src/toolchain/warm';
import { toolkitOrSkip } from './support';

const folder = mkdtempSync(path.join(os.tmpdir(), 'kernel lens warm '));
const file = path.join(folder, 'unsaved.cu');
const header = path.join(folder, 'shared', 'scale.h');
const args = ['-cubin', '-arch=sm_90', '-lineinfo', '-I', folder];
const { signal } = new AbortController();

beforeAll(() => {
  mkdirSync(path.dirname(header));
  writeFileSync(header, '#pragma once\ntemplate <int N> __device__ float scaled(float x) { return x * N; }\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function nvcc(toolkit: Toolkit, text: string): Promise<Uint8Array> {
  const scratch = await writeScratch(file, text);
  try {
    const image = path.join(scratch.folder, 'kernel.cubin');
    const env = { TMPDIR: path.join(scratch.folder, 'tmp') };
    const options = { cwd: scratch.folder, env, timeLimitMs: 60_000 };
    const built = await runProcess(toolkit.nvcc, [...args, '-o', image, scratch.source], options);
    expect(built).toMatchObject({ status: 'exited', code: 0 });
    return await readFile(image);
  } finally {
    await scratch.dispose();
  }
}

async function builderFor(ctx: TestContext) {
  if (!WarmBuilder.supported) return ctx.skip('waiting front ends are Linux only');
  const toolkit = await toolkitOrSkip(ctx);
  const builder = new WarmBuilder({ toolkit, file, args });
  onTestFinished(() => builder.dispose());
  return { toolkit, builder };
}

const sources: readonly [string, string][] = [
  [
    'a kernel without any header',
    '__global__ void add(float* a, int n) { if (threadIdx.x < n) a[threadIdx.x] += 1; }\n',
  ],
  [
    'a template with its instantiation behind the text, a header of the user and internal symbols',
    `#include "shared/scale.h"
#include <cstdio>
namespace { __device__ int calls; }
template <class T> static __global__ void scale(T* x, int n) {
  if (threadIdx.x < n) x[threadIdx.x] = scaled<3>(x[threadIdx.x]);
  atomicAdd(&calls, 1);
  if (n < 0) printf("%d\\n", n);
}
#line 1 "kernel-lens-instantiation"
namespace kernel_lens_instantiation { void *kernel = (void *)::scale<float>; }
`,
  ],
  [
    'half precision and cooperative groups',
    `#include <cooperative_groups.h>
#include <cuda_fp16.h>
#define BLOCK 256
__global__ void __launch_bounds__(BLOCK) halves(__half2* x, int n) {
  auto tile = cooperative_groups::tiled_partition<32>(cooperative_groups::this_thread_block());
  int i = blockIdx.x * BLOCK + threadIdx.x;
  if (i < n) x[i] = __hmul2(x[i], __float2half2_rn(0.5f));
  tile.sync();
}
`,
  ],
];

describe('WarmBuilder', () => {
  for (const [name, text] of sources) {
    it(`makes what nvcc makes of ${name}`, async (ctx) => {
      const { toolkit, builder } = await builderFor(ctx);
      expect(await builder.build(text, signal)).toMatchObject({ status: 'unavailable' });
      expect(await builder.prepare(text, await nvcc(toolkit, text))).toBeUndefined();
      // Not the text it was prepared with: what is edited afterwards counts.
      const edited = text
        .replace('if (threadIdx.x < n)', 'if (threadIdx.x + 1 < n)')
        .replace('if (i < n)', 'if (i + 1 < n)');
      expect(edited).not.toBe(text);
      const warm = await builder.build(edited, signal);
      expect(warm).toMatchObject({ status: 'ok' });
      if (warm.status !== 'ok') return;
      const cold = await nvcc(toolkit, edited);
      const plain = (image: Uint8Array) =>
        Buffer.from(image)
          .toString('latin1')
          .replace(/_[0-9a-f]{8}_(?=9_source_cu_)/g, '');
      expect(plain(warm.image) === plain(cold)).toBe(true);
      const own = warm.dependencies.filter((dependency) => dependency.startsWith(folder));
      expect(own).toEqual(text.includes('scale.h') ? [header] : []);
    });
  }

  it('leaves to nvcc what has errors, another preamble or a header that has changed', async (ctx) => {
    const { toolkit, builder } = await builderFor(ctx);
    const text = '#include "shared/scale.h"\n__global__ void k(float* x) { *x = scaled<2>(*x); }\n';
    expect(await builder.prepare(text, await nvcc(toolkit, text))).toBeUndefined();
    expect(await builder.build(text.replace('scaled<2>', 'missing'), signal)).toMatchObject({ status: 'unavailable' });
    expect(await builder.build(text, signal)).toMatchObject({ status: 'ok' });
    expect(await builder.build(`#include <cstdint>\n${text}`, signal)).toMatchObject({ status: 'unavailable' });
    expect(await builder.build(`${text}int unique = __COUNTER__;\n`, signal)).toMatchObject({ status: 'unavailable' });
    writeFileSync(header, 'template <int N> __device__ float scaled(float x) { return x + N; }\n// changed\n');
    expect(await builder.build(text, signal)).toEqual({ status: 'unavailable', reason: 'a header has changed' });
  });

  it('is not used where it makes something else than nvcc', async (ctx) => {
    const { toolkit, builder } = await builderFor(ctx);
    const text = '__global__ void k(int* x) { *x = 1; }\n';
    const other = await nvcc(toolkit, text.replace('1', '2'));
    expect(await builder.prepare(text, other)).toBe('it differs from what nvcc makes');
    expect(await builder.build(text, signal)).toMatchObject({ status: 'unavailable' });
  });
});
