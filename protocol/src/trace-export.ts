/** A trace in the formats of other programs: Chrome's and Perfetto's JSON, and a table. Pure. */
import { traceEventKinds, type TraceData, type TraceRow } from './trace';

export function rowName(row: TraceRow): string {
  const named = row.name === undefined ? '' : ` ${row.name}`;
  if (row.kind === 'host') return `Thread ${row.thread ?? 0}${named}`;
  if (row.kind === 'ranges') return `NVTX of thread ${row.thread ?? 0}${named}`;
  if (row.kind === 'managed') return row.device === undefined ? 'Page faults' : 'Managed memory';
  return row.isDefault === true ? 'Default stream' : `Stream ${row.stream ?? 0}`;
}

/** Where something is shown: devices and processes are Chrome's processes, streams and threads its threads. */
interface Track {
  readonly pid: number;
  readonly tid: number;
}

/** Devices have numbers that processes do not have. */
const firstDevice = 10_000_000;

/**
 * The tracks of a trace. Chrome's slices of one track lie beside or within each other; what overlaps otherwise, as the
 * kernels of a graph do, goes to a further track.
 */
class Tracks {
  /** Of each event, the track of its row. */
  readonly #trackOf: Uint8Array;
  /** Of each row, how many tracks it has. */
  readonly #counts: number[];
  readonly #ids: Track[][];

  constructor(private readonly trace: TraceData) {
    const { events, rows } = trace;
    this.#trackOf = new Uint8Array(events.start.length);
    /** Of each row and track the ends of what is open, the outermost first. */
    const open: number[][][] = rows.map(() => [[]]);
    for (let index = 0; index < events.start.length; index++) {
      const start = events.start[index] ?? 0;
      const end = start + (events.duration[index] ?? 0);
      const tracks = (open[events.row[index] ?? 0] ??= [[]]);
      let track = tracks.findIndex((ends) => fits(ends, start, end));
      if (track < 0) track = Math.min(tracks.length, 255);
      (tracks[track] ??= []).push(end);
      this.#trackOf[index] = track;
    }
    this.#counts = open.map((tracks) => tracks.length);
    this.#ids = this.#numbered();
  }

  #numbered(): Track[][] {
    const next = new Map<number, number>();
    return this.trace.rows.map((row, number) =>
      Array.from({ length: this.#counts[number] ?? 1 }, (_, track): Track => {
        const pid = row.device === undefined ? row.process : firstDevice + row.device;
        // A thread's own number is what people look for; others are counted from 1.
        if (row.kind === 'host' && track === 0 && row.thread !== undefined) return { pid, tid: row.thread };
        const tid = next.get(pid) ?? (row.device === undefined ? 100_000_000 : 1);
        next.set(pid, tid + 1);
        return { pid, tid };
      }),
    );
  }

  of(event: number): Track {
    const row = this.trace.events.row[event] ?? 0;
    return this.#ids[row]?.[this.#trackOf[event] ?? 0] ?? { pid: 0, tid: 0 };
  }

  /** The lines that name them. */
  names(): object[] {
    const { rows, deviceName } = this.trace;
    return rows.flatMap((row, number) =>
      (this.#ids[number] ?? []).flatMap((track, index) => {
        const process = row.device === undefined ? `Host ${row.process}` : `GPU ${row.device} · ${deviceName}`;
        const name = index === 0 ? rowName(row) : `${rowName(row)} (${index + 1})`;
        return [
          { ph: 'M', name: 'process_name', ...track, args: { name: process } },
          { ph: 'M', name: 'thread_name', ...track, args: { name } },
          { ph: 'M', name: 'thread_sort_index', ...track, args: { sort_index: number * 256 + index } },
        ];
      }),
    );
  }
}

/** Whether something lies beside or within what is open on a track; what has ended is closed. */
function fits(ends: number[], start: number, end: number): boolean {
  while (ends.length > 0 && (ends.at(-1) ?? 0) <= start) ends.pop();
  return ends.length === 0 || end <= (ends.at(-1) ?? 0);
}

