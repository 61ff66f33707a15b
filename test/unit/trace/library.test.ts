import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { GpuDevice } from '../../../protocol/src';
import { startTracing, traceLibrary } from '../../../server/src/runner/trace';
import type { Toolkit } from '../../../server/src/toolchain';
import { toolkitOrSkip } from '../gpu/support';

const cacheDirectory = mkdtempSync(path.join(os.tmpdir(), 'kernel-lens-trace-'));
afterAll(() => rmSync(cacheDirectory, { recursive: true, force: true }));
const { signal } = new AbortController();

test('the trace library is built once with the toolkit’s own headers', async (context) => {
  const toolkit = await toolkitOrSkip(context);
  const request = { toolkit, compiler: '', cacheDirectory, signal };
  const built = await traceLibrary(request);
  if (built.status === 'missing') return context.skip(built.note);
  const first = statSync(built.file);
  expect(first.size).toBeGreaterThan(10_000);
  expect(await traceLibrary(request)).toEqual(built);
  expect(statSync(built.file).mtimeMs).toBe(first.mtimeMs);
});

test('without CUPTI or a compiler, a note says what to install', async (context) => {
  const toolkit = await toolkitOrSkip(context);
  const none = { ...toolkit, root: cacheDirectory, version: { major: 12, minor: 4, full: '12.4.131' } };
  const answer = await traceLibrary({ toolkit: none, compiler: '', cacheDirectory, signal });
  expect(answer).toMatchObject({ status: 'missing', note: expect.stringContaining('cuda-cupti-dev-12-4') as string });
  const noCompiler = await traceLibrary({ toolkit, compiler: '/no/such/g++', cacheDirectory, signal });
  expect(noCompiler).toMatchObject({ status: 'missing', note: expect.stringContaining('/no/such/g++') as string });
});

test('a program with __managed__ variables tells the trace library so: no call allocates them', async () => {
  const toolkit = { root: '/cuda' } as Toolkit;
  const device = { name: 'GPU' } as GpuDevice;
  const env = async (managed: boolean) =>
    (await startTracing({ library: '/lib.so', cacheDirectory, toolkit, device, name: 'a.cu', managed, signal })).env;
  expect(Object.keys(await env(false))).toEqual(['CUDA_INJECTION64_PATH', 'KERNEL_LENS_TRACE_FOLDER']);
  expect((await env(true))['KERNEL_LENS_TRACE_MANAGED']).toBe('1');
});
