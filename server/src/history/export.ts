/** A kernel's history for spreadsheets and scripts; the columns are an interface, documented in docs/running.md. Pure. */
import type { HistoryAnswer, HistoryRow } from '../../../protocol/src';

type Column = readonly [name: string, value: (row: HistoryRow) => string | number | undefined];

const columns: readonly Column[] = [
  ['at', ({ entry }) => entry.at],
  ['id', ({ entry }) => entry.id],
  ['kernel', ({ entry }) => entry.kernel],
  ['device', ({ entry }) => entry.device.name],
  ['device_kind', ({ entry }) => entry.device.kind],
  ['grid', ({ entry }) => entry.launch.grid.join('x')],
  ['block', ({ entry }) => entry.launch.block.join('x')],
  ['shared_bytes', ({ entry }) => entry.launch.sharedBytes],
  ['template_arguments', ({ entry }) => entry.launch.templateArguments.join(', ')],
  ['sizes', ({ entry }) => Object.entries(entry.launch.sizes).map(([name, size]) => `${name}=${size}`).join(' ')], // prettier-ignore
  ['median_us', ({ entry }) => entry.median],
  ['min_us', ({ entry }) => entry.min],
  ['relative_error', ({ entry }) => entry.relativeError],
  ['launches', ({ entry }) => entry.launches],
  ['bytes_per_second', ({ entry }) => entry.bytesPerSecond],
  ['registers', ({ entry }) => entry.registersPerThread],
  ['failed_checks', ({ entry }) => entry.failedChecks],
  ['since_last', ({ changes }) => changes.last?.kind],
  ['ratio_last', ({ changes }) => changes.last?.ratio],
  ['ratio_last_low', ({ changes }) => changes.last?.low],
  ['ratio_last_high', ({ changes }) => changes.last?.high],
  ['since_baseline', ({ changes }) => changes.baseline?.kind],
  ['ratio_baseline', ({ changes }) => changes.baseline?.ratio],
  ['source', ({ entry }) => entry.sourceKey],
];

/** RFC 4180, with a header. */
export function historyCsv({ rows }: HistoryAnswer): string {
  const lines = [columns.map(([name]) => name), ...rows.map((row) => columns.map(([, value]) => value(row) ?? ''))];
  return lines.map((cells) => `${cells.map(field).join(',')}\r\n`).join('');
}

export function historyJson(answer: HistoryAnswer): string {
  return `${JSON.stringify(answer, null, 2)}\n`;
}

function field(value: string | number): string {
  // A cell that begins like a formula is none: spreadsheets run what a kernel's name or a template argument says.
  const text = typeof value === 'number' ? String(value) : value.replace(/^(?=[=+@\t\r]|-(?!\d))/, "'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
