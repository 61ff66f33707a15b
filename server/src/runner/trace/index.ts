/** Runs a program with the trace library in it and makes one trace of what it wrote. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { GpuDevice } from '../../../../protocol/src';
import { makePrivateFolder, runTask } from '../../process';
import type { Toolkit } from '../../toolchain';
import type { ReadTracesRequest, TraceAnswer } from './read';

export { RecordsBuilder } from './columns';
export { combine } from './combine';
export { copyDirection, memoryKind, migrationCause } from './cupti-names';
export { traceLibrary, type TraceLibrary } from './library';
export { writeTraceFile, type TraceAnswer } from './read';
export { kernelDetail, type ProcessTrace } from './records';
export { kernelName } from './symbolize';

/** For reading millions of records. */
const timeLimitMs = 600_000;
/** Traces kept in the cache folder; older ones go. */
const keptTraces = 20;

export interface TraceRequest {
  readonly library: string;
  readonly cacheDirectory: string;
  readonly toolkit: Toolkit;
  readonly device: GpuDevice;
  /** The program, for people. */
  readonly name: string;
  /** There are `__managed__` variables: nothing else in the program may tell that it uses managed memory. */
  readonly managed: boolean;
  readonly signal: AbortSignal;
}

export interface Tracing {
  /** Added to the program's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** After the program ended, however it did. */
  finish(): Promise<TraceAnswer>;
}

export async function startTracing(request: TraceRequest): Promise<Tracing> {
  const folder = await tracesFolder(request.cacheDirectory);
  const records = await makePrivateFolder('records', request.cacheDirectory);
  return {
    env: {
      CUDA_INJECTION64_PATH: request.library,
      KERNEL_LENS_TRACE_FOLDER: records,
      ...(request.managed ? { KERNEL_LENS_TRACE_MANAGED: '1' } : {}),
    },
    finish: async () => {
      try {
        return await readInWorker(request, folder, records);
      } finally {
        await rm(records, { recursive: true, force: true }).catch(() => undefined);
      }
    },
  };
}

async function tracesFolder(cacheDirectory: string): Promise<string> {
  const folder = path.join(cacheDirectory, 'traces');
  await mkdir(folder, { recursive: true });
  return folder;
}

/** What cannot be traced costs the trace, not the run. */
async function readInWorker(request: TraceRequest, folder: string, records: string): Promise<TraceAnswer> {
  const { name, toolkit, device, signal } = request;
  const file = path.join(folder, `${path.parse(name).name}-${Date.now()}.kltrace`);
  const part = path.join(path.dirname(records), `${path.basename(records)}.kltrace`);
  const question: ReadTracesRequest = { records, toolkit, deviceName: device.name, name, file, part };
  try {
    const answer = await runTask<ReadTracesRequest, TraceAnswer>('trace-worker.js', question, { timeLimitMs, signal });
    await prune(folder);
    return answer ?? { kernels: [], notes: [] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kernels: [], notes: [l10n.t('The program was not traced: {0}', reason)] };
  } finally {
    await rm(part, { force: true }).catch(() => undefined);
  }
}

/** Where a trace of a name is kept; the oldest ones go. */
export async function keptTrace(cacheDirectory: string, name: string): Promise<string> {
  const folder = await tracesFolder(cacheDirectory);
  await prune(folder);
  return path.join(folder, `${name}.kltrace`);
}

async function prune(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.kltrace'));
  if (names.length <= keptTraces) return;
  const aged = await Promise.all(
    names.map(async (name) => ({ name, time: (await stat(path.join(folder, name))).mtimeMs })),
  );
  aged.sort((a, b) => b.time - a.time);
  await Promise.all(aged.slice(keptTraces).map(({ name }) => rm(path.join(folder, name), { force: true })));
}
