/**
 * What a launch waits for, by the measures that Nsight Compute itself uses: a unit is well used from 60 % of its peak on,
 * memory and compute are balanced when their shares are near each other, and what reaches neither waits for latencies.
 * Pure.
 */
import type { Bound, MemoryUnit, ProfileFigures, Stall, Verdict } from '../../../../protocol/src/profile';
import type { KernelMetrics } from './raw';

/** Percent of a peak from which on a unit counts as well used (SpeedOfLight's rule). */
const wellUsed = 60;
/** Percentage points within which memory and compute are balanced (the same rule). */
const near = 10;
/** Reasons that are no waiting for anything: the warp issues, or another one is issued instead. */
const notWaiting = new Set(['selected', 'not_selected']);

export function verdictOf(figures: ProfileFigures, stalls: readonly Stall[], pipe: Verdict['pipe']): Verdict {
  const { computeThroughput: compute, memoryThroughput: memory } = figures;
  const stall = stalls.find(({ reason }) => !notWaiting.has(reason));
  const unit = busiestUnit(figures);
  const facts: { [Key in keyof Verdict]: Verdict[Key] | undefined } = {
    bound: boundOf(figures),
    compute,
    memory,
    unit,
    pipe,
    stall,
    cyclesPerIssue: figures.cyclesPerIssue,
    waves: figures.waves,
    blocks: figures.blocks,
    multiprocessors: figures.multiprocessors,
    achievedOccupancy: figures.achievedOccupancy,
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as unknown as Verdict;
}

function boundOf(figures: ProfileFigures): Bound {
  const { computeThroughput: compute, memoryThroughput: memory, waves, blocks, multiprocessors } = figures;
  if (compute === undefined || memory === undefined) return 'unknown';
  if (Math.max(compute, memory) < wellUsed) {
    // Less than a wave leaves places for blocks empty from the start, whatever the blocks wait for.
    const fewBlocks = blocks !== undefined && multiprocessors !== undefined && blocks < multiprocessors;
    return fewBlocks || (waves !== undefined && waves < 1) ? 'tooSmall' : 'latency';
  }
  if (Math.abs(compute - memory) < near) return 'balanced';
  return compute > memory ? 'compute' : 'memory';
}

/** The part of the memory system with the highest share of its peak. */
function busiestUnit(figures: ProfileFigures): MemoryUnit | undefined {
  const { dramThroughput, l2Throughput, l1Throughput, memoryThroughput } = figures;
  const units: [MemoryUnit, number][] = [
    ['dram', dramThroughput ?? 0],
    ['l2', l2Throughput ?? 0],
    ['l1', l1Throughput ?? 0],
  ];
  const [unit, percent] = units.reduce((best, other) => (other[1] > best[1] ? other : best));
  if (percent === 0) return undefined;
  // None of them explains the share: the pipes that requests go through do.
  if (memoryThroughput !== undefined && memoryThroughput - percent > near) return 'pipes';
  // Shared memory is served by the same unit as the first-level cache.
  if (unit === 'l1' && (figures.sharedWavefronts ?? 0) > 0 && figures.sharedShareOfL1 !== undefined) {
    return figures.sharedShareOfL1 > 50 ? 'shared' : 'l1';
  }
  return unit;
}

const pipes: Readonly<Record<string, readonly string[]>> = {
  fma: ['sm__pipe_fma_cycles_active', 'sm__inst_executed_pipe_fma'],
  alu: ['sm__pipe_alu_cycles_active', 'sm__inst_executed_pipe_alu'],
  fp64: ['sm__pipe_fp64_cycles_active', 'sm__inst_executed_pipe_fp64'],
  tensor: ['sm__pipe_tensor_cycles_active', 'sm__inst_executed_pipe_tensor'],
  lsu: ['sm__inst_executed_pipe_lsu'],
  xu: ['sm__inst_executed_pipe_xu'],
  adu: ['sm__inst_executed_pipe_adu'],
  cbu: ['sm__inst_executed_pipe_cbu'],
  tex: ['sm__inst_executed_pipe_tex'],
  uniform: ['sm__inst_executed_pipe_uniform'],
  issue: ['sm__issue_active', 'sm__inst_issued'],
};

/** What of a multiprocessor is the busiest; `issue` are the slots in which its schedulers issue. */
export function busiestPipe(metrics: KernelMetrics): Verdict['pipe'] {
  let best: Verdict['pipe'];
  for (const [name, candidates] of Object.entries(pipes)) {
    const percent = candidates
      .map((metric) => metrics.number(`${metric}.avg.pct_of_peak_sustained_elapsed`))
      .filter((value) => value !== undefined)
      .reduce((most, value) => Math.max(most, value), 0);
    if (percent > (best?.percent ?? 0)) best = { name, percent };
  }
  return best;
}
