/** A process's records as columns: there may be a million, so none is an object. Pure. */
import { traceEventKinds, type TraceDetail, type TraceEventKind } from '../../../../protocol/src';

/** Where a record belongs, as its process knows it. */
export type RawRow =
  | { readonly kind: 'stream'; readonly device: number; readonly context: number; readonly stream: number }
  | { readonly kind: 'thread' | 'ranges'; readonly thread: number; readonly name?: string }
  | { readonly kind: 'managed'; readonly device?: number };

export interface Records {
  readonly count: number;
  /** Index into `traceEventKinds`. */
  readonly kind: Uint8Array;
  /** Nanoseconds from the process's own beginning. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Id of a string of the process: kernels, calls. Of overhead CUPTI's number; else 0. */
  readonly name: Uint32Array;
  readonly stack: Uint32Array;
  /** 0 is none. */
  readonly correlation: Uint32Array;
  /** Index into `rows`. */
  readonly row: Uint32Array;
  /** Index into `details`; -1 is none. */
  readonly detail: Int32Array;
  readonly rows: readonly RawRow[];
  readonly details: readonly TraceDetail[];
}

const kindNumber = Object.fromEntries(traceEventKinds.map((kind, index) => [kind, index])) as Record<
  TraceEventKind,
  number
>;

type Columns = {
  -readonly [Name in Exclude<keyof Records, 'count' | 'rows' | 'details'>]: Records[Name];
};

/** Columns that grow. */
export class RecordsBuilder {
  #count = 0;
  #columns: Columns = columnsOf(1024);
  readonly #rows: RawRow[] = [];
  readonly #rowOf = new Map<string, number>();
  readonly #details: TraceDetail[] = [];
  readonly #detailOf = new Map<string, number>();

  add(kind: TraceEventKind, start: number, end: number, row: number): void {
    const at = this.#count++;
    if (at === this.#columns.start.length) this.#columns = grown(this.#columns, at * 2);
    const columns = this.#columns;
    columns.kind[at] = kindNumber[kind];
    columns.start[at] = start;
    // A killed program's last record may be cut off.
    columns.end[at] = Math.max(start, end);
    columns.row[at] = row;
    columns.detail[at] = -1;
  }

  /** More about the record that was added last. */
  about(name: number, stack: number, correlation: number, detail: number): void {
    const at = this.#count - 1;
    const columns = this.#columns;
    columns.name[at] = name;
    columns.stack[at] = stack;
    columns.correlation[at] = correlation;
    columns.detail[at] = detail;
  }

  /** The number of a row; `key` tells it from others. */
  row(key: string, make: () => RawRow): number {
    return numbered(this.#rowOf, this.#rows, key, make);
  }

  detail(key: string, make: () => TraceDetail): number {
    return numbered(this.#detailOf, this.#details, key, make);
  }

  end(): Records {
    return { ...this.#columns, count: this.#count, rows: this.#rows, details: this.#details };
  }
}

function numbered<Value>(known: Map<string, number>, values: Value[], key: string, make: () => Value): number {
  let number = known.get(key);
  if (number === undefined) {
    number = values.push(make()) - 1;
    known.set(key, number);
  }
  return number;
}

function columnsOf(length: number): Columns {
  return {
    kind: new Uint8Array(length),
    start: new Float64Array(length),
    end: new Float64Array(length),
    name: new Uint32Array(length),
    stack: new Uint32Array(length),
    correlation: new Uint32Array(length),
    row: new Uint32Array(length),
    detail: new Int32Array(length),
  };
}

function grown(from: Columns, length: number): Columns {
  const to = columnsOf(length);
  for (const name of Object.keys(from) as (keyof Columns)[]) to[name].set(from[name]);
  return to;
}

/** Indices of times, the earliest first; equal ones stay in their order. Times are whole and not negative. */
export function timeOrder(times: Float64Array): Uint32Array {
  const digit = 2 ** 16;
  let most = 0;
  for (const time of times) most = Math.max(most, time);
  let order = Uint32Array.from(times, (_, index) => index);
  let next = new Uint32Array(times.length);
  for (let unit = 1; unit <= most; unit *= digit) {
    const places = new Uint32Array(digit + 1);
    for (const time of times) {
      const at = (Math.floor(time / unit) % digit) + 1;
      places[at] = (places[at] ?? 0) + 1;
    }
    for (let at = 1; at <= digit; at++) places[at] = (places[at] ?? 0) + (places[at - 1] ?? 0);
    for (const index of order) {
      const at = Math.floor((times[index] ?? 0) / unit) % digit;
      const place = places[at] ?? 0;
      next[place] = index;
      places[at] = place + 1;
    }
    [order, next] = [next, order];
  }
  return order;
}
