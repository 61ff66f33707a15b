/** What the processes of a program wrote → a trace file and what of it stays with the result. */
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import * as l10n from '@vscode/l10n';
import { encodeTrace, type ProgramKernel, type ProgramTrace, type TraceData } from '../../../../protocol/src';
import type { Toolkit } from '../../toolchain';
import { combine } from './combine';
import { TraceReader, type ProcessTrace } from './records';
import { symbolize } from './symbolize';

export interface ReadTracesRequest {
  /** The folder of the records. */
  readonly records: string;
  readonly toolkit: Toolkit;
  readonly deviceName: string;
  /** The program, for people. */
  readonly name: string;
  /** The trace file to make, and where it is written first: what is stopped leaves no half. */
  readonly file: string;
  readonly part: string;
}

export interface TraceAnswer {
  readonly trace?: ProgramTrace;
  readonly kernels: readonly ProgramKernel[];
  readonly notes: readonly string[];
}

export async function readTraces(request: ReadTracesRequest): Promise<TraceAnswer> {
  const { records, toolkit, deviceName, name, file, part } = request;
  const traces: ProcessTrace[] = [];
  for (const each of (await readdir(records)).sort()) {
    const trace = await readTrace(path.join(records, each));
    if (trace !== undefined) traces.push(trace);
  }
  if (traces.length === 0)
    return { kernels: [], notes: [l10n.t('The program did not use CUDA: there is nothing to trace.')] };
  // Whoever cancels ends this process.
  const symbols = await symbolize(traces, toolkit, new AbortController().signal);
  const data = combine({ traces, ...symbols, program: name, deviceName, recordedAt: new Date().toISOString() });
  await writeTraceFile(data, part);
  await rename(part, file);
  return {
    trace: summaryOf(data, file),
    kernels: kernelsOf(data),
    notes: [...symbols.notes, ...notesOf(data, traces)],
  };
}

/** As a `.kltrace` file. */
export async function writeTraceFile(data: TraceData, file: string): Promise<void> {
  await pipeline(Readable.from(encodeTrace(data)), createGzip({ level: 1 }), createWriteStream(file));
}

export async function readTrace(file: string): Promise<ProcessTrace | undefined> {
  const reader = new TraceReader();
  for await (const piece of createReadStream(file, { highWaterMark: 2 ** 20 })) reader.add(piece as Buffer);
  return reader.end();
}

/** What of a trace stays with the result. */
export function summaryOf(data: TraceData, file: string): ProgramTrace {
  const { events, totals, gpuTime, busy, summedOnly, lost } = data;
  let end = 0;
  for (let index = 0; index < events.start.length; index++) {
    end = Math.max(end, (events.start[index] ?? 0) + (events.duration[index] ?? 0));
  }
  return { file, totals, gpuTime, span: end / 1000, busy, events: events.start.length, summedOnly, lost };
}

export function kernelsOf(data: TraceData): ProgramKernel[] {
  const kernels = new Map<string, ProgramKernel>();
  const shapes = new Map<number, number>();
  data.events.kind.forEach((kind, index) => {
    if (kind === 0) shapes.set(data.events.name[index] ?? 0, data.events.detail[index] ?? -1);
  });
  for (const { kind, name, count, total } of data.totals) {
    if (kind !== 'kernel') continue;
    const known = kernels.get(name);
    const shape = data.details[shapes.get(data.strings.indexOf(name)) ?? -1];
    const { grid, block } = shape?.kind === 'kernel' ? shape : { grid: [1, 1, 1] as const, block: [1, 1, 1] as const };
    kernels.set(name, {
      name,
      launches: (known?.launches ?? 0) + count,
      total: (known?.total ?? 0) + total,
      grid,
      block,
    });
  }
  return [...kernels.values()];
}

function notesOf(data: TraceData, traces: readonly ProcessTrace[]): string[] {
  const notes: string[] = [];
  const refused = [...new Set(traces.flatMap((trace) => trace.refused))];
  if (refused.length > 0) {
    notes.push(
      l10n.t(
        'CUPTI refused a part of the trace ({0}): another profiler may be at work in the program.',
        refused.join(', '),
      ),
    );
  }
  const unwatched = [...new Set(traces.flatMap((trace) => trace.managedRefused))];
  if (unwatched.length > 0) {
    notes.push(
      l10n.t(
        'The program uses managed memory, whose page faults and migrations CUPTI does not tell here ({0}).',
        unwatched.join(', '),
      ),
    );
  }
  if (data.summedOnly > 0) {
    notes.push(
      l10n.t(
        'The timeline ends after {0} records; the {1} after them are in the sums only.',
        data.events.start.length.toLocaleString('en-US'),
        data.summedOnly.toLocaleString('en-US'),
      ),
    );
  }
  if (data.lost > 0)
    notes.push(l10n.t('CUPTI lost {0} records: counts and times are too low.', data.lost.toLocaleString('en-US')));
  const failed = data.details.findIndex((detail) => detail.kind === 'call');
  if (failed >= 0) {
    const index = data.events.detail.findIndex((detail) => data.details[detail]?.kind === 'call');
    const detail = data.details[data.events.detail[index] ?? -1];
    const place = data.places[data.stacks[data.events.stack[index] ?? 0]?.[0] ?? -1];
    const name = data.strings[data.events.name[index] ?? 0] ?? l10n.t('A call');
    const code = detail?.kind === 'call' ? detail.result : 0;
    notes.push(
      place === undefined
        ? l10n.t('{0} answered with CUDA error {1}.', name, code)
        : l10n.t('{0} in {1}:{2} answered with CUDA error {3}.', name, path.basename(place.file), place.line, code),
    );
  }
  return notes;
}