/** The JSON text in pieces, for traces that are longer than one string may be. */
export function* chromeTrace(trace: TraceData): Generator<string> {
  const tracks = new Tracks(trace);
  const asked = callsOf(trace);
  yield '{"displayTimeUnit":"ns","traceEvents":[\n';
  const lines = tracks.names().map((line) => JSON.stringify(line));
  const { events } = trace;
  for (let index = 0; index < events.start.length; index++) {
    const where = tracks.of(index);
    const start = (events.start[index] ?? 0) / 1000;
    lines.push(
      JSON.stringify({ ...slice(trace, index), ...where, ts: start, dur: (events.duration[index] ?? 0) / 1000 }),
    );
    const call = asked(index);
    if (call !== undefined) {
      // An arrow from the call to what came of it.
      const flow = { name: 'launch', cat: 'flow', id: index };
      const ts = (events.start[call] ?? 0) / 1000;
      lines.push(JSON.stringify({ ph: 's', ...flow, ...tracks.of(call), ts }));
      lines.push(JSON.stringify({ ph: 'f', bp: 'e', ...flow, ...where, ts: start }));
    }
    if (lines.length < 1000) continue;
    yield `${lines.join(',\n')},\n`;
    lines.length = 0;
  }
  // The last line has no comma behind it; there may be none left.
  yield `${[...lines, JSON.stringify({ ph: 'M', name: 'trace_name', pid: 0, args: { name: trace.program } })].join(',\n')}\n]}\n`;
}

function slice(trace: TraceData, index: number): object {
  const { events } = trace;
  const correlation = events.correlation[index] ?? 0;
  const place = trace.places[trace.stacks[events.stack[index] ?? 0]?.[0] ?? -1];
  const detail = trace.details[events.detail[index] ?? -1];
  return {
    ph: 'X',
    name: trace.strings[events.name[index] ?? 0] ?? '?',
    cat: traceEventKinds[events.kind[index] ?? 0] ?? 'kernel',
    args: {
      ...(detail === undefined ? {} : { ...detail, kind: undefined }),
      ...(correlation === 0 ? {} : { correlation }),
      ...(place === undefined ? {} : { source: `${place.file}:${place.line}` }),
    },
  };
}

/** Answers which call asked for what the GPU did; several processes count their calls alike. */
function callsOf({ events, rows }: TraceData): (event: number) => number | undefined {
  const call = traceEventKinds.indexOf('call');
  const calls = new Map<number, Map<number, number>>();
  const process = (event: number) => rows[events.row[event] ?? 0]?.process ?? 0;
  events.kind.forEach((kind, index) => {
    if (kind !== call) return;
    const own = calls.get(process(index)) ?? new Map<number, number>();
    calls.set(process(index), own.set(events.correlation[index] ?? 0, index));
  });
  return (event) => {
    const correlation = events.correlation[event] ?? 0;
    if (correlation === 0 || events.kind[event] === call) return undefined;
    return calls.get(process(event))?.get(correlation);
  };
}

/** One record a line, with a heading; times in nanoseconds. */
export function* csvTrace(trace: TraceData): Generator<string> {
  const { events } = trace;
  let lines = ['kind,name,row,start_ns,duration_ns,bytes,file,line\n'];
  for (let index = 0; index < events.start.length; index++) {
    const row = trace.rows[events.row[index] ?? 0];
    const detail = trace.details[events.detail[index] ?? -1];
    const place = trace.places[trace.stacks[events.stack[index] ?? 0]?.[0] ?? -1];
    const device = row?.device === undefined ? '' : `GPU ${row.device} `;
    const cells = [
      traceEventKinds[events.kind[index] ?? 0] ?? '',
      trace.strings[events.name[index] ?? 0] ?? '',
      row === undefined ? '' : device + rowName(row),
      events.start[index] ?? 0,
      events.duration[index] ?? 0,
      detail !== undefined && 'bytes' in detail ? detail.bytes : '',
      place?.file ?? '',
      place?.line ?? '',
    ];
    lines.push(`${cells.map(cell).join(',')}\n`);
    if (lines.length < 1000) continue;
    yield lines.join('');
    lines = [];
  }
  yield lines.join('');
}

function cell(value: string | number): string {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
