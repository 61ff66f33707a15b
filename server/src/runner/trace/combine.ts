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

class Combiner {
  readonly #rows = new Numbering<TraceRow>();
  readonly #strings = new Numbering<string>();
  readonly #places = new Numbering<SourceLocation>();
  readonly #stacks = new Numbering<readonly number[]>();
  readonly #details = new Numbering<TraceDetail>();
  /** By our stack, then by what else tells sums apart, as one number. */
  readonly #sums: Map<number, Sum>[] = [];
  // There may be a million records: what stands for what is kept by number, a text is made once.
  /** Ours of each process's stacks. */
  readonly #stackOf: Map<number, number>[] = [];
  /** Ours of each process's names. */
  readonly #nameOf: Map<number, number>[] = [];
  /** Ours of each process's rows: by device and context, then by stream; threads by their id. */
  readonly #streamOf: Map<number, Map<number, number>>[] = [];
  readonly #threadOf: Map<number, number>[] = [];
  readonly #detailOf = new Map<readonly number[], number>();

  constructor(private readonly input: CombineInput) {
    this.#stacks.of('', () => []);
  }

  run(): TraceData {
    const { traces } = this.input;
    const earliest = traces.map(({ began }) => began).reduce((a, b) => (a < b ? a : b), traces[0]?.began ?? 0n);
    const offsets = traces.map(({ began }) => Number(began - earliest));
    const { records, starts, processes, order } = inOrder(traces, offsets);
    const begin = starts[order[0] ?? 0] ?? 0;

    const column = () => new Array<number>(records.length).fill(0);
    const events = {
      kind: column(),
      row: column(),
      start: column(),
      duration: column(),
      name: column(),
      stack: column(),
      correlation: column(),
      detail: column(),
    };
    for (let index = 0; index < order.length; index++) {
      const at = order[index] ?? 0;
      const record = records[at];
      const process = processes[at] ?? 0;
      const trace = traces[process];
      if (trace === undefined || record === undefined) continue;
      const name = this.#name(record, process, trace);
      const stack = this.#stack(process, trace, record.stack);
      events.kind[index] = traceEventKinds.indexOf(record.kind);
      events.row[index] = this.#row(record, process, trace);
      events.start[index] = (starts[at] ?? 0) - begin;
      events.duration[index] = record.end - record.start;
      events.name[index] = name;
      events.stack[index] = stack;
      if (record.kind !== 'overhead') events.correlation[index] = record.correlation;
      events.detail[index] = this.#detail(record);
      this.#count(record, name, stack);
    }
    traces.forEach((trace, process) => {
      for (const summed of trace.summed) this.#countSummed(summed, process, trace);
    });

    const totals = this.#sums.flatMap((sums) => [...sums.values()].map((sum) => this.#total(sum)));
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

  #name(record: TraceRecord, process: number, trace: ProcessTrace): number {
    switch (record.kind) {
      case 'kernel':
      case 'call':
        return this.#symbol(record.name, process, trace);
      case 'copy':
        return this.#string(directions[record.copyKind] ?? 'unknown');
      case 'memset':
        return this.#string('memset');
      case 'overhead':
        return this.#string(overheads[record.cause] ?? 'Other overhead');
    }
  }

  #symbol(name: number, process: number, trace: ProcessTrace): number {
    const known = (this.#nameOf[process] ??= new Map());
    let ours = known.get(name);
    if (ours === undefined) {
      ours = this.#string(this.input.nameOf(trace.strings.get(name) ?? '?'));
      known.set(name, ours);
    }
    return ours;
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

  #row(record: TraceRecord, index: number, { process, defaultStreams }: ProcessTrace): number {
    if (record.kind === 'call' || record.kind === 'overhead') {
      const threads = (this.#threadOf[index] ??= new Map());
      const thread = record.kind === 'call' ? record.thread : process;
      let row = threads.get(thread);
      if (row === undefined) {
        row = this.#rows.of(`${process} thread ${thread}`, () => ({ kind: 'host', process, thread }));
        threads.set(thread, row);
      }
      return row;
    }
    const { device, context, stream } = record;
    const contexts = (this.#streamOf[index] ??= new Map());
    const place = device * 2 ** 32 + context;
    let streams = contexts.get(place);
    if (streams === undefined) contexts.set(place, (streams = new Map<number, number>()));
    let row = streams.get(stream);
    if (row === undefined) {
      const isDefault = defaultStreams.get(context) === stream;
      row = this.#rows.of(`${process} ${device} ${context} ${stream}`, () => ({
        kind: 'stream',
        process,
        device,
        context,
        stream,
        isDefault,
      }));
      streams.set(stream, row);
    }
    return row;
  }

  #detail(record: TraceRecord): number {
    if (record.kind === 'overhead' || (record.kind === 'call' && record.result === 0)) return -1;
    if (record.kind !== 'kernel') return this.#details.of(detailKey(record), () => detailOf(record));
    let detail = this.#detailOf.get(record.shape);
    if (detail === undefined) {
      detail = this.#details.of(detailKey(record), () => detailOf(record));
      this.#detailOf.set(record.shape, detail);
    }
    return detail;
  }

  #count(record: TraceRecord, name: number, stack: number): void {
    const nanoseconds = record.end - record.start;
    const sum =
      record.kind === 'copy'
        ? this.#sum(record.kind, name, stack, memoryKind(record.from), memoryKind(record.to))
        : this.#sum(record.kind, name, stack);
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
        ? this.#symbol(summed.name, process, trace)
        : this.#string(kind === 'copy' ? (directions[variant >> 16] ?? 'unknown') : 'memset');
    const stack = this.#stack(process, trace, summed.stack);
    const sum =
      kind === 'copy'
        ? this.#sum(kind, name, stack, memoryKind((variant >> 8) & 255), memoryKind(variant & 255))
        : this.#sum(kind, name, stack);
    sum.count += summed.count;
    sum.total += summed.total;
    sum.min = Math.min(sum.min, summed.min);
    sum.max = Math.max(sum.max, summed.max);
    sum.bytes += summed.bytes;
  }

  #sum(kind: TraceEventKind, name: number, stack: number, from?: MemoryKind, to?: MemoryKind): Sum {
    const sums = (this.#sums[stack] ??= new Map());
    const memory = from === undefined || to === undefined ? 0 : memories.indexOf(from) * 8 + memories.indexOf(to);
    const key = (name * 8 + traceEventKinds.indexOf(kind)) * 64 + memory;
    let sum = sums.get(key);
    if (sum === undefined) {
      const way = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
      sum = { kind, name, stack, ...way, count: 0, total: 0, min: Infinity, max: 0, bytes: 0 };
      sums.set(key, sum);
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

/** All processes' records on one clock, and in which order they began. */
function inOrder(traces: readonly ProcessTrace[], offsets: readonly number[]) {
  const [only] = traces;
  const records = traces.length === 1 && only ? only.records : traces.flatMap((trace) => trace.records);
  const starts = new Float64Array(records.length);
  const processes = new Uint16Array(records.length);
  let at = 0;
  traces.forEach((trace, process) => {
    for (const { start } of trace.records) {
      starts[at] = start + (offsets[process] ?? 0);
      processes[at++] = process;
    }
  });
  const order = Array.from(starts, (_, index) => index);
  order.sort((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0));
  return { records, starts, processes, order };
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
