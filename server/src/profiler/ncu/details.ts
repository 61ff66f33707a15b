/** `ncu --page details --csv`: the sections' metrics in the tool's own words, and its rules. Pure. */
import type { ProfileSection } from '../../../../protocol/src/profile';
import { parseCsv } from './csv';

export interface RuleMessage {
  readonly section: string;
  readonly rule: string;
  readonly type: string;
  readonly text: string;
  readonly speedupType: string;
  readonly speedup: string;
}

export interface KernelDetails {
  readonly id: number;
  readonly name: string;
  readonly sections: readonly ProfileSection[];
  readonly rules: readonly RuleMessage[];
}

/** By launch, in the report's order. */
export function parseDetails(text: string): KernelDetails[] {
  const table = tableOf(text);
  const kernels = new Map<string, KernelDetails>();
  for (const row of table) {
    const id = row('ID');
    let kernel = kernels.get(id);
    if (kernel === undefined) {
      kernel = { id: Number(id), name: row('Kernel Name'), sections: [], rules: [] };
      kernels.set(id, kernel);
    }
    add(kernel, row);
  }
  return [...kernels.values()];
}

type Row = (column: string) => string;

function add(kernel: KernelDetails, row: Row): void {
  const section = row('Section Name');
  if (row('Rule Name') !== '') {
    (kernel.rules as RuleMessage[]).push({
      section,
      rule: row('Rule Name'),
      type: row('Rule Type'),
      text: row('Rule Description'),
      speedupType: row('Estimated Speedup Type'),
      speedup: row('Estimated Speedup'),
    });
  } else if (row('Metric Name') !== '') {
    let found = kernel.sections.find(({ name }) => name === section);
    if (found === undefined) (kernel.sections as ProfileSection[]).push((found = { name: section, rows: [] }));
    (found.rows as { name: string; value: string; unit: string }[]).push({
      name: row('Metric Name'),
      value: row('Metric Value'),
      unit: row('Metric Unit'),
    });
  }
}

/** Columns are found by their names: versions of the tool differ in which there are. */
function tableOf(text: string): Row[] {
  const rows = parseCsv(text);
  const first = rows.findIndex((row) => row.includes('ID') && row.includes('Kernel Name'));
  const header = rows[first];
  if (header === undefined) return [];
  const columns = new Map(header.map((name, index) => [name, index]));
  return rows
    .slice(first + 1)
    .filter((row) => row.length > 1)
    .map((row) => (column: string) => row[columns.get(column) ?? -1] ?? '');
}
