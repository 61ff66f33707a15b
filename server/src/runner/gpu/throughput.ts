/** What the plan's buffers and the time say about memory, and where they say nothing. Pure. */
import * as l10n from '@vscode/l10n';
import type { LaunchPlan, PlannedArgument, Throughput, TimeStatistics } from '../../../../protocol/src';

/** Each buffer once for reading, once for writing; a buffer whose use does not show counts once. */
export function bytesMoved(plan: LaunchPlan): number {
  return sum(plan, (access) => (access === 'readwrite' ? 2 : 1));
}

/** What must come from the memory of a GPU whose cache holds nothing of it. */
function bytesRead(plan: LaunchPlan): number {
  return sum(plan, (access) => (access === 'read' || access === 'readwrite' ? 1 : 0));
}

type Access = Extract<PlannedArgument, { kind: 'buffer' }>['access'];

function sum(plan: LaunchPlan, times: (access: Access) => number): number {
  const bytesOf = (argument: PlannedArgument): number => {
    switch (argument.kind) {
      case 'buffer':
        return argument.count * argument.element.bytes * times(argument.access);
      case 'pointers':
        return argument.pointers * argument.count * argument.element.bytes * times(argument.access);
      case 'struct':
        return argument.members.reduce((total, { value }) => total + bytesOf(value), 0);
      case 'scalar':
      case 'opaque':
        return 0;
    }
  };
  return plan.arguments.reduce((total, argument) => total + bytesOf(argument), 0);
}

/** The L2 cache takes writes at some multiple of the memory's rate; beyond it nothing was moved. */
const cacheOfPeak = 4;
/** Clocks and peaks are not known to the last percent. */
const exceeded = 1.05;

/**
 * A rate that the memory cannot have had shows that the kernel leaves a part of its buffers alone, and how large a part
 * nobody knows: then there is no throughput. What a kernel only writes may stay in the L2 cache, so a rate above the peak
 * is possible there, but is no share of the peak.
 */
export function throughputOf(
  plan: LaunchPlan,
  time: Pick<TimeStatistics, 'median' | 'coldCache'>,
  peak: number | undefined,
): { readonly throughput?: Throughput; readonly note?: string } {
  const stated = plan.bytes !== undefined;
  const bytes = plan.bytes ?? bytesMoved(plan);
  if (bytes === 0 || time.median <= 0) return {};
  const seconds = time.median * 1e-6;
  const bytesPerSecond = bytes / seconds;
  const throughput = { bytes, bytesPerSecond, ...(stated ? { stated } : {}) };
  if (peak === undefined) return { throughput };
  const ofPeak = bytesPerSecond / peak;
  if (stated || ofPeak <= 1) return { throughput: { ...throughput, ofPeak } };
  const read = time.coldCache ? bytesRead(plan) / seconds / peak : 0;
  if (read > exceeded || ofPeak > cacheOfPeak) {
    return {
      note: l10n.t(
        'No throughput is shown: the buffers of the plan hold more than the kernel can have moved in this time, so it leaves a part of them alone. A directive states what it moves: bytes=….',
      ),
    };
  }
  return {
    throughput,
    note: l10n.t(
      'The throughput exceeds the peak of the memory: part of it went to the L2 cache, or the kernel leaves a part of its buffers alone.',
    ),
  };
}
