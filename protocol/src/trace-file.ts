/**
 * A trace as bytes: what a `.kltrace` file holds, packed with gzip. A line that says what it is, the length of a JSON
 * text, the text with everything but the events, and the events' columns. Numbers are little-endian. Pure.
 */
import type { TraceData, TraceEvents } from './trace';

const beginning = 'kernel-lens-trace 2\n';
/** Every column begins at a multiple of this, so that it can be read where it lies. */
const alignment = 8;

/** The narrowest type that holds a column's numbers is the one that is written. */
const types = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array };
type TypeName = keyof typeof types;
type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

const names = ['kind', 'row', 'start', 'duration', 'name', 'stack', 'correlation', 'detail'] as const;

interface ColumnAbout {
  readonly name: (typeof names)[number];
  readonly type: TypeName;
}

type Head = Omit<TraceData, 'events' | 'version'> & {
  readonly count: number;
  readonly columns: readonly ColumnAbout[];
};

/** Columns without a number in them. */
export function emptyEvents(count: number): { -readonly [Name in keyof TraceEvents]: TraceEvents[Name] } {
  return {
    kind: new Uint8Array(count),
    row: new Uint32Array(count),
    start: new Float64Array(count),
    duration: new Float64Array(count),
    name: new Uint32Array(count),
    stack: new Uint32Array(count),
    correlation: new Uint32Array(count),
    detail: new Int32Array(count),
  };
}

/** The bytes in pieces: together they may be more than one array is good for. */
export function* encodeTrace({ events, version: _, ...about }: TraceData): Generator<Uint8Array> {
  const columns = names.map((name) => ({ name, data: narrowest(written(events, name)) }));
  const head: Head = {
    ...about,
    count: events.start.length,
    columns: columns.map(({ name, data }) => ({ name, type: data.type })),
  };
  const json = new TextEncoder().encode(JSON.stringify(head));
  const lead = new Uint8Array(aligned(beginning.length + 4 + json.length));
  lead.set(new TextEncoder().encode(beginning));
  new DataView(lead.buffer).setUint32(beginning.length, json.length, true);
  lead.set(json, beginning.length + 4);
  yield lead;
  for (const { data } of columns) {
    yield data.bytes;
    yield new Uint8Array(aligned(data.bytes.length) - data.bytes.length);
  }
}

/** Undefined for what is no trace, or one of a newer version. */
export function decodeTrace(bytes: Uint8Array): TraceData | undefined {
  try {
    if (bytes[0] === '{'.charCodeAt(0)) return decodeJson(new TextDecoder().decode(bytes));
    if (new TextDecoder().decode(bytes.subarray(0, beginning.length)) !== beginning) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = view.getUint32(beginning.length, true);
    let at = beginning.length + 4;
    const head = JSON.parse(new TextDecoder().decode(bytes.subarray(at, at + length))) as Head;
    at = aligned(at + length);
    const { count, columns, ...about } = head;
    const events = emptyEvents(count);
    for (const { name, type } of columns) {
      const size = count * types[type].BYTES_PER_ELEMENT;
      // A copy: it begins at an address that its type may begin at.
      const own = new Uint8Array(size);
      own.set(bytes.subarray(at, at + size));
      const data = new types[type](own.buffer);
      if (at + size > bytes.length) return undefined;
      take(events, name, data);
      at += aligned(size);
    }
    return { ...about, version: 2, events };
  } catch {
    return undefined;
  }
}

/** The first version was all JSON. */
function decodeJson(text: string): TraceData | undefined {
  const data = JSON.parse(text) as Omit<TraceData, 'version' | 'events'> & {
    readonly version: number;
    readonly events: Readonly<Record<(typeof names)[number], readonly number[]>>;
  };
  if (data.format !== 'kernel-lens-trace' || data.version !== 1) return undefined;
  const events = emptyEvents(data.events.start.length);
  for (const name of names) events[name].set(data.events[name]);
  return { ...data, version: 2, events };
}

const aligned = (length: number) => Math.ceil(length / alignment) * alignment;

/** Starts as what lies between them and details from 0 on: smaller numbers, which are packed better. */
function written(events: TraceEvents, name: (typeof names)[number]): ArrayLike<number> {
  if (name === 'detail') return Float64Array.from(events.detail, (detail) => detail + 1);
  if (name !== 'start') return events[name];
  const { start } = events;
  return start.map((time, index) => time - (index === 0 ? 0 : (start[index - 1] ?? 0)));
}

function take(events: ReturnType<typeof emptyEvents>, name: (typeof names)[number], data: Column): void {
  const column = events[name];
  column.set(data);
  if (name === 'detail') for (let index = 0; index < column.length; index++) column[index] = (column[index] ?? 0) - 1;
  if (name !== 'start') return;
  for (let index = 1; index < column.length; index++) column[index] = (column[index] ?? 0) + (column[index - 1] ?? 0);
}

function narrowest(numbers: ArrayLike<number>): { readonly type: TypeName; readonly bytes: Uint8Array } {
  let most = 0;
  let whole = true;
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index] ?? 0;
    if (number > most) most = number;
    if (number < 0 || number !== Math.floor(number)) whole = false;
  }
  const type = !whole || most >= 2 ** 32 ? 'f64' : most >= 2 ** 16 ? 'u32' : most >= 2 ** 8 ? 'u16' : 'u8';
  const data = new types[type](numbers);
  return { type, bytes: new Uint8Array(data.buffer) };
}
