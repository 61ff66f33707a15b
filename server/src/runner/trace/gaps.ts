/** When devices did nothing, for how long, and what the host did meanwhile. Pure. */
import { isWait, traceEventKinds, type GapCause, type TraceData, type TraceGap } from '../../../../protocol/src';

type Parts = Pick<TraceData, 'rows' | 'strings' | 'details' | 'events'>;

const listed = 30;
/** Nanoseconds; shorter ones are the time between two launches. */
const shortest = 1000;
const kindOf = (name: (typeof traceEventKinds)[number]) => traceEventKinds.indexOf(name);
const [call, copy, overhead] = [kindOf('call'), kindOf('copy'), kindOf('overhead')];

interface Idle {
  readonly device: number;
  readonly start: number;
  readonly end: number;
}

/** Nanoseconds in which a device worked, over all devices. */
export function busyTime(parts: Parts): number {
  return walk(parts, () => undefined);
}

export function longestGaps(parts: Parts): TraceGap[] {
  let idle: Idle[] = [];
  const byLength = (a: Idle, b: Idle) => b.end - b.start - (a.end - a.start);
  walk(parts, (device, start, end) => {
    if (end - start < shortest) return;
    idle.push({ device, start, end });
    // There may be a million of them.
    if (idle.length === 1000) idle = idle.sort(byLength).slice(0, listed);
  });
  const longest = idle.sort(byLength).slice(0, listed);
  const calls = new Map(longest.map((gap) => [gap, causeOf(parts, gap)]));
  return longest.map((gap) => ({
    device: gap.device,
    start: gap.start,
    duration: gap.end - gap.start,
    cause: calls.get(gap) ?? { kind: 'host' },
  }));
}

/** Visits each device's gaps; answers how long devices worked. Records are in the order of their start. */
function walk({ rows, events }: Parts, gap: (device: number, start: number, end: number) => void): number {
  /** By device. */
  const until: number[] = [];
  let busy = 0;
  for (let index = 0; index < events.start.length; index++) {
    const row = rows[events.row[index] ?? 0];
    if (row?.kind !== 'stream') continue;
    const device = row.device ?? 0;
    const start = events.start[index] ?? 0;
    const end = start + (events.duration[index] ?? 0);
    const last = until[device];
    if (last !== undefined && start > last) gap(device, last, start);
    busy += Math.max(0, end - Math.max(start, last ?? start));
    until[device] = Math.max(last ?? end, end);
  }
  return busy;
}

/** What took more than half of the gap on the host; of nested causes the more telling one. */
function causeOf({ rows, strings, details, events }: Parts, gap: Idle): GapCause {
  const half = (gap.end - gap.start) / 2;
  const byCall = new Map<string, { time: number; index: number }>();
  const pageable = new Set<number>();
  let loading = 0;
  for (let index = 0; index < events.start.length; index++) {
    const start = events.start[index] ?? 0;
    if (start > gap.end) break;
    const kind = events.kind[index];
    const overlap = Math.min(gap.end, start + (events.duration[index] ?? 0)) - Math.max(gap.start, start);
    if (kind === copy) {
      const detail = details[events.detail[index] ?? -1];
      const unpinned = detail?.kind === 'copy' && (detail.from === 'pageable' || detail.to === 'pageable');
      if (unpinned) pageable.add(events.correlation[index] ?? 0);
    }
    if (overlap <= 0) continue;
    if (kind === overhead && /loading|JIT/i.test(strings[events.name[index] ?? 0] ?? '')) loading += overlap;
    if (kind !== call || rows[events.row[index] ?? 0]?.kind !== 'host') continue;
    const key = `${events.name[index]} ${events.stack[index]}`;
    const known = byCall.get(key);
    byCall.set(key, { time: (known?.time ?? 0) + overlap, index: known?.index ?? index });
  }
  if (loading > half) return { kind: 'loading' };
  const [most] = [...byCall.values()].sort((a, b) => b.time - a.time);
  if (most === undefined || most.time < half) return { kind: 'host' };
  const name = strings[events.name[most.index] ?? 0] ?? '?';
  const stack = events.stack[most.index] ?? 0;
  if (pageable.has(events.correlation[most.index] ?? 0)) return { kind: 'pageable', name, stack };
  return { kind: isWait(name) ? 'wait' : 'call', name, stack };
}
