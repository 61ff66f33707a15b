/** `ncu --page raw --csv`: every metric of every launch, one column each. Pure. */
import type { Dim3 } from '../../../../protocol/src/plan';
import { parseCsv, parseNumber, unitScale } from './csv';

export interface KernelMetrics {
  readonly id: number;
  readonly name: string;
  readonly process: string;
  readonly computeCapability: string;
  readonly grid: Dim3;
  readonly block: Dim3;
  /** The metric in bytes, hertz, seconds or its own unit; undefined where the report lacks it. */
  number(metric: string): number | undefined;
  text(metric: string): string | undefined;
  /** Names of the metrics that match, in the report's order. */
  names(pattern: RegExp): string[];
}

export function parseRaw(text: string): KernelMetrics[] {
  const rows = parseCsv(text);
  const first = rows.findIndex((row) => row.includes('ID') && row.includes('Kernel Name'));
  const header = rows[first];
  if (header === undefined) return [];
  const units = rows[first + 1] ?? [];
  const columns = new Map(header.map((name, index) => [name, index]));
  const field = (row: readonly string[], name: string) => row[columns.get(name) ?? -1];
  return rows
    .slice(first + 2)
    .filter((row) => row.length > 1)
    .map((row) => ({
      id: Number(field(row, 'ID')),
      name: field(row, 'Kernel Name') ?? '',
      process: field(row, 'Process Name') ?? '',
      computeCapability: field(row, 'CC') ?? '',
      grid: parseDimensions(field(row, 'Grid Size')),
      block: parseDimensions(field(row, 'Block Size')),
      number: (metric) => {
        const value = parseNumber(field(row, metric));
        return value === undefined ? undefined : value * unitScale(units[columns.get(metric) ?? -1] ?? '');
      },
      text: (metric) => {
        const value = field(row, metric);
        return value === undefined || value === '' ? undefined : value;
      },
      names: (pattern) => header.filter((name) => pattern.test(name)),
    }));
}

/** `(262144, 1, 1)` */
function parseDimensions(text: string | undefined): Dim3 {
  const [x = 1, y = 1, z = 1] = (text?.match(/\d+/g) ?? []).map(Number);
  return [x, y, z];
}
