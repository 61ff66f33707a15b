/** A trace as the canvas wants it: rows of lanes in which nothing overlaps, found by time. Pure. */
import { isWait, traceEventKinds, type TraceData, type TraceRow } from '../../../../protocol/src/trace';

/** What a record is drawn as. */
export type Look = 'kernel' | 'copyIn' | 'copyOut' | 'copyOther' | 'memset' | 'call' | 'wait' | 'overhead';
export const looks: readonly Look[] = [
  'kernel',
  'copyIn',
  'copyOut',
  'copyOther',
  'memset',
  'call',
  'wait',
  'overhead',
];

export interface Lane {
  /** Indices of events, in the order of their start. */
  readonly events: Int32Array;
}

export interface Row {
  readonly about: TraceRow;
  readonly lanes: readonly Lane[];
}

export interface Model {
  readonly trace: TraceData;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Index into `looks`. */
  readonly look: Uint8Array;
  readonly rows: readonly Row[];
  /** Of each event: row and lane. */
  readonly rowOf: Int32Array;
  readonly laneOf: Uint8Array;
  /** Nanoseconds. */
  readonly span: number;
}

/** More at once in one stream is drawn in the last lane. */
const mostLanes = 4;

export function modelOf(trace: TraceData): Model {
  const { events } = trace;
  const length = events.start.length;
  const start = Float64Array.from(events.start);
  const end = Float64Array.from(events.start, (from, index) => from + (events.duration[index] ?? 0));
  const look = new Uint8Array(length);
  for (let index = 0; index < length; index++) look[index] = looks.indexOf(lookOf(trace, index));

  const order = trace.rows.map((_, index) => index).sort((a, b) => compare(trace.rows[a], trace.rows[b]));
  const place = new Map(order.map((row, index) => [row, index]));
  const ends: number[][] = order.map(() => []);
  const lanes: number[][][] = order.map(() => []);
  const rowOf = new Int32Array(length);
  const laneOf = new Uint8Array(length);
  for (let index = 0; index < length; index++) {
    const row = place.get(events.row[index] ?? 0) ?? 0;
    const free = ends[row]?.findIndex((until) => until <= (start[index] ?? 0)) ?? -1;
    const lane = free >= 0 ? free : Math.min(ends[row]?.length ?? 0, mostLanes - 1);
    rowOf[index] = row;
    laneOf[index] = lane;
    (ends[row] ??= [])[lane] = end[index] ?? 0;
    ((lanes[row] ??= [])[lane] ??= []).push(index);
  }
  const rows = order.map((row, index) => ({
    about: trace.rows[row] ?? { kind: 'host' as const, process: 0 },
    lanes: (lanes[index] ?? []).map((list) => ({ events: Int32Array.from(list) })),
  }));
  return { trace, start, end, look, rows, rowOf, laneOf, span: end.reduce((a, b) => Math.max(a, b), 1) };
}

/** Devices first, their streams in order, then the host's threads. */
function compare(a: TraceRow | undefined, b: TraceRow | undefined): number {
  const key = (row: TraceRow | undefined) => [
    row?.kind === 'stream' ? 0 : 1,
    row?.process ?? 0,
    row?.device ?? 0,
    row?.context ?? 0,
    row?.isDefault === true ? 0 : 1,
    row?.stream ?? row?.thread ?? 0,
  ];
  const [left, right] = [key(a), key(b)];
  const different = left.findIndex((value, index) => value !== right[index]);
  return different < 0 ? 0 : (left[different] ?? 0) - (right[different] ?? 0);
}

function lookOf(trace: TraceData, index: number): Look {
  const kind = traceEventKinds[trace.events.kind[index] ?? 0] ?? 'kernel';
  if (kind === 'call') return isWait(trace.strings[trace.events.name[index] ?? 0] ?? '') ? 'wait' : 'call';
  if (kind !== 'copy') return kind;
  const detail = trace.details[trace.events.detail[index] ?? -1];
  if (detail?.kind !== 'copy') return 'copyOther';
  if (detail.direction === 'hostToDevice') return 'copyIn';
  return detail.direction === 'deviceToHost' ? 'copyOut' : 'copyOther';
}

/** Position of the first event of a lane that ends after `time`. */
export function firstAt({ events }: Lane, end: Float64Array, time: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((end[events[middle] ?? 0] ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The event of a lane at a moment, or one no farther than `slack` nanoseconds; undefined: none. */
export function eventAt(model: Model, lane: Lane, time: number, slack: number): number | undefined {
  const first = firstAt(lane, model.end, time);
  let best: number | undefined;
  let nearest = slack;
  for (const position of [first - 1, first]) {
    const event = lane.events[position];
    if (event === undefined) continue;
    const distance = Math.max((model.start[event] ?? 0) - time, time - (model.end[event] ?? 0), 0);
    if (distance <= nearest) {
      best = event;
      nearest = distance;
    }
  }
  return best;
}

/** The next event of the same row, in the direction `step`. */
export function neighbour(model: Model, event: number, step: 1 | -1): number | undefined {
  const row = model.rowOf[event];
  for (let index = event + step; index >= 0 && index < model.start.length; index += step) {
    if (model.rowOf[index] === row) return index;
  }
  return undefined;
}

/** The call that asked for what the GPU did, in the same process. */
export function callFor({ trace, rowOf, rows }: Model, event: number): number | undefined {
  const correlation = trace.events.correlation[event] ?? 0;
  const process = rows[rowOf[event] ?? 0]?.about.process;
  if (correlation === 0 || trace.events.kind[event] === call) return undefined;
  const found = trace.events.correlation.findIndex(
    (id, index) =>
      id === correlation && trace.events.kind[index] === call && rows[rowOf[index] ?? 0]?.about.process === process,
  );
  return found < 0 ? undefined : found;
}

const call = traceEventKinds.indexOf('call');
