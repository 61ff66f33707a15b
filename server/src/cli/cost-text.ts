import { bytes, percent } from '../../../protocol/src';
import type { KernelCost } from './cost';

const limiters = {
  registers: 'registers',
  sharedMemory: 'shared memory',
  blocks: 'number of blocks',
  warps: 'size of the block',
} as const;

/** A table for the terminal: a line for each kernel, architecture and block. */
export function costText(kernels: readonly KernelCost[]): string {
  if (kernels.length === 0) return 'nvcc emitted no kernel of this file.\n';
  const head = [
    'kernel',
    'arch',
    'registers',
    'spilled',
    'static shared',
    'block',
    'blocks/SM',
    'occupancy',
    'limited by',
  ];
  const rows = kernels.flatMap(({ kernel, compiled, blocks, assumed }) =>
    blocks.map(({ threads, dynamicShared, occupancy }) => [
      kernel,
      `sm_${compiled.computeCapability}`,
      String(compiled.registers),
      bytes(compiled.spillStores + compiled.spillLoads),
      bytes(compiled.staticShared),
      `${threads}${dynamicShared === 0 ? '' : ` + ${dynamicShared === undefined ? '? B' : bytes(dynamicShared)}`}${assumed ? ' (assumed)' : ''}`,
      occupancy === undefined ? '–' : String(occupancy.blocks),
      occupancy === undefined ? '–' : `${dynamicShared === undefined ? '≤ ' : ''}${percent(occupancy.ratio)}`,
      occupancy === undefined || occupancy.ratio === 1 ? '' : limiters[occupancy.limiter],
    ]),
  );
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)));
  return [head, ...rows]
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
