/** What a traced program did, line by line of its source, for the terminal. Pure. */
import path from 'node:path';
import { isWait, type ProgramTrace, type TraceTotal } from '../../../protocol/src';
import { bandwidth, bytes, duration, percent } from '../handlers/format';
import { managedText, totalName } from '../handlers/program-text';

/** Lines of the table; what takes less is left out. */
const listed = 30;

export function traceText(trace: ProgramTrace, folder: string): string {
  const shown = trace.totals.filter(({ kind, name }) => kind !== 'overhead' && (kind !== 'call' || isWait(name)));
  const rows = shown.slice(0, listed).map((total) => row(total, trace, folder));
  const left = shown.length - rows.length;
  const managed = managedText(trace.totals);
  const lines = [
    `  GPU        ${duration(trace.gpuTime)} of kernels, copies and memsets; busy ${percent(trace.busy / trace.span)} of ${duration(trace.span)}`,
    ...(managed === undefined ? [] : [`  managed    ${managed}`]),
    ...align([['where', 'what', 'count', 'total', 'mean', ''], ...rows]).map((line) => `  ${line}`),
    ...(left > 0 ? [`  and ${left} more`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function row(total: TraceTotal, trace: ProgramTrace, folder: string): string[] {
  const frame = total.frames[0];
  const where = frame === undefined ? '?' : `${relative(frame.file, folder)}:${frame.line}`;
  const mean = total.kind === 'fault' ? '' : duration(total.total / total.count);
  const numbers = [String(total.count), total.total > 0 ? duration(total.total) : '', mean];
  // A terminal shows no Markdown, and which calls are waits is said behind them.
  const what = total.kind === 'kernel' || total.kind === 'call' ? total.name : totalName(total);
  return [where, what, ...numbers, more(total, trace)];
}

function more({ kind, total, bytes: amount, migrated }: TraceTotal, trace: ProgramTrace): string {
  if (kind === 'call') return 'host waited';
  if (kind === 'fault') return '';
  if (kind === 'migration') return rate(amount ?? 0, total);
  const share = `${percent(total / trace.gpuTime)} of GPU time`;
  if (migrated !== undefined) return `${share}, ${bytes(migrated)} of managed memory moved meanwhile`;
  return amount === undefined ? share : `${share}, ${rate(amount, total)}`;
}

const rate = (amount: number, time: number) => `${bytes(amount)}, ${bandwidth((amount / time) * 1e6)}`;

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
