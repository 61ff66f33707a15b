/** What a traced program did, line by line of its source, for the terminal. Pure. */
import path from 'node:path';
import { isWait, type ProgramTrace, type TraceTotal } from '../../../protocol/src';
import { bandwidth, bytes, duration, percent } from '../handlers/format';
import { copyText } from '../handlers/program-marks';

/** Lines of the table; what takes less is left out. */
const listed = 30;

export function traceText(trace: ProgramTrace, folder: string): string {
  const shown = trace.totals.filter(({ kind, name }) => kind !== 'overhead' && (kind !== 'call' || isWait(name)));
  const rows = shown.slice(0, listed).map((total) => row(total, trace, folder));
  const left = shown.length - rows.length;
  const lines = [
    `  GPU        ${duration(trace.gpuTime)} of kernels, copies and memsets; busy ${percent(trace.busy / trace.span)} of ${duration(trace.span)}`,
    ...align([['where', 'what', 'count', 'total', 'mean', ''], ...rows]).map((line) => `  ${line}`),
    ...(left > 0 ? [`  and ${left} more`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function row(total: TraceTotal, trace: ProgramTrace, folder: string): string[] {
  const frame = total.frames[0];
  const where = frame === undefined ? '?' : `${relative(frame.file, folder)}:${frame.line}`;
  const numbers = [String(total.count), duration(total.total), duration(total.total / total.count)];
  return [where, what(total), ...numbers, more(total, trace)];
}

function what({ kind, name, from, to }: TraceTotal): string {
  return kind === 'copy' ? copyText(name as Parameters<typeof copyText>[0], from, to) : name;
}

function more({ kind, total, bytes: amount }: TraceTotal, trace: ProgramTrace): string {
  if (kind === 'call') return 'host waited';
  const share = `${percent(total / trace.gpuTime)} of GPU time`;
  return amount === undefined ? share : `${share}, ${bytes(amount)}, ${bandwidth((amount / total) * 1e6)}`;
}

function relative(file: string, folder: string): string {
  const short = path.relative(folder, file);
  return short.startsWith('..') ? file : short;
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows.map((cells) =>
    cells
      .map((cell, column) =>
        column >= 2 && column <= 4 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
