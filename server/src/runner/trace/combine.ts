/** Records of the program's processes → one trace: columns for the timeline, sums for the editor. Pure. */
import {
  emptyEvents,
  longestGaps,
  busyTime,
  traceEventKinds,
  type SourceLocation,
  type TraceData,
  type TraceDetail,
  type TraceEventKind,
  type TraceRow,
} from '../../../../protocol/src';
import { timeOrder, type RawRow } from './columns';
import { copyDirection, faultKind, memoryKind, migrationDirection, overheadName } from './cupti-names';
import type { ProcessTrace, SummedRecords } from './records';
import { Sums, WorkMeanwhile, type Sum } from './sums';

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

/** A process's numbers and ours for the same thing. */
interface Tables {
  readonly rows: readonly number[];
  readonly details: readonly number[];
  readonly stacks: Map<number, number>;
  readonly symbols: Map<number, number>;
}

const numberOf = (kind: TraceEventKind) => traceEventKinds.indexOf(kind);
const [kernel, call, overhead, range] = [numberOf('kernel'), numberOf('call'), numberOf('overhead'), numberOf('range')];

class Combiner {
  readonly #rows = new Numbering<TraceRow>();
  readonly #strings = new Numbering<string>();
  readonly #places = new Numbering<SourceLocation>();
  readonly #stacks = new Numbering<readonly number[]>();
  readonly #details = new Numbering<TraceDetail>();
  readonly #sums = new Sums();
  readonly #tables: readonly Tables[];

