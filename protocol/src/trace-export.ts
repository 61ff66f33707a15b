/** A trace in the formats of other programs: Chrome's and Perfetto's JSON, and a table. Pure. */
import { traceEventKinds, type TraceData, type TraceRow } from './trace';

/** Where a stream or thread is shown: devices and processes are Chrome's processes, streams and threads its threads. */
function placeOf(row: TraceRow): { readonly pid: number; readonly tid: number } {
  if (row.kind === 'host') return { pid: row.process, tid: row.thread ?? 0 };
  return { pid: 10_000_000 + (row.device ?? 0), tid: (row.context ?? 0) * 10_000 + (row.stream ?? 0) };
}

export function rowName(row: TraceRow): string {
  if (row.kind === 'host') return `Thread ${row.thread ?? 0}`;
  return row.isDefault === true ? 'Default stream' : `Stream ${row.stream ?? 0}`;
}

/** The JSON text in pieces, for traces that are longer than one string may be. */
export function* chromeTrace(trace: TraceData): Generator<string> {
  yield '{"displayTimeUnit":"ns","traceEvents":[\n';
  const lines: object[] = [];
  for (const row of trace.rows) {
    const { pid, tid } = placeOf(row);
    const process = row.kind === 'host' ? `Host ${row.process}` : `GPU ${row.device ?? 0} · ${trace.deviceName}`;
    lines.push({ ph: 'M', name: 'process_name', pid, tid, args: { name: process } });
    lines.push({ ph: 'M', name: 'thread_name', pid, tid, args: { name: rowName(row) } });
  }
  yield lines.map((line) => JSON.stringify(line)).join(',\n');
  const { events } = trace;
  const asked = callOf(trace);
  for (let index = 0; index < events.start.length; index++) {
    const row = trace.rows[events.row[index] ?? 0];
    if (row === undefined) continue;
    const kind = traceEventKinds[events.kind[index] ?? 0] ?? 'kernel';
    const start = (events.start[index] ?? 0) / 1000;
    const correlation = events.correlation[index] ?? 0;
    const place = trace.places[trace.stacks[events.stack[index] ?? 0]?.[0] ?? -1];
    const detail = trace.details[events.detail[index] ?? -1];
    const args = {
      ...(detail === undefined ? {} : { ...detail, kind: undefined }),
      ...(correlation === 0 ? {} : { correlation }),
      ...(place === undefined ? {} : { source: `${place.file}:${place.line}` }),
    };
    const where = placeOf(row);
    const name = trace.strings[events.name[index] ?? 0] ?? '?';
    yield `,\n${JSON.stringify({ ph: 'X', name, cat: kind, ...where, ts: start, dur: (events.duration[index] ?? 0) / 1000, args })}`;
    const call = kind === 'call' || correlation === 0 ? undefined : asked.get(correlation);
    if (call === undefined) continue;
    // An arrow from the call to what came of it.
    const from = trace.rows[events.row[call] ?? 0];
    if (from === undefined) continue;
    const flow = { name: 'launch', cat: 'flow', id: index };
    yield `,\n${JSON.stringify({ ph: 's', ...flow, ...placeOf(from), ts: (events.start[call] ?? 0) / 1000 })}`;
    yield `,\n${JSON.stringify({ ph: 'f', bp: 'e', ...flow, ...where, ts: start })}`;
  }
  yield '\n]}\n';
}

/** The call of each correlation, by its index. Meant for one process; another process's numbers may repeat them. */
export function callOf(trace: TraceData): Map<number, number> {
  const call = traceEventKinds.indexOf('call');
  const calls = new Map<number, number>();
  trace.events.kind.forEach((kind, index) => {
    if (kind === call) calls.set(trace.events.correlation[index] ?? 0, index);
  });
  return calls;
}

/** One record a line, with a heading; times in nanoseconds. */
export function* csvTrace(trace: TraceData): Generator<string> {
  yield 'kind,name,row,start_ns,duration_ns,bytes,file,line\n';
  const { events } = trace;
  for (let index = 0; index < events.start.length; index++) {
    const row = trace.rows[events.row[index] ?? 0];
    const detail = trace.details[events.detail[index] ?? -1];
    const place = trace.places[trace.stacks[events.stack[index] ?? 0]?.[0] ?? -1];
    const where =
      row === undefined ? '' : row.kind === 'host' ? rowName(row) : `GPU ${row.device ?? 0} ${rowName(row)}`;
    const cells = [
      traceEventKinds[events.kind[index] ?? 0] ?? '',
      trace.strings[events.name[index] ?? 0] ?? '',
      where,
      events.start[index] ?? 0,
      events.duration[index] ?? 0,
      detail !== undefined && 'bytes' in detail ? detail.bytes : '',
      place?.file ?? '',
      place?.line ?? '',
    ];
    yield `${cells.map(cell).join(',')}\n`;
  }
}

function cell(value: string | number): string {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
