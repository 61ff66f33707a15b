/** When devices and streams did nothing, for how long, and what the host did meanwhile. Pure. */
import { isWait, traceEventKinds, type GapCause, type TraceData, type TraceGap } from './trace';

type Parts = Pick<TraceData, 'rows' | 'strings' | 'details' | 'events'>;

const listed = 30;
/** Nanoseconds; shorter ones are the time between two launches. */
export const shortestGap = 1000;
const kindOf = (name: (typeof traceEventKinds)[number]) => traceEventKinds.indexOf(name);
const [call, copy, overhead] = [kindOf('call'), kindOf('copy'), kindOf('overhead')];

interface Span {
  readonly start: number;
  readonly end: number;
}

interface Idle extends Span {
  readonly device: number;
}

/** Nanoseconds in which a device worked, over all devices. */
export function busyTime(parts: Parts): number {
  return walk(parts, () => undefined);
}

export function longestGaps(parts: Parts): TraceGap[] {
  let idle: Idle[] = [];
  const byLength = (a: Idle, b: Idle) => b.end - b.start - (a.end - a.start);
  walk(parts, (device, start, end) => {
    if (end - start < shortestGap) return;
    idle.push({ device, start, end });
    // There may be a million of them.
    if (idle.length === 1000) idle = idle.sort(byLength).slice(0, listed);
  });
  const longest = idle.sort(byLength).slice(0, listed);
  const causes = causesOf(parts, longest);
  return longest.map(({ device, start, end }, index) => ({
    device,
    start,
    duration: end - start,
    cause: causes[index] ?? { kind: 'host' },
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

/** What the host was found doing in a gap. */
interface Found {
  loading: number;
  readonly byCall: Map<number, Map<number, { time: number; index: number }>>;
}

/** What took more than half of each gap on the host; of nested causes the more telling one. One pass for all gaps. */
export function causesOf(parts: Parts, gaps: readonly Span[]): GapCause[] {
  const { rows, strings, details, events } = parts;
  const begin = gaps.reduce((least, { start }) => Math.min(least, start), Infinity);
  const finish = gaps.reduce((most, { end }) => Math.max(most, end), 0);
  const found = gaps.map((): Found => ({ loading: 0, byCall: new Map() }));
  const pageable = new Set<number>();
  const isLoading = strings.map((name) => /loading|JIT/i.test(name));
  for (let index = 0; index < events.start.length; index++) {
    const start = events.start[index] ?? 0;
    if (start > finish) break;
    const kind = events.kind[index];
    if (kind === copy) {
      const detail = details[events.detail[index] ?? -1];
      const unpinned = detail?.kind === 'copy' && (detail.from === 'pageable' || detail.to === 'pageable');
      if (unpinned) pageable.add(events.correlation[index] ?? 0);
    }
    if (kind !== call && kind !== overhead) continue;
    const end = start + (events.duration[index] ?? 0);
    if (end <= begin) continue;
    if (kind === overhead && isLoading[events.name[index] ?? 0] !== true) continue;
    if (kind === call && rows[events.row[index] ?? 0]?.kind !== 'host') continue;
    gaps.forEach((gap, at) => {
      const overlap = Math.min(gap.end, end) - Math.max(gap.start, start);
      const into = found[at];
      if (overlap <= 0 || into === undefined) return;
      if (kind === overhead) into.loading += overlap;
      else addCall(into, events.name[index] ?? 0, events.stack[index] ?? 0, overlap, index);
    });
  }
  return gaps.map((gap, at) => causeOf(parts, gap, found[at], pageable));
}

function addCall({ byCall }: Found, name: number, stack: number, time: number, index: number): void {
  let stacks = byCall.get(name);
  if (stacks === undefined) byCall.set(name, (stacks = new Map<number, { time: number; index: number }>()));
  const known = stacks.get(stack);
  if (known === undefined) stacks.set(stack, { time, index });
  else known.time += time;
}

function causeOf(
  { strings, events }: Parts,
  gap: Span,
  found: Found | undefined,
  pageable: ReadonlySet<number>,
): GapCause {
  const half = (gap.end - gap.start) / 2;
  if (found === undefined) return { kind: 'host' };
  if (found.loading > half) return { kind: 'loading' };
  const calls = [...found.byCall.values()].flatMap((stacks) => [...stacks.values()]);
  const [most] = calls.sort((a, b) => b.time - a.time);
  if (most === undefined || most.time < half) return { kind: 'host' };
  const name = strings[events.name[most.index] ?? 0] ?? '?';
  const stack = events.stack[most.index] ?? 0;
  if (pageable.has(events.correlation[most.index] ?? 0)) return { kind: 'pageable', name, stack };
  return { kind: isWait(name) ? 'wait' : 'call', name, stack };
}

/** How one stream was used. */
export interface StreamUse {
  /** Index into `rows`. */
  readonly row: number;
  readonly records: number;
  /** Nanoseconds with work, and without any between the first and the last. */
  readonly busy: number;
  readonly idle: number;
  /** Times without work of at least `shortestGap`, and the longest of them. */
  readonly gaps: number;
  readonly longest: { readonly start: number; readonly end: number } | undefined;
}

interface Use {
  row: number;
  records: number;
  busy: number;
  idle: number;
  gaps: number;
  longest: Span | undefined;
  until: number;
}

/** Streams in the order of their rows. */
export function streamUse({ rows, events }: Pick<TraceData, 'rows' | 'events'>): StreamUse[] {
  const uses: Use[] = rows.map((_, row) => ({
    row,
    records: 0,
    busy: 0,
    idle: 0,
    gaps: 0,
    longest: undefined,
    until: -1,
  }));
  for (let index = 0; index < events.start.length; index++) {
    const use = uses[events.row[index] ?? 0];
    if (use === undefined || rows[use.row]?.kind !== 'stream') continue;
    const start = events.start[index] ?? 0;
    const end = start + (events.duration[index] ?? 0);
    if (use.records++ > 0 && start > use.until) {
      use.idle += start - use.until;
      if (start - use.until >= shortestGap) use.gaps++;
      const longest = use.longest === undefined ? 0 : use.longest.end - use.longest.start;
      if (start - use.until > longest) use.longest = { start: use.until, end: start };
    }
    use.busy += Math.max(0, end - Math.max(start, use.until));
    use.until = Math.max(use.until, end);
  }
  return uses.filter(({ records }) => records > 0).map(({ until: _, ...use }) => use);
}