  constructor(private readonly input: CombineInput) {
    this.#stacks.of('', () => []);
    this.#tables = input.traces.map((trace) => ({
      rows: trace.records.rows.map((row) => this.#row(row, trace)),
      details: trace.records.details.map((detail) => this.#details.of(JSON.stringify(detail), () => detail)),
      stacks: new Map(),
      symbols: new Map(),
    }));
  }

  run(): TraceData {
    const { traces } = this.input;
    const events = this.#events();
    traces.forEach((trace, process) => {
      for (const summed of trace.summed) this.#countSummed(summed, process, trace);
    });
    const parts = {
      rows: this.#rows.values,
      strings: this.#strings.values,
      stacks: this.#stacks.values,
      details: this.#details.values,
      events,
    };
    const totals = this.#sums.totals(parts, this.#places.values);
    const onGpu = totals.filter(({ kind }) => kind === 'kernel' || kind === 'copy' || kind === 'memset');
    const summedOnly = traces.flatMap(({ summed }) => summed).reduce((sum, { count }) => sum + count, 0);
    return {
      format: 'kernel-lens-trace',
      version: 2,
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

  /** All processes' records on one clock, in the order in which they began. */
  #events(): TraceData['events'] {
    const { traces } = this.input;
    const count = traces.reduce((sum, { records }) => sum + records.count, 0);
    const starts = new Float64Array(count);
    const firsts: number[] = [];
    const earliest = traces.map(({ began }) => began).reduce((a, b) => (a < b ? a : b), traces[0]?.began ?? 0n);
    let filled = 0;
    for (const { began, records } of traces) {
      firsts.push(filled);
      const offset = Number(began - earliest);
      for (let at = 0; at < records.count; at++) starts[filled++] = (records.start[at] ?? 0) + offset;
    }
    const order = timeOrder(starts);
    const begin = starts[order[0] ?? 0] ?? 0;
    const events = emptyEvents(count);
    const meanwhile = new WorkMeanwhile();
    for (let index = 0; index < count; index++) {
      const at = order[index] ?? 0;
      const process = processOf(firsts, at);
      const start = (starts[at] ?? 0) - begin;
      events.start[index] = start;
      this.#fill(events, index, process, at - (firsts[process] ?? 0));
      meanwhile.add(events, index, this.#rows.values, this.#details.values, this.#count(events, index));
    }
    return events;
  }

  #fill(events: ReturnType<typeof emptyEvents>, index: number, process: number, at: number): void {
    const trace = this.input.traces[process];
    const tables = this.#tables[process];
    if (trace === undefined || tables === undefined) return;
    const { records } = trace;
    const kind = records.kind[at] ?? 0;
    const detail = tables.details[records.detail[at] ?? -1] ?? -1;
    events.kind[index] = kind;
    events.duration[index] = (records.end[at] ?? 0) - (records.start[at] ?? 0);
    events.row[index] = tables.rows[records.row[at] ?? 0] ?? 0;
    events.detail[index] = detail;
    events.correlation[index] = records.correlation[at] ?? 0;
    events.stack[index] = this.#stack(tables, trace, records.stack[at] ?? 0);
    const name = records.name[at] ?? 0;
    if (kind === kernel || kind === call || kind === range) events.name[index] = this.#symbol(tables, trace, name);
    else events.name[index] = this.#string(kind === overhead ? overheadName(name) : this.#nameOfDetail(detail));
  }

  #nameOfDetail(number: number): string {
    const detail = this.#details.values[number];
    switch (detail?.kind) {
      case 'copy':
      case 'migration':
        return detail.direction;
      case 'fault':
        return detail.fault;
      default:
        return 'memset';
    }
  }

  #symbol({ symbols }: Tables, trace: ProcessTrace, name: number): number {
    let ours = symbols.get(name);
    if (ours === undefined) {
      ours = this.#string(this.input.nameOf(trace.strings.get(name) ?? '?'));
      symbols.set(name, ours);
    }
    return ours;
  }

  #string(text: string): number {
    return this.#strings.of(text, () => text);
  }

  #stack({ stacks }: Tables, trace: ProcessTrace, stack: number): number {
    let ours = stacks.get(stack);
    if (ours === undefined) {
      const places = this.input
        .framesOf(trace, stack)
        .map((frame) => this.#places.of(`${frame.file}\n${frame.line}`, () => frame));
      ours = this.#stacks.of(places.join(' '), () => places);
      stacks.set(stack, ours);
    }
    return ours;
  }

  #row(row: RawRow, { process, defaultStreams }: ProcessTrace): number {
    switch (row.kind) {
      case 'thread': {
        // What CUPTI did for itself is shown with the process's first thread.
        const thread = row.thread === 0 ? process : row.thread;
        const about = { kind: 'host', process, thread, ...(row.name !== undefined && { name: row.name }) } as const;
        return this.#rows.of(`${process} thread ${thread}`, () => about);
      }
      case 'ranges': {
        const { kind, thread, name } = row;
        const about = { kind, process, thread, ...(name !== undefined && { name }) };
        return this.#rows.of(`${process} ranges ${thread}`, () => about);
      }
      case 'stream': {
        const { device, context, stream } = row;
        const isDefault = defaultStreams.get(context) === stream;
        const about = { kind: 'stream', process, device, context, stream, isDefault } as const;
        return this.#rows.of(`${process} ${device} ${context} ${stream}`, () => about);
      }
      case 'managed': {
        const { device } = row;
        const about = { kind: 'managed', process, ...(device !== undefined && { device }) } as const;
        return this.#rows.of(`${process} managed ${device}`, () => about);
      }
    }
  }

  #count(events: TraceData['events'], index: number): Sum {
    const kind = events.kind[index] ?? 0;
    const detail = this.#details.values[events.detail[index] ?? -1];
    const nanoseconds = events.duration[index] ?? 0;
    const name = events.name[index] ?? 0;
    const stack = events.stack[index] ?? 0;
    const sum =
      detail?.kind === 'copy'
        ? this.#sums.of(kind, name, stack, detail.from, detail.to)
        : this.#sums.of(kind, name, stack);
    sum.count += detail?.kind === 'fault' && detail.fault === 'gpuFault' ? Math.max(1, detail.value) : 1;
    sum.total += nanoseconds;
    sum.min = Math.min(sum.min, nanoseconds);
    sum.max = Math.max(sum.max, nanoseconds);
    if (detail !== undefined && 'bytes' in detail) sum.bytes += detail.bytes;
    return sum;
  }

  #countSummed(summed: SummedRecords, process: number, trace: ProcessTrace): void {
    const tables = this.#tables[process];
    if (tables === undefined) return;
    const { kind, variant } = summed;
    const name =
      kind === 'kernel' || kind === 'call'
        ? this.#symbol(tables, trace, summed.name)
        : this.#string(nameOfVariant(kind, variant));
    const stack = this.#stack(tables, trace, summed.stack);
    const number = numberOf(kind);
    const sum =
      kind === 'copy'
        ? this.#sums.of(number, name, stack, memoryKind((variant >> 8) & 255), memoryKind(variant & 255))
        : this.#sums.of(number, name, stack);
    sum.count += summed.count;
    sum.total += summed.total;
    sum.min = Math.min(sum.min, summed.min);
    sum.max = Math.max(sum.max, summed.max);
    sum.bytes += summed.bytes;
  }
}

function nameOfVariant(kind: TraceEventKind, variant: number): string {
  switch (kind) {
    case 'copy':
      return copyDirection(variant >> 16);
    case 'migration':
      return migrationDirection(variant) ?? 'unknown';
    case 'fault':
      return faultKind(variant) ?? 'unknown';
    case 'overhead':
      return overheadName(variant);
    default:
      return 'memset';
  }
}

/** Whose records the one at a place is of. */
function processOf(firsts: readonly number[], at: number): number {
  let process = firsts.length - 1;
  while (process > 0 && at < (firsts[process] ?? 0)) process--;
  return process;
}
