/** A trace that a real program wrote on an H100, from its text to the timeline. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  causesOf,
  chromeTrace,
  csvTrace,
  decodeTrace,
  encodeTrace,
  managedMemory,
  streamUse,
  type TraceData,
  type TraceTotal,
} from '../../../protocol/src';
import { gapAt, gpuSpan, modelOf } from '../../../client/src/webviews/timeline/model';
import { lineMover } from '../../../server/src/handlers/moved-lines';
import { combine } from '../../../server/src/runner/trace/combine';
import { parseTrace, type ProcessTrace } from '../../../server/src/runner/trace/records';
import { kernelsOf, summaryOf } from '../../../server/src/runner/trace/read';
import { kernelName, parseAddressLines, userFrames } from '../../../server/src/runner/trace/symbolize';

const fixtures = path.resolve('test/fixtures/trace');
const text = readFileSync(path.join(fixtures, 'streams.trace'), 'utf8');
const addresses = parseAddressLines(readFileSync(path.join(fixtures, 'streams.addr2line'), 'utf8'));
const source = readFileSync('test/gpu/kernels/streams.cu', 'utf8');
const lineOf = (part: string) => source.slice(0, source.indexOf(part)).split('\n').length;

function parsed(content = text): ProcessTrace {
  const trace = parseTrace(content);
  if (!trace) throw new Error('no trace');
  return trace;
}

function combined(...traces: ProcessTrace[]): TraceData {
  return combine({
    traces: traces.length > 0 ? traces : [parsed()],
    framesOf: ({ modules, stacks }, stack) =>
      userFrames(
        (stacks.get(stack) ?? []).flatMap(({ module, address }) =>
          modules.get(module) === '/project/program' ? (addresses.get(address) ?? []) : [],
        ),
        (file) => file.startsWith('/project/'),
      ),
    nameOf: (symbol) =>
      symbol === '_Z5addToIfEvPT_PKS0_' ? 'addTo<float>' : symbol === '_Z5scalePffi' ? 'scale' : symbol,
    program: 'streams.cu',
    deviceName: 'NVIDIA H100 80GB HBM3',
    recordedAt: '2026-01-01T00:00:00.000Z',
  });
}

const at = (data: TraceData, kind: TraceTotal['kind'], line: number) =>
  data.totals.filter((total) => total.kind === kind && total.frames[0]?.line === line);

describe('a recorded trace', () => {
  test('has every launch, copy and wait at its line', () => {
    const data = combined();
    expect(at(data, 'kernel', lineOf('scale<<<'))).toMatchObject([{ name: 'scale', count: 20 }]);
    expect(
      at(data, 'kernel', lineOf('addTo<float><<<')).map(({ name, count, frames }) => [name, count, frames[1]?.line]),
    ).toEqual([
      ['addTo<float>', 5, lineOf('launchBoth(a, b, second)')],
      ['addTo<float>', 1, lineOf('launchBoth(a, b, second);\n    CHECK')],
    ]);
    const bytes = 4 * 2 ** 22;
    expect(at(data, 'copy', lineOf('cudaMemcpy(a, pageable'))).toMatchObject([
      { name: 'hostToDevice', bytes, from: 'pageable', to: 'device' },
    ]);
    expect(at(data, 'copy', lineOf('cudaMemcpyAsync(b, pinned'))).toMatchObject([{ bytes, from: 'pinned' }]);
    expect(at(data, 'memset', lineOf('cudaMemset(b'))).toMatchObject([{ bytes }]);
    expect(at(data, 'call', lineOf('cudaStreamSynchronize(first)'))).toMatchObject([
      { name: 'cudaStreamSynchronize', count: 20 },
    ]);
  });

  test('adds up to what the records say', () => {
    const data = combined();
    const times = [...text.matchAll(/^[KCF] (\d+) (\d+)/gm)].map((match) => Number(match[2]) - Number(match[1]));
    expect(times.length).toBeGreaterThan(30);
    expect(data.gpuTime * 1000).toBeCloseTo(
      times.reduce((a, b) => a + b, 0),
      0,
    );
    const summary = summaryOf(data, 'f');
    expect(summary.busy).toBeLessThan(data.gpuTime + 0.001);
    expect(summary.busy).toBeLessThan(summary.span);
    expect(kernelsOf(data)).toContainEqual(
      expect.objectContaining({ name: 'scale', launches: 26, grid: [16384, 1, 1], block: [256, 1, 1] }),
    );
  });

  test('has three streams, one host thread, and the gap in which the host slept', () => {
    const data = combined();
    expect(data.rows.filter(({ kind }) => kind === 'stream')).toHaveLength(3);
    expect(data.rows.filter(({ isDefault }) => isDefault)).toHaveLength(1);
    expect(data.rows.filter(({ kind }) => kind === 'host')).toHaveLength(1);
    const slept = data.gaps.find(({ cause, duration }) => cause.kind === 'host' && duration > 18e6);
    expect(slept).toBeDefined();
    for (const [index, gap] of data.gaps.entries()) {
      expect(gap.duration).toBeLessThanOrEqual(data.gaps[index - 1]?.duration ?? Infinity);
    }
  });

  test('becomes JSON that Chrome and Perfetto read, and a table', () => {
    const data = combined();
    const { traceEvents } = JSON.parse([...chromeTrace(data)].join('')) as {
      traceEvents: { ph: string; ts?: number; dur?: number; pid: number; tid: number; name: string; id?: number }[];
    };
    const complete = traceEvents.filter(({ ph }) => ph === 'X');
    expect(complete).toHaveLength(data.events.start.length);
    expect(complete.every(({ ts, dur }) => ts !== undefined && dur !== undefined && dur >= 0)).toBe(true);
    const named = new Set(traceEvents.filter(({ ph }) => ph === 'M').map(({ pid, tid }) => `${pid} ${tid}`));
    expect(complete.every(({ pid, tid }) => named.has(`${pid} ${tid}`))).toBe(true);
    // Every arrow that begins ends.
    const ids = (ph: string) => traceEvents.filter((event) => event.ph === ph).map(({ id }) => id);
    expect(ids('s')).toEqual(ids('f'));
    expect(ids('s').length).toBeGreaterThan(30);
    const rows = [...csvTrace(data)].join('').trimEnd().split('\n');
    expect(rows).toHaveLength(data.events.start.length + 1);
    expect(rows.some((row) => row.includes('/project/streams.cu'))).toBe(true);
  });

  test('is the same after it was a file, and files of the first version are read', () => {
    const data = combined();
    const bytes = Buffer.concat([...encodeTrace(data)]);
    expect(decodeTrace(bytes)).toEqual(data);
    const columns = Object.entries(data.events).map(([name, column]) => [name, [...column]]);
    const first = JSON.stringify({ ...data, version: 1, events: Object.fromEntries(columns) as unknown });
    expect(decodeTrace(Buffer.from(first))).toEqual(data);
    for (const wrong of ['', '{}', 'kernel-lens-trace 3\n', bytes.subarray(0, 500)]) {
      expect(decodeTrace(Buffer.from(wrong))).toBeUndefined();
    }
  });

  test('may be cut off anywhere', () => {
    for (const length of [200, 2000, 5003, text.length - 7]) {
      const data = combined(parsed(text.slice(0, length)));
      expect(data.events.start.every(Number.isFinite)).toBe(true);
    }
    expect(parseTrace('')).toBeUndefined();
    expect(parseTrace('V 2 1 1 1')).toBeUndefined();
  });

  test('sums hold what is not written one by one, the last line of each', () => {
    const kernels = [...text.matchAll(/^K .*$/gm)];
    const name = kernels[0]?.[0].split(' ')[8];
    const more = `${text}G 75 ${name} 0 0 5 5000 900 1100 0\nG 75 ${name} 0 0 10 10000 900 1100 0\n`;
    const data = combined(parsed(more));
    expect(data.summedOnly).toBe(10);
    expect(data.gpuTime - combined().gpuTime).toBeCloseTo(10, 5);
    expect(data.events.start).toHaveLength(combined().events.start.length);
  });

  test('of two processes keeps the clocks and the rows apart', () => {
    const [first] = text.split('\n');
    const words = first?.split(' ') ?? [];
    const later = [...words.slice(0, 3), '99', String(BigInt(words[4] ?? 0) + 1_000_000_000n)].join(' ');
    const data = combined(parsed(), parsed(text.replace(first ?? '', later)));
    expect(new Set(data.rows.map(({ process }) => process)).size).toBe(2);
    const own = combined();
    expect(data.events.start).toHaveLength(2 * own.events.start.length);
    expect(Math.max(...data.events.start) - Math.max(...own.events.start)).toBe(1e9);
  });
});

describe('managed memory, recorded on an H200', () => {
  /** Return addresses in `main` and the lines that belong to them. */
  const lines = new Map(
    [
      ['8d76', 'cudaMallocManaged(&faulted'],
      ['8dcf', 'cudaMallocManaged(&fetched'],
      ['8e90', 'faulted[i] = float'],
      ['8f14', 'addOne<<<'],
      ['8f7f', 'sum += faulted'],
      ['903a', 'twice<<<'],
    ].map(([address, part]) => {
      const text = readFileSync('test/gpu/kernels/managed.cu', 'utf8');
      return [BigInt(`0x${address}`), text.slice(0, text.indexOf(part ?? '')).split('\n').length];
    }),
  );
  const line = (address: string) => lines.get(BigInt(`0x${address}`)) ?? 0;
  const recorded = readFileSync(path.join(fixtures, 'managed.trace'), 'utf8');
  const managed = (text = recorded) =>
    combine({
      traces: [parsed(text)],
      framesOf: ({ modules, stacks }, stack) =>
        (stacks.get(stack) ?? []).flatMap(({ module, address }) => {
          const found = modules.get(module) === '/project/program' ? lines.get(address) : undefined;
          return found === undefined ? [] : [{ file: '/project/managed.cu', line: found }];
        }),
      nameOf: (symbol) => ({ _Z6addOnePf: 'addOne', _Z5twicePKfPf: 'twice' })[symbol] ?? symbol,
      program: 'managed.cu',
      deviceName: 'NVIDIA H200',
      recordedAt: '2026-01-01T00:00:00.000Z',
    });
  const bytes = 4 * 2 ** 24;
  const moved = (data: TraceData, direction: string, address: string) =>
    at(data, 'migration', line(address))
      .filter(({ name }) => name === direction)
      .reduce((sum, total) => sum + (total.bytes ?? 0), 0);

  test('is told where it was allocated, page faults of the host where it was accessed', () => {
    const data = managed();
    expect(moved(data, 'hostToDevice', '8d76')).toBe(2 * bytes);
    expect(moved(data, 'deviceToHost', '8d76')).toBe(bytes);
    expect(moved(data, 'deviceToHost', '8dcf')).toBe(bytes);
    for (const address of ['8e90', '8f7f']) {
      const [faults, ...others] = at(data, 'fault', line(address));
      expect(others).toEqual([]);
      expect(faults).toMatchObject({ name: 'cpuFault', count: 192 });
      // The allocation lies below the access.
      expect(faults?.frames[1]?.line).toBe(line('8d76'));
    }
    expect(managedMemory(data.totals)).toMatchObject({ toDevice: 2 * bytes, toHost: 2 * bytes, onHost: 384 });
  });

  test('is told of the kernel that waited for it, and not of the one after a prefetch', () => {
    const [waited] = at(managed(), 'kernel', line('8f14'));
    expect(waited).toMatchObject({ name: 'addOne', migrated: bytes });
    expect(waited?.faults).toBeGreaterThan(100);
    const [fetched] = at(managed(), 'kernel', line('903a'));
    expect(fetched?.name).toBe('twice');
    expect(fetched?.migrated).toBeUndefined();
  });

  test('has rows of its own', () => {
    const data = managed();
    expect(data.rows.filter(({ kind }) => kind === 'managed').map(({ device }) => device)).toEqual([undefined, 0]);
  });

  test('is summed and refused like everything else', () => {
    const data = managed(`${recorded}G 85 0 1 0 10 5000 400 600 40960\nE CUPTI_ERROR_NOT_SUPPORTED\n`);
    expect(data.summedOnly).toBe(10);
    expect((managedMemory(data.totals)?.toDevice ?? 0) - 2 * bytes).toBe(40960);
    expect(parsed(`${recorded}E CUPTI_ERROR_NOT_SUPPORTED\n`).managedRefused).toEqual(['CUPTI_ERROR_NOT_SUPPORTED']);
  });
});

