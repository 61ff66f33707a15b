/** `ncu --page source --csv --print-source cuda,sass`: what each line of the source costs. Pure. */
import type { LineCost } from '../../../../protocol/src/profile';
import { parseCsv, parseNumber } from './csv';

export interface KernelLines {
  readonly name: string;
  /** A line has what was inlined there, which is listed under its own line as well: lines need not add up. */
  readonly lines: readonly LineCost[];
  /** Samples of all instructions, each counted once. */
  readonly samples: number;
}

/** By launch, in the report's order; a launch whose code comes from several files has one table for each. */
export function parseSource(text: string): KernelLines[] {
  const kernels: Table[] = [];
  let file = '';
  let columns = new Map<string, number>();
  for (const row of parseCsv(text)) {
    if (row[0] === 'File Path') {
      file = row[1] ?? '';
      columns = new Map();
    } else if (row[0] === 'Function Name') {
      const name = row[1] ?? '';
      const last = kernels.at(-1);
      // The same file again is the next launch of the kernel.
      if (last === undefined || last.name !== name || last.files.has(file)) {
        kernels.push({ name, lines: [], files: new Set([file]), instructions: new Map() });
      } else last.files.add(file);
    } else if (row.includes('Line No')) {
      // Of the two columns called Source the first is the source's.
      columns = new Map([...row.entries()].reverse().map(([index, name]) => [name, index]));
    } else if (columns.size > 0) {
      const kernel = kernels.at(-1);
      const cost = lineCost(row, columns, file);
      if (cost !== undefined) kernel?.lines.push(cost);
      const address = row[columns.get('Address') ?? -1];
      if (address?.startsWith('0x')) kernel?.instructions.set(address, samplesOf(row, columns));
    }
  }
  return kernels.map(({ name, lines, instructions }) => ({
    name,
    lines: lines.sort((a, b) => a.line - b.line),
    samples: [...instructions.values()].reduce((sum, samples) => sum + samples, 0),
  }));
}

interface Table {
  readonly name: string;
  readonly lines: LineCost[];
  readonly files: Set<string>;
  /** By address: an instruction is listed under each line that it belongs to. */
  readonly instructions: Map<string, number>;
}

function samplesOf(row: readonly string[], columns: ReadonlyMap<string, number>): number {
  const names = ['# Samples', 'Warp Stall Sampling (All Samples)', 'Sampling Data (All)'];
  return names.map((name) => parseNumber(row[columns.get(name) ?? -1])).find((value) => value !== undefined) ?? 0;
}

function lineCost(row: readonly string[], columns: ReadonlyMap<string, number>, file: string): LineCost | undefined {
  const line = parseNumber(row[columns.get('Line No') ?? -1]);
  // Rows without a number are the line's instructions.
  if (line === undefined || line < 1) return undefined;
  const number = (name: string) => parseNumber(row[columns.get(name) ?? -1]);
  const stalls = [...columns]
    .filter(([name]) => /^stall_\w+$/.test(name))
    .map(([name, index]) => ({ reason: name.slice('stall_'.length), samples: parseNumber(row[index]) ?? 0 }))
    .filter(({ samples }) => samples > 0)
    .sort((a, b) => b.samples - a.samples);
  const optional = {
    sectors: number('L2 Theoretical Sectors Global'),
    excessiveSectors: number('L2 Theoretical Sectors Global Excessive'),
    sharedWavefronts: number('L1 Wavefronts Shared'),
    excessiveWavefronts: number('L1 Wavefronts Shared Excessive'),
    divergentBranches: number('Divergent Branches'),
  };
  return {
    file,
    line,
    source: row[columns.get('Source') ?? -1] ?? '',
    samples: samplesOf(row, columns),
    instructions: number('Instructions Executed') ?? 0,
    stalls,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined && value > 0)),
  };
}
