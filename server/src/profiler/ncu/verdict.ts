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

export function verdictOf(figures: ProfileFigures, stalls: readonly Stall[], metrics: KernelMetrics): Verdict {
  const { computeThroughput: compute, memoryThroughput: memory } = figures;
  const facts: { [Key in keyof Verdict]: Verdict[Key] | undefined } = {
    bound: boundOf(figures),
    compute,
    memory,
    unit: busiestUnit(figures, metrics),
    pipe: busiestPipe(metrics),
    stall: stalls.find(({ reason }) => !notWaiting.has(reason)),
    cyclesPerIssue: figures.cyclesPerIssue,
    waves: figures.waves,
    blocks: figures.blocks,
    multiprocessors: figures.multiprocessors,
    achievedOccupancy: figures.achievedOccupancy,
    waste: wasteOf(figures),
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

/** The part of the memory system whose share is the memory's: that is the greatest of the parts' shares. */
function busiestUnit(figures: ProfileFigures, metrics: KernelMetrics): MemoryUnit | undefined {
  const { memoryThroughput: memory } = figures;
  if (memory === undefined) return undefined;
  const peak = (name: string) => metrics.number(`${name}.avg.pct_of_peak_sustained_elapsed`);
  const units: readonly [MemoryUnit, number | undefined][] = [
    ['dram', figures.dramThroughput],
    ['l1', peak('l1tex__throughput')],
    ['l2', peak('lts__throughput')],
  ];
  const distance = (percent: number) => Math.abs(percent - memory);
  const known = units.filter((unit): unit is [MemoryUnit, number] => unit[1] !== undefined);
  if (known.length === 0) return undefined;
  const [unit, percent] = known.reduce((best, other) => (distance(other[1]) < distance(best[1]) ? other : best));
  // None of them explains the share: the pipes that requests go through do.
  if (distance(percent) > near) return 'pipes';
  // Shared memory is served by the same unit as the first-level cache.
  return unit === 'l1' && (figures.sharedShareOfL1 ?? 0) > 50 ? 'shared' : unit;
}

/** Percent of the work from which on a waste is worth a word in the verdict. */
const worthSaying = 30;

/** What of the work need not be done, the greatest share first. */
function wasteOf(figures: ProfileFigures): Verdict['waste'] {
  const { sharedExcessive, sharedWavefronts, globalExcessiveSectors, globalSectors, threadsPerWarp } = figures;
  const share = (part: number | undefined, whole: number | undefined) =>
    part === undefined || whole === undefined || whole === 0 ? 0 : (100 * part) / whole;
  const wastes = [
    { kind: 'bankConflicts', percent: share(sharedExcessive, sharedWavefronts) },
    { kind: 'uncoalesced', percent: share(globalExcessiveSectors, globalSectors) },
    { kind: 'divergence', percent: threadsPerWarp === undefined ? 0 : 100 - (100 * threadsPerWarp) / 32 },
    { kind: 'atomics', percent: figures.atomicShare ?? 0 },
  ] as const;
  return wastes.filter(({ percent }) => percent >= worthSaying).sort((a, b) => b.percent - a.percent)[0];
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
function busiestPipe(metrics: KernelMetrics): Verdict['pipe'] {
  const shares = Object.entries(pipes).map(([name, candidates]) => ({
    name,
    percent: Math.max(
      0,
      ...candidates.map((metric) => metrics.number(`${metric}.avg.pct_of_peak_sustained_elapsed`) ?? 0),
    ),
  }));
  const [best, second] = shares.sort((a, b) => b.percent - a.percent);
  if (best === undefined || best.percent === 0) return undefined;
  // Whatever fills a pipeline fills the slots, too: the pipeline says more.
  return best.name === 'issue' && second !== undefined && best.percent - second.percent < near ? second : best;
}
