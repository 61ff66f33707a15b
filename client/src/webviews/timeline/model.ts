/** A trace as the canvas wants it: rows of lanes in which nothing overlaps, found by time. Pure. */
import {
  isWait,
  traceEventKinds,
  type TraceData,
  type TraceDetail,
  type TraceRow,
} from '../../../../protocol/src/trace';
import { leveled, recordAt, type LeveledLane } from './levels';

/** What a record is drawn as. */
export type Look =
  'kernel' | 'copyIn' | 'copyOut' | 'copyOther' | 'memset' | 'call' | 'wait' | 'overhead' | 'fault' | 'nvtx';
export const looks: readonly Look[] = [
  'kernel',
  'copyIn',
  'copyOut',
  'copyOther',
  'memset',
  'call',
  'wait',
  'overhead',
  'fault',
  'nvtx',
];

export interface Row {
  readonly about: TraceRow;
  readonly lanes: readonly Int32Array[];
}

export interface Model {
  readonly trace: TraceData;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Index into `looks`. */
  readonly look: Uint8Array;
  /** What is there, in the order of `looks`. */
  readonly present: readonly Look[];
  readonly rows: readonly Row[];
  /** Of each event: row and lane. */
  readonly rowOf: Uint32Array;
  readonly laneOf: Uint8Array;
  /** Nanoseconds. */
  readonly span: number;
}

/** More at once in one stream is drawn in the last lane. */
const mostLanes = 4;

export function modelOf(trace: TraceData): Model {
  const { start, duration } = trace.events;
  const end = start.map((from, index) => from + (duration[index] ?? 0));
  let span = 1;
  for (const time of end) if (time > span) span = time;
  const look = looksOf(trace);
  const there = new Uint8Array(looks.length);
  for (const number of look) there[number] = 1;
  const present = looks.filter((_, index) => there[index] === 1);
  return { trace, start, end, look, present, span, ...rowsOf(trace, end) };
}

/** From the first to the last that a GPU did; undefined where it did nothing. */
export function gpuSpan({ trace, start, end, rows, rowOf }: Model): { from: number; to: number } | undefined {
  let from = Infinity;
  let to = 0;
  for (let index = 0; index < trace.events.row.length; index++) {
    if (rows[rowOf[index] ?? 0]?.about.kind !== 'stream') continue;
    from = Math.min(from, start[index] ?? 0);
    to = Math.max(to, end[index] ?? 0);
  }
  return to > from ? { from, to } : undefined;
}

/** Records go into the first lane of their row that is free. */
function rowsOf(trace: TraceData, end: Float64Array): Pick<Model, 'rows' | 'rowOf' | 'laneOf'> {
  const { events } = trace;
  const length = events.start.length;
  const order = trace.rows.map((_, index) => index).sort((a, b) => compare(trace.rows[a], trace.rows[b]));
  const placeOf = new Uint32Array(order.length);
  order.forEach((row, place) => (placeOf[row] = place));
  const until = new Float64Array(order.length * mostLanes).fill(-1);
  const counts = new Uint32Array(order.length * mostLanes);
  const rowOf = new Uint32Array(length);
  const laneOf = new Uint8Array(length);
  for (let index = 0; index < length; index++) {
    const row = placeOf[events.row[index] ?? 0] ?? 0;
    const first = row * mostLanes;
    let lane = 0;
    while (lane < mostLanes - 1 && (until[first + lane] ?? 0) > (events.start[index] ?? 0)) lane++;
    rowOf[index] = row;
    laneOf[index] = lane;
    until[first + lane] = Math.max(until[first + lane] ?? 0, end[index] ?? 0);
    counts[first + lane] = (counts[first + lane] ?? 0) + 1;
  }
  const lanes = Array.from(counts, (count) => new Int32Array(count));
  const filled = new Uint32Array(lanes.length);
  for (let index = 0; index < length; index++) {
    const at = (rowOf[index] ?? 0) * mostLanes + (laneOf[index] ?? 0);
    const position = filled[at] ?? 0;
    filled[at] = position + 1;
    const lane = lanes[at];
    if (lane) lane[position] = index;
  }
  const rows = order.map((row, place) => ({
    about: trace.rows[row] ?? { kind: 'host' as const, process: 0 },
    lanes: lanes.slice(place * mostLanes, (place + 1) * mostLanes).filter((lane) => lane.length > 0),
  }));
  return { rows, rowOf, laneOf };
}

/** Devices first, their streams in order, then their managed memory, then the host's threads, each with its ranges. */
function compare(a: TraceRow | undefined, b: TraceRow | undefined): number {
  const key = (row: TraceRow | undefined) => [
    row?.device === undefined ? 1 : 0,
    row?.process ?? 0,
    row?.device ?? 0,
    row?.kind === 'managed' ? 1 : 0,
    row?.context ?? 0,
    row?.isDefault === true ? 0 : 1,
    row?.stream ?? row?.thread ?? 0,
    row?.kind === 'ranges' ? 0 : 1,
  ];
  const [left, right] = [key(a), key(b)];
  const different = left.findIndex((value, index) => value !== right[index]);
  return different < 0 ? 0 : (left[different] ?? 0) - (right[different] ?? 0);
}