test.each([
  ['void ns::scale<float>(float*, int)', 'ns::scale<float>'],
  ['add(float*, int)', 'add'],
  ['(anonymous namespace)::anon(float*)', 'anon'],
  ['void apply<(anonymous namespace)::Op>(int (*)(int))', 'apply<Op>'],
  ['void reduce<(int)4, float>(float const*)', 'reduce<4, float>'],
  ['plain_c_name', 'plain_c_name'],
  ['void scan<int, (int)8, (bool)1>(const T1 *)', 'scan<int, 8, true>'],
])('%s is called %s', (signature, name) => {
  expect(kernelName(signature)).toBe(name);
});

test('a line of the text that ran is found in the text of now', () => {
  const move = lineMover('a\nb\nc\nd\ne', 'a\nnew\nb\nx\nd\nd2\ne');
  expect([0, 1, 2, 3, 4].map(move)).toEqual([0, 2, undefined, 4, 6]);
});

describe('the streams of a recorded trace', () => {
  const data = combined();
  const model = modelOf(data);
  const default_ = model.rows.findIndex(({ about }) => about.isDefault === true);

  test('are busy and idle for as long as their records say', () => {
    const uses = streamUse(data);
    expect(uses.map(({ row }) => data.rows[row]?.kind)).toEqual(['stream', 'stream', 'stream']);
    for (const { row, busy, idle, records, longest } of uses) {
      const own = [...data.events.row.keys()].filter((event) => data.events.row[event] === row);
      const ends = own.map((event) => (data.events.start[event] ?? 0) + (data.events.duration[event] ?? 0));
      expect(records).toBe(own.length);
      expect(busy + idle).toBe(Math.max(...ends) - (data.events.start[own[0] ?? 0] ?? 0));
      expect((longest?.end ?? 0) - (longest?.start ?? 0)).toBeLessThanOrEqual(idle);
    }
  });

  test('begin and end where the GPU does', () => {
    const work = [...data.events.kind.keys()].filter(
      (event) => data.rows[data.events.row[event] ?? 0]?.kind === 'stream',
    );
    const from = Math.min(...work.map((event) => model.start[event] ?? 0));
    expect(gpuSpan(model)).toEqual({ from, to: Math.max(...work.map((event) => model.end[event] ?? 0)) });
    expect(from).toBeGreaterThan(0.3 * model.span);
  });

  test('have gaps between two records, and none within one, before the first or after the last', () => {
    const [first = 0, second = 0] = model.rows[default_]?.lanes[0] ?? [];
    const [end, start] = [model.end[first] ?? 0, model.start[second] ?? 0];
    const gap = { row: default_, start: end, end: start, after: first, before: second };
    expect(gapAt(model, default_, (end + start) / 2)).toEqual(gap);
    expect(gapAt(model, default_, end)).toEqual(gap);
    expect(gapAt(model, default_, end - 1)).toBeUndefined();
    expect(gapAt(model, default_, -1)).toBeUndefined();
    expect(gapAt(model, default_, model.span + 1)).toBeUndefined();
    expect(gapAt(model, model.rows.length - 1, model.span / 2)).toBeUndefined();
    // Of the longest one of all, the host slept meanwhile.
    const longest = streamUse(data).flatMap(({ longest }) => longest ?? []);
    expect(causesOf(data, longest).map(({ kind }) => kind)).toContain('host');
  });
});

