/** What CUPTI's numbers stand for. Nsight Systems writes the same ones. */
import type { CopyDirection, PageFaultKind, MemoryKind, MigrationCause, OverheadName } from '../../../../protocol/src';

const directions: readonly CopyDirection[] = [
  'unknown',
  'hostToDevice',
  'deviceToHost',
  'array',
  'array',
  'array',
  'array',
  'array',
  'deviceToDevice',
  'hostToHost',
  'peer',
];
const memories: readonly MemoryKind[] = [
  'unknown',
  'pageable',
  'pinned',
  'device',
  'array',
  'managed',
  'device',
  'managed',
];
const causes: readonly MigrationCause[] = ['unknown', 'user', 'coherence', 'prefetch', 'eviction', 'accessCounters'];

export const copyDirection = (number: number): CopyDirection => directions[number] ?? 'unknown';
export const memoryKind = (number: number): MemoryKind => memories[number] ?? 'unknown';
export const migrationCause = (number: number): MigrationCause => causes[number] ?? 'unknown';

/** Kinds of unified memory counters: bytes that moved. */
const migrations: Readonly<Record<number, CopyDirection>> = {
  1: 'hostToDevice',
  2: 'deviceToHost',
  8: 'deviceToDevice',
};
/** And everything else. */
const faults: Readonly<Record<number, PageFaultKind>> = {
  3: 'cpuFault',
  4: 'gpuFault',
  5: 'thrashing',
  6: 'throttling',
  7: 'remoteMap',
};

export const migrationDirection = (number: number): CopyDirection | undefined => migrations[number];
export const faultKind = (number: number): PageFaultKind | undefined => faults[number];

/** What CUPTI calls overhead: work that is not the program's. */
const overheads: Readonly<Record<number, OverheadName>> = {
  1: 'JIT compilation',
  65536: 'Trace buffer flush',
  131072: 'Trace instrumentation',
  196608: 'Trace resources',
  262144: 'Module loading',
  327680: 'Lazy function loading',
  393216: 'Command buffer full',
  458752: 'Trace buffer request',
  524288: 'Managed memory tracing',
};

export const overheadName = (number: number): OverheadName => overheads[number] ?? 'Other overhead';
