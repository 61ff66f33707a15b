/** Records of the program's processes → one trace: columns for the timeline, sums for the editor. Pure. */
import {
  traceEventKinds,
  type CopyDirection,
  type MemoryKind,
  type SourceLocation,
  type TraceData,
  type TraceDetail,
  type TraceEventKind,
  type TraceRow,
  type TraceTotal,
} from '../../../../protocol/src';
import { busyTime, longestGaps } from './gaps';
import type { ProcessTrace, SummedRecords, TraceRecord } from './records';

export interface CombineInput {
  readonly traces: readonly ProcessTrace[];
  readonly framesOf: (trace: ProcessTrace, stack: number) => readonly SourceLocation[];
  readonly nameOf: (symbol: string) => string;
  readonly program: string;
  readonly deviceName: string;
  /** ISO 8601. */
  readonly recordedAt: string;
}

export function combine(input: CombineInput): TraceData {
  return new Combiner(input).run();
}

/** CUPTI's numbers of directions. */
const directions: readonly CopyDirection[] = [
  'unknown',
  'hostToDevice',
  'deviceToHost',
  'array',
  'array',
  'array',
  'array',
  'array',
  'deviceToDevice',
  'hostToHost',
  'peer',
];
/** CUPTI's numbers of memories. */
const memories: readonly MemoryKind[] = [
  'unknown',
  'pageable',
  'pinned',
  'device',
  'array',
  'managed',
  'device',
  'managed',
];
const memoryKind = (number: number): MemoryKind => memories[number] ?? 'unknown';

/** CUPTI's numbers of what it calls overhead: work that is not the program's. */
const overheads: Readonly<Record<number, string>> = {
  1: 'JIT compilation',
  65536: 'Trace buffer flush',
  131072: 'Trace instrumentation',
  196608: 'Trace resources',
  262144: 'Module loading',
  327680: 'Lazy function loading',
  393216: 'Command buffer full',
  458752: 'Trace buffer request',
  524288: 'Managed memory tracing',
};

interface Sum {
  readonly kind: TraceEventKind;
  readonly name: number;
  readonly stack: number;
  readonly from?: MemoryKind;
  readonly to?: MemoryKind;
  count: number;
  total: number;
  min: number;
  max: number;
  bytes: number;
}

/** Gives equal things the same number. */
class Numbering<Value> {
  readonly values: Value[] = [];
  readonly #known = new Map<string, number>();

  of(key: string, make: () => Value): number {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.values.length);
    return this.values.push(make()) - 1;
  }
}

interface Event {
  readonly record: TraceRecord;
  readonly process: number;
  readonly start: number;
}

class Combiner {
  readonly #rows = new Numbering<TraceRow>();
  readonly #strings = new Numbering<string>();
  readonly #places = new Numbering<SourceLocation>();
  readonly #stacks = new Numbering<readonly number[]>();
  readonly #details = new Numbering<TraceDetail>();
  readonly #sums = new Map<string, Sum>();
  /** Ours of each process's stacks. */
  readonly #stackOf: Map<number, number>[] = [];

  constructor(private readonly input: CombineInput) {
    this.#stacks.of('', () => []);
  }