test('slices of one track of the Chrome export lie beside or within each other', () => {
  const data = combined();
  const row = data.rows.findIndex(({ kind }) => kind === 'stream');
  const own = [...data.events.row.keys()].filter((event) => data.events.row[event] === row).slice(0, 3);
  // The branches of a graph overlap.
  const [first = 0, second = 0] = own;
  data.events.duration[first] = (data.events.start[second] ?? 0) - (data.events.start[first] ?? 0) + 5;
  data.events.duration[second] = 100_000;
  const { traceEvents } = JSON.parse([...chromeTrace(data)].join('')) as {
    traceEvents: { ph: string; ts: number; dur: number; pid: number; tid: number; args: { name?: string } }[];
  };
  const names = traceEvents.filter(({ ph }) => ph === 'M').map(({ args }) => args.name);
  expect(names).toContain('Default stream (2)');
  const tracks = new Map<string, { ts: number; dur: number }[]>();
  for (const { ph, pid, tid, ts, dur } of traceEvents) {
    if (ph !== 'X') continue;
    const key = `${pid} ${tid}`;
    tracks.set(key, [...(tracks.get(key) ?? []), { ts, dur }]);
  }
  for (const slices of tracks.values()) {
    const open: number[] = [];
    for (const { ts, dur } of slices.sort((a, b) => a.ts - b.ts || b.dur - a.dur)) {
      while (open.length > 0 && (open.at(-1) ?? 0) <= ts + 1e-6) open.pop();
      if (open.length > 0) expect(ts + dur).toBeLessThanOrEqual((open.at(-1) ?? 0) + 1e-6);
      open.push(ts + dur);
    }
  }
});