function looksOf(trace: TraceData): Uint8Array {
  const { kind, name, detail } = trace.events;
  const number = (look: Look) => looks.indexOf(look);
  const ofDetail = trace.details.map((about) => number(lookOfCopy(about)));
  const ofCall = trace.strings.map((text) => number(isWait(text) ? 'wait' : 'call'));
  const ofKind = traceEventKinds.map((each) =>
    each === 'copy' || each === 'migration' ? -1 : number(plainLook(each)),
  );
  const call = traceEventKinds.indexOf('call');
  const look = new Uint8Array(kind.length);
  for (let index = 0; index < look.length; index++) {
    const own = kind[index] ?? 0;
    const plain = own === call ? ofCall[name[index] ?? 0] : ofKind[own];
    look[index] = plain === -1 ? (ofDetail[detail[index] ?? -1] ?? number('copyOther')) : (plain ?? 0);
  }
  return look;
}

const plainLook = (kind: (typeof traceEventKinds)[number]): Look =>
  kind === 'copy' || kind === 'migration' ? 'copyOther' : kind === 'range' ? 'nvtx' : kind;

function lookOfCopy(detail: TraceDetail): Look {
  const direction = 'direction' in detail ? detail.direction : undefined;
  if (direction === 'hostToDevice') return 'copyIn';
  return direction === 'deviceToHost' ? 'copyOut' : 'copyOther';
}

/** The lanes of each row for drawing; without names that are searched for, everything is wanted. */
export type Lanes = readonly (readonly LeveledLane[])[];

/** A record that is not searched for counts beyond the looks. */
export const fadedSlots = looks.length;

export function lanesOf(model: Model, wanted: ReadonlySet<number> | undefined): Lanes {
  const { look, trace } = model;
  const { name } = trace.events;
  if (wanted === undefined) return leveledRows(model, looks.length, look);
  const faded = Uint8Array.from(trace.strings, (_, index) => (wanted.has(index) ? 0 : fadedSlots));
  const slotOf = look.slice();
  for (let index = 0; index < slotOf.length; index++) {
    slotOf[index] = (slotOf[index] ?? 0) + (faded[name[index] ?? 0] ?? 0);
  }
  return leveledRows(model, looks.length * 2, slotOf);
}

function leveledRows(model: Model, slots: number, slotOf: Uint8Array): Lanes {
  return model.rows.map(({ lanes }) => lanes.map((events) => leveled(events, model, slots, slotOf)));
}

/** The event of a lane at a moment, or one no farther than `slack` nanoseconds; undefined: none. */
export function eventAt(
  model: Model,
  lanes: Lanes,
  at: { readonly row: number; readonly lane: number; readonly moment: number },
  slack: number,
): number | undefined {
  const lane = lanes[at.row]?.[at.lane];
  return lane && recordAt(lane, model, at.moment, slack);
}

export interface Gap {
  readonly row: number;
  readonly start: number;
  readonly end: number;
  /** The events that it lies between. */
  readonly after: number;
  readonly before: number;
}

/** The time around a moment in which a stream had nothing to do; undefined where it had, and before and after all. */
export function gapAt({ rows, start, end }: Model, row: number, moment: number): Gap | undefined {
  if (rows[row]?.about.kind !== 'stream') return undefined;
  let after: number | undefined;
  let before: number | undefined;
  for (const lane of rows[row]?.lanes ?? []) {
    const next = firstAfter(lane, start, moment);
    const [last, following] = [lane[next - 1], lane[next]];
    if (last !== undefined && (after === undefined || (end[last] ?? 0) > (end[after] ?? 0))) after = last;
    if (following !== undefined && (before === undefined || (start[following] ?? 0) < (start[before] ?? 0))) {
      before = following;
    }
  }
  if (after === undefined || before === undefined || (end[after] ?? 0) > moment) return undefined;
  return { row, start: end[after] ?? 0, end: start[before] ?? 0, after, before };
}

/** Position of the first event of a lane that begins after a moment. */
function firstAfter(lane: Int32Array, start: Float64Array, moment: number): number {
  let low = 0;
  let high = lane.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((start[lane[middle] ?? 0] ?? 0) <= moment) low = middle + 1;
    else high = middle;
  }
  return low;
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
  const { correlation, kind } = trace.events;
  const wanted = correlation[event] ?? 0;
  const process = rows[rowOf[event] ?? 0]?.about.process;
  if (wanted === 0 || kind[event] === call) return undefined;
  for (let at = correlation.indexOf(wanted); at >= 0; at = correlation.indexOf(wanted, at + 1)) {
    if (kind[at] === call && rows[rowOf[at] ?? 0]?.about.process === process) return at;
  }
  return undefined;
}

const call = traceEventKinds.indexOf('call');