  run(): TraceData {
    const { traces } = this.input;
    const earliest = traces.map(({ began }) => began).reduce((a, b) => (a < b ? a : b), traces[0]?.began ?? 0n);
    const offsets = traces.map(({ began }) => Number(began - earliest));
    const all: Event[] = traces.flatMap(({ records }, process) =>
      records.map((record) => ({ record, process, start: record.start + (offsets[process] ?? 0) })),
    );
    all.sort((a, b) => a.start - b.start);
    const begin = all[0]?.start ?? 0;

    const events = {
      kind: [] as number[],
      row: [] as number[],
      start: [] as number[],
      duration: [] as number[],
      name: [] as number[],
      stack: [] as number[],
      correlation: [] as number[],
      detail: [] as number[],
    };
    for (const { record, process, start } of all) {
      const trace = traces[process];
      if (trace === undefined) continue;
      const name = this.#name(record, trace);
      const stack = this.#stack(process, trace, record.stack);
      events.kind.push(traceEventKinds.indexOf(record.kind));
      events.row.push(this.#row(record, trace));
      events.start.push(start - begin);
      events.duration.push(record.end - record.start);
      events.name.push(name);
      events.stack.push(stack);
      events.correlation.push('correlation' in record ? record.correlation : 0);
      events.detail.push(this.#detail(record));
      this.#count(record, name, stack);
    }
    traces.forEach((trace, process) => {
      for (const summed of trace.summed) this.#countSummed(summed, process, trace);
    });

    const totals = [...this.#sums.values()].map((sum) => this.#total(sum));
    totals.sort((a, b) => b.total - a.total);
    const parts = {
      rows: this.#rows.values,
      strings: this.#strings.values,
      stacks: this.#stacks.values,
      details: this.#details.values,
      events,
    };
    const onGpu = totals.filter(({ kind }) => kind === 'kernel' || kind === 'copy' || kind === 'memset');
    const summedOnly = traces.flatMap(({ summed }) => summed).reduce((sum, { count }) => sum + count, 0);
    return {
      format: 'kernel-lens-trace',
      version: 1,
      program: this.input.program,
      recordedAt: this.input.recordedAt,
      deviceName: this.input.deviceName,
      ...parts,
      places: this.#places.values,
      gaps: longestGaps(parts),
      totals,
      gpuTime: onGpu.reduce((sum, { total }) => sum + total, 0),
      busy: busyTime(parts) / 1000,
      summedOnly,
      lost: traces.reduce((sum, { lost }) => sum + lost, 0),
    };
  }

  #name(record: TraceRecord, trace: ProcessTrace): number {
    switch (record.kind) {
      case 'kernel':
      case 'call':
        return this.#string(this.input.nameOf(trace.strings.get(record.name) ?? '?'));
      case 'copy':
        return this.#string(directions[record.copyKind] ?? 'unknown');
      case 'memset':
        return this.#string('memset');
      case 'overhead':
        return this.#string(overheads[record.cause] ?? 'Other overhead');
    }
  }

  #string(text: string): number {
    return this.#strings.of(text, () => text);
  }

  #stack(process: number, trace: ProcessTrace, stack: number): number {
    const known = (this.#stackOf[process] ??= new Map());
    let ours = known.get(stack);
    if (ours === undefined) {
      const places = this.input
        .framesOf(trace, stack)
        .map((frame) => this.#places.of(`${frame.file}\n${frame.line}`, () => frame));
      ours = this.#stacks.of(places.join(' '), () => places);
      known.set(stack, ours);
    }
    return ours;
  }

  #row(record: TraceRecord, { process, defaultStreams }: ProcessTrace): number {
    if ('device' in record) {
      const { device, context, stream } = record;
      return this.#rows.of(`${process} ${device} ${context} ${stream}`, () => ({
        kind: 'stream',
        process,
        device,
        context,
        stream,
        isDefault: defaultStreams.get(context) === stream,
      }));
    }
    const thread = record.kind === 'call' ? record.thread : process;
    return this.#rows.of(`${process} thread ${thread}`, () => ({ kind: 'host', process, thread }));
  }

  #detail(record: TraceRecord): number {
    if (record.kind === 'overhead' || (record.kind === 'call' && record.result === 0)) return -1;
    return this.#details.of(detailKey(record), () => detailOf(record));
  }

  #count(record: TraceRecord, name: number, stack: number): void {
    const nanoseconds = record.end - record.start;
    const memory = record.kind === 'copy' ? { from: memoryKind(record.from), to: memoryKind(record.to) } : {};
    const sum = this.#sum({ kind: record.kind, name, stack, ...memory });
    sum.count++;
    sum.total += nanoseconds;
    sum.min = Math.min(sum.min, nanoseconds);
    sum.max = Math.max(sum.max, nanoseconds);
    if ('bytes' in record) sum.bytes += record.bytes;
  }

  #countSummed(summed: SummedRecords, process: number, trace: ProcessTrace): void {
    const { kind, variant } = summed;
    const name =
      kind === 'kernel' || kind === 'call'
        ? this.#string(this.input.nameOf(trace.strings.get(summed.name) ?? '?'))
        : this.#string(kind === 'copy' ? (directions[variant >> 16] ?? 'unknown') : 'memset');
    const memory = kind === 'copy' ? { from: memoryKind((variant >> 8) & 255), to: memoryKind(variant & 255) } : {};
    const sum = this.#sum({ kind, name, stack: this.#stack(process, trace, summed.stack), ...memory });
    sum.count += summed.count;
    sum.total += summed.total;
    sum.min = Math.min(sum.min, summed.min);
    sum.max = Math.max(sum.max, summed.max);
    sum.bytes += summed.bytes;
  }

  #sum(about: Pick<Sum, 'kind' | 'name' | 'stack' | 'from' | 'to'>): Sum {
    const key = `${about.kind} ${about.name} ${about.stack} ${about.from ?? ''} ${about.to ?? ''}`;
    let sum = this.#sums.get(key);
    if (sum === undefined) {
      sum = { ...about, count: 0, total: 0, min: Infinity, max: 0, bytes: 0 };
      this.#sums.set(key, sum);
    }
    return sum;
  }

  #total({ kind, name, stack, from, to, count, total, min, max, bytes }: Sum): TraceTotal {
    return {
      kind,
      name: this.#strings.values[name] ?? '?',
      frames: (this.#stacks.values[stack] ?? []).flatMap((place) => this.#places.values[place] ?? []),
      count,
      total: total / 1000,
      min: min / 1000,
      max: max / 1000,
      ...(kind === 'copy' || kind === 'memset' ? { bytes } : {}),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    };
  }
}

type DetailedRecord = Exclude<TraceRecord, { kind: 'overhead' }>;

/** Tells details apart without making them: there may be a million records of a few kinds. */
function detailKey(record: DetailedRecord): string {
  switch (record.kind) {
    case 'kernel':
      return record.shape.join(' ');
    case 'copy':
      return `copy ${record.bytes} ${record.copyKind} ${record.from} ${record.to} ${record.asynchronous}`;
    case 'memset':
      return `memset ${record.bytes} ${record.value} ${record.memory}`;
    case 'call':
      return `call ${record.result}`;
  }
}

function detailOf(record: DetailedRecord): TraceDetail {
  switch (record.kind) {
    case 'kernel': {
      const at = (index: number) => record.shape[index] ?? 0;
      return {
        kind: 'kernel',
        grid: [at(0), at(1), at(2)],
        block: [at(3), at(4), at(5)],
        registers: at(6),
        staticShared: at(7),
        dynamicShared: at(8),
        local: at(9),
        inGraph: at(10) === 1,
      };
    }
    case 'copy':
      return {
        kind: 'copy',
        bytes: record.bytes,
        direction: directions[record.copyKind] ?? 'unknown',
        from: memoryKind(record.from),
        to: memoryKind(record.to),
        asynchronous: record.asynchronous,
      };
    case 'memset':
      return { kind: 'memset', bytes: record.bytes, value: record.value, memory: memoryKind(record.memory) };
    case 'call':
      return { kind: 'call', result: record.result };
  }
}
