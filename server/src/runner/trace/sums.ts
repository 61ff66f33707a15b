/** What each place of the program did, added up. Pure. */
import {
  traceEventKinds,
  type MemoryKind,
  type SourceLocation,
  type TraceData,
  type TraceDetail,
  type TraceRow,
  type TraceTotal,
} from '../../../../protocol/src';

/** Times in nanoseconds. */
export interface Sum {
  /** Index into `traceEventKinds`. */
  readonly kind: number;
  readonly name: number;
  readonly stack: number;
  readonly from?: MemoryKind;
  readonly to?: MemoryKind;
  count: number;
  total: number;
  min: number;
  max: number;
  bytes: number;
  /** Of kernels: bytes of managed memory that moved meanwhile, and page faults. */
  migrated: number;
  faults: number;
}

const memories: readonly MemoryKind[] = ['unknown', 'pageable', 'pinned', 'device', 'array', 'managed'];

export class Sums {
  /** By stack, then by what else tells sums apart, as one number. */
  readonly #sums: Map<number, Sum>[] = [];

  of(kind: number, name: number, stack: number, from?: MemoryKind, to?: MemoryKind): Sum {
    const sums = (this.#sums[stack] ??= new Map());
    const memory = from === undefined || to === undefined ? 0 : memories.indexOf(from) * 8 + memories.indexOf(to);
    const key = (name * 8 + kind) * 64 + memory;
    let sum = sums.get(key);
    if (sum === undefined) {
      const way = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
      const nothing = { count: 0, total: 0, min: Infinity, max: 0, bytes: 0, migrated: 0, faults: 0 };
      sum = { kind, name, stack, ...way, ...nothing };
      sums.set(key, sum);
    }
    return sum;
  }

  /** The longest first. */
  totals({ strings, stacks }: Pick<TraceData, 'strings' | 'stacks'>, places: readonly SourceLocation[]): TraceTotal[] {
    const totals = this.#sums.flatMap((sums) =>
      [...sums.values()].map((sum) => {
        const frames = (stacks[sum.stack] ?? []).flatMap((place) => places[place] ?? []);
        return totalOf(sum, strings[sum.name] ?? '?', frames);
      }),
    );
    return totals.sort((a, b) => b.total - a.total);
  }
}

function totalOf(sum: Sum, name: string, frames: readonly SourceLocation[]): TraceTotal {
  const { count, total, min, max, bytes, from, to, migrated, faults } = sum;
  const kind = traceEventKinds[sum.kind] ?? 'kernel';
  return {
    kind,
    name,
    frames,
    count,
    total: total / 1000,
    min: min / 1000,
    max: max / 1000,
    ...(kind === 'copy' || kind === 'memset' || kind === 'migration' ? { bytes } : {}),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(migrated === 0 ? {} : { migrated }),
    ...(faults === 0 ? {} : { faults }),
  };
}

interface Running {
  readonly end: number;
  readonly sum: Sum;
}

/** Gives kernels what happened to managed memory while they ran: records come in the order of their start. */
export class WorkMeanwhile {
  /** Kernels that may still run, by device. */
  readonly #running = new Map<number, Running[]>();

  add(
    events: TraceData['events'],
    index: number,
    rows: readonly TraceRow[],
    details: readonly TraceDetail[],
    sum: Sum,
  ): void {
    const kind = traceEventKinds[events.kind[index] ?? 0];
    if (kind !== 'kernel' && kind !== 'migration' && kind !== 'fault') return;
    const device = rows[events.row[index] ?? 0]?.device;
    // A page fault of the host is no kernel's.
    if (device === undefined) return;
    const start = events.start[index] ?? 0;
    let running = this.#running.get(device);
    if (running === undefined) this.#running.set(device, (running = []));
    // The one that began last is the one meant, as long as it runs.
    while (running.length > 0 && (running.at(-1)?.end ?? 0) < start) running.pop();
    if (kind === 'kernel') {
      running.push({ end: start + (events.duration[index] ?? 0), sum });
      return;
    }
    const latest = running.at(-1)?.sum;
    const detail = details[events.detail[index] ?? -1];
    if (latest === undefined || detail === undefined) return;
    if (detail.kind === 'migration') latest.migrated += detail.bytes;
    else if (detail.kind === 'fault' && detail.fault === 'gpuFault') latest.faults += detail.value;
  }
}
