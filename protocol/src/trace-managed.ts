/** What became of a program's managed memory, from the sums of its trace. Pure. */
import type { TraceTotal } from './trace';

export interface ManagedMemory {
  /** Bytes that moved. */
  readonly toDevice: number;
  readonly toHost: number;
  readonly betweenDevices: number;
  /** Page faults. */
  readonly onDevice: number;
  readonly onHost: number;
}

/** Undefined where nothing moved and nothing was missed. */
export function managedMemory(totals: readonly TraceTotal[]): ManagedMemory | undefined {
  const sum = (kind: TraceTotal['kind'], name: string, of: 'bytes' | 'count') =>
    totals.reduce((all, total) => all + (total.kind === kind && total.name === name ? (total[of] ?? 0) : 0), 0);
  const managed = {
    toDevice: sum('migration', 'hostToDevice', 'bytes'),
    toHost: sum('migration', 'deviceToHost', 'bytes'),
    betweenDevices: sum('migration', 'deviceToDevice', 'bytes'),
    onDevice: sum('fault', 'gpuFault', 'count'),
    onHost: sum('fault', 'cpuFault', 'count'),
  };
  return Object.values(managed).every((value) => value === 0) ? undefined : managed;
}
