/** From what a program's processes wrote to a trace file, by the built worker. */
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { decodeTrace, type GpuDevice } from '../../../protocol/src';
import { startTracing } from '../../../server/src/runner/trace';
import type { Toolkit } from '../../../server/src/toolchain';

let cacheDirectory = '';
beforeEach(async () => {
  cacheDirectory = await mkdtemp(path.join(os.tmpdir(), 'kernel lens 추적 '));
  onTestFinished(() => rm(cacheDirectory, { recursive: true, force: true }));
});

async function traced(signal: AbortSignal) {
  const tracing = await startTracing({
    library: '/lib.so',
    cacheDirectory,
    toolkit: { root: '/cuda' } as Toolkit,
    device: { name: 'GPU' } as GpuDevice,
    name: 'streams.cu',
    managed: false,
    signal,
  });
  const records = tracing.env['KERNEL_LENS_TRACE_FOLDER'] ?? '';
  await copyFile(path.resolve('test/fixtures/trace/streams.trace'), path.join(records, '1.trace'));
  await writeFile(path.join(records, '2.trace'), 'cut o');
  return { tracing, records };
}

const traces = () => readdir(path.join(cacheDirectory, 'traces'));

test('records of a program become a file and what stays with the result', async () => {
  const { tracing, records } = await traced(new AbortController().signal);
  const { trace, kernels, notes } = await tracing.finish();
  expect(notes).toEqual([]);
  expect(kernels.length).toBeGreaterThan(0);
  const data = decodeTrace(gunzipSync(await readFile(trace?.file ?? '')));
  expect(data).toMatchObject({ program: 'streams.cu', deviceName: 'GPU' });
  expect(data?.events.start).toHaveLength(trace?.events ?? 0);
  expect(await traces()).toEqual([path.basename(trace?.file ?? '')]);
  expect(existsSync(records)).toBe(false);
});

test('a cancel leaves no file', async () => {
  const controller = new AbortController();
  const { tracing, records } = await traced(controller.signal);
  const finished = tracing.finish();
  controller.abort();
  expect(await finished).toEqual({ kernels: [], notes: [] });
  expect(await traces()).toEqual([]);
  expect(existsSync(records)).toBe(false);
});

test('what keeps it from being written is said with the run', async () => {
  const { tracing } = await traced(new AbortController().signal);
  // Nobody can write below a file, not even root.
  await rm(path.join(cacheDirectory, 'traces'), { recursive: true });
  await writeFile(path.join(cacheDirectory, 'traces'), '');
  const { trace, notes } = await tracing.finish();
  expect(trace).toBeUndefined();
  expect(notes).toEqual([expect.stringMatching(/^The program was not traced: .*ENOTDIR/)]);
});
