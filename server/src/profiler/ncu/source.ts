/** `ncu --page source --csv --print-source cuda,sass`: what each line of the source costs. Pure. */
import type { LineCost } from '../../../../protocol/src/profile';
import { parseCsv, parseNumber } from './csv';

export interface KernelLines {
  readonly name: string;
  readonly lines: readonly LineCost[];
}

/** By launch, in the report's order; a launch whose code comes from several files has one table for each. */
export function parseSource(text: string): KernelLines[] {
  const kernels: { name: string; lines: LineCost[]; files: Set<string> }[] = [];
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
        kernels.push({ name, lines: [], files: new Set([file]) });
      } else last.files.add(file);
    } else if (row.includes('Line No')) {
      // Of the two columns called Source the first is the source's.
      columns = new Map([...row.entries()].reverse().map(([index, name]) => [name, index]));
    } else if (columns.size > 0) {
      const cost = lineCost(row, columns, file);
      // A line that is taken apart by inlining may come in several rows.
      if (cost !== undefined) addLine(kernels.at(-1)?.lines, cost);
    }
  }
  return kernels.map(({ name, lines }) => ({ name, lines: lines.sort((a, b) => a.line - b.line) }));
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
    samples: number('# Samples') ?? number('Warp Stall Sampling (All Samples)') ?? number('Sampling Data (All)') ?? 0,
    instructions: number('Instructions Executed') ?? 0,
    stalls,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined && value > 0)),
  };
}

function addLine(lines: LineCost[] | undefined, cost: LineCost): void {
  if (lines === undefined) return;
  const index = lines.findIndex(({ file, line }) => file === cost.file && line === cost.line);
  const known = lines[index];
  if (known === undefined) lines.push(cost);
  else lines[index] = added(known, cost);
}

function added(a: LineCost, b: LineCost): LineCost {
  const sum = { ...a, samples: a.samples + b.samples, instructions: a.instructions + b.instructions };
  const reasons = new Map(a.stalls.map(({ reason, samples }) => [reason, samples]));
  for (const { reason, samples } of b.stalls) reasons.set(reason, (reasons.get(reason) ?? 0) + samples);
  const stalls = [...reasons].map(([reason, samples]) => ({ reason, samples }));
  const counts = Object.fromEntries(
    (['sectors', 'excessiveSectors', 'sharedWavefronts', 'excessiveWavefronts', 'divergentBranches'] as const)
      .filter((key) => a[key] !== undefined || b[key] !== undefined)
      .map((key) => [key, (a[key] ?? 0) + (b[key] ?? 0)]),
  );
  return { ...sum, ...counts, stalls: stalls.sort((x, y) => y.samples - x.samples) };
}
