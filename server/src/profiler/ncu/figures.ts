/** The numbers that people read first, taken from a launch's metrics. Pure. */
import type { OccupancyLimiter, ProfileFigures, Stall } from '../../../../protocol/src/profile';
import type { KernelMetrics } from './raw';

/** Bytes of a sector, the unit in which caches are filled. */
const sectorBytes = 32;

export function figuresOf(metrics: KernelMetrics): ProfileFigures {
  const number = (name: string) => metrics.number(name);
  const peak = (name: string) => number(`${name}.avg.pct_of_peak_sustained_elapsed`);
  const duration = number('gpu__time_duration.sum') ?? number('gpu__time_duration.avg');
  const all: { [Key in keyof ProfileFigures]: ProfileFigures[Key] | undefined } = {
    duration: duration === undefined ? undefined : duration * 1e6,
    computeThroughput: peak('sm__throughput'),
    memoryThroughput: peak('gpu__compute_memory_throughput'),
    dramThroughput: peak('gpu__dram_throughput') ?? peak('dram__throughput'),
    l2Throughput: peak('lts__throughput'),
    // While the unit works: a few busy multiprocessors are to be seen. The section shows it so, too.
    l1Throughput: number('l1tex__throughput.avg.pct_of_peak_sustained_active') ?? peak('l1tex__throughput'),
    smFrequency: number('smsp__cycles_elapsed.avg.per_second') ?? number('sm__cycles_elapsed.avg.per_second'),
    dramFrequency: number('dram__cycles_elapsed.avg.per_second'),
    dramBytesPerSecond: number('dram__bytes.sum.per_second'),
    dramReadBytes: number('dram__bytes_read.sum'),
    dramWriteBytes: number('dram__bytes_write.sum'),
    achievedOccupancy: number('sm__warps_active.avg.pct_of_peak_sustained_active'),
    theoreticalOccupancy: number('sm__maximum_warps_per_active_cycle_pct'),
    blockLimits: blockLimits(metrics),
    waves: wavesOf(metrics),
    blocks: number('launch__grid_size'),
    threadsPerBlock: number('launch__block_size'),
    multiprocessors: number('launch__sm_count') ?? number('device__attribute_multiprocessor_count'),
    registersPerThread: number('launch__registers_per_thread'),
    staticSharedBytes: number('launch__shared_mem_per_block_static'),
    dynamicSharedBytes: number('launch__shared_mem_per_block_dynamic'),
    l1HitRate: number('l1tex__t_sector_hit_rate.pct'),
    l2HitRate: number('lts__t_sector_hit_rate.pct'),
    sharedExcessive: number('derived__memory_l1_wavefronts_shared_excessive'),
    sharedWavefronts: number('memory_l1_wavefronts_shared') ?? number('l1tex__data_pipe_lsu_wavefronts_mem_shared.sum'),
    sharedConflicts: number('l1tex__data_bank_conflicts_pipe_lsu_mem_shared.sum'),
    sharedShareOfL1: sharedShare(metrics),
    ...coalescing(metrics),
    atomicShare: atomicShare(metrics),
    globalExcessiveSectors: number('derived__memory_l2_theoretical_sectors_global_excessive'),
    globalSectors: number('memory_l2_theoretical_sectors_global'),
    issueActive: number('smsp__issue_active.avg.pct_of_peak_sustained_active'),
    eligibleWarps: number('smsp__warps_eligible.avg.per_cycle_active'),
    activeWarpsPerScheduler: number('smsp__warps_active.avg.per_cycle_active'),
    cyclesPerIssue: number('smsp__average_warp_latency_per_inst_issued.ratio'),
    ipc: number('sm__inst_executed.avg.per_cycle_active'),
    threadsPerWarp: number('smsp__thread_inst_executed_per_inst_executed.ratio'),
    threadsPerWarpPredicated: number('smsp__thread_inst_executed_pred_on_per_inst_executed.ratio'),
    branchEfficiency: number('smsp__sass_average_branch_targets_threads_uniform.pct'),
    spillRequests: number('derived__local_spilling_requests'),
    instructions: number('smsp__inst_executed.sum'),
    samples: number('smsp__pcsamp_sample_count'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Blocks a place for them. The tool rounds to hundredths, which makes nothing of a few blocks. */
function wavesOf(metrics: KernelMetrics): number | undefined {
  const said = metrics.number('launch__waves_per_multiprocessor');
  const blocks = metrics.number('launch__grid_size');
  const multiprocessors = metrics.number('launch__sm_count');
  const limits = blockLimits(metrics);
  if (said === undefined || said >= 1 || blocks === undefined || multiprocessors === undefined || !limits) return said;
  return blocks / (multiprocessors * Math.min(...Object.values(limits)));
}

function atomicShare(metrics: KernelMetrics): number | undefined {
  const requests = (op: string) => metrics.number(`l1tex__t_requests_pipe_lsu_mem_global_op_${op}.sum`) ?? 0;
  const atomics = requests('atom') + requests('red');
  const all = atomics + requests('ld') + requests('st');
  return all === 0 ? undefined : (100 * atomics) / all;
}

function sharedShare(metrics: KernelMetrics): number | undefined {
  const part = metrics.number('l1tex__data_pipe_lsu_wavefronts_mem_shared.sum.pct_of_peak_sustained_elapsed');
  const whole = metrics.number('l1tex__data_pipe_lsu_wavefronts.sum.pct_of_peak_sustained_elapsed');
  return part === undefined || whole === undefined || whole === 0 ? undefined : (100 * part) / whole;
}

function blockLimits(metrics: KernelMetrics): ProfileFigures['blockLimits'] {
  const names: Readonly<Record<OccupancyLimiter, string>> = {
    warps: 'launch__occupancy_limit_warps',
    registers: 'launch__occupancy_limit_registers',
    sharedMemory: 'launch__occupancy_limit_shared_mem',
    blocks: 'launch__occupancy_limit_blocks',
    barriers: 'launch__occupancy_limit_barriers',
  };
  const limits = Object.entries(names)
    .map(([limiter, metric]) => [limiter, metrics.number(metric)] as const)
    .filter(([, value]) => value !== undefined);
  return limits.length === 0 ? undefined : Object.fromEntries(limits);
}

/** What the fewest blocks fit by; several where they tie. */
export function occupancyLimiters(limits: NonNullable<ProfileFigures['blockLimits']>): OccupancyLimiter[] {
  const fewest = Math.min(...Object.values(limits));
  return (Object.keys(limits) as OccupancyLimiter[]).filter((limiter) => limits[limiter] === fewest);
}

function coalescing(metrics: KernelMetrics) {
  const side = (op: 'ld' | 'st') => {
    const requests = metrics.number(`l1tex__t_requests_pipe_lsu_mem_global_op_${op}.sum`);
    const sectors = metrics.number(`l1tex__t_sectors_pipe_lsu_mem_global_op_${op}.sum`);
    const used = metrics.number(`smsp__sass_average_data_bytes_per_sector_mem_global_op_${op}.ratio`);
    return {
      perRequest: requests === undefined || sectors === undefined || requests === 0 ? undefined : sectors / requests,
      // 0 where there was no access at all.
      efficiency: used === undefined || used === 0 ? undefined : (100 * used) / sectorBytes,
    };
  };
  const [load, store] = [side('ld'), side('st')];
  return {
    loadSectorsPerRequest: load.perRequest,
    storeSectorsPerRequest: store.perRequest,
    loadEfficiency: load.efficiency,
    storeEfficiency: store.efficiency,
  };
}

/** The names that metrics have for reasons, where they differ from those of the source page. */
const reasons: Readonly<Record<string, string>> = {
  branch_resolving: 'branch_resolving',
  dispatch_stall: 'dispatch',
  imc_miss: 'imc',
  lg_throttle: 'lg',
  long_scoreboard: 'long_sb',
  math_pipe_throttle: 'math',
  mio_throttle: 'mio',
  no_instruction: 'no_inst',
  no_instructions: 'no_inst',
  short_scoreboard: 'short_sb',
  sleeping: 'sleep',
  tex_throttle: 'tex',
};

/** Cycles between two instructions of a warp by reason, the longest first; `selected` is the issuing itself. */
export function stallsOf(metrics: KernelMetrics): Stall[] {
  const pattern = /^smsp__average_warps_issue_stalled_(\w+)_per_issue_active\.ratio$/;
  return metrics
    .names(pattern)
    .map((name) => {
      const reason = pattern.exec(name)?.[1] ?? '';
      return { reason: reasons[reason] ?? reason, cycles: metrics.number(name) ?? 0 };
    })
    .filter(({ cycles }) => cycles > 0)
    .sort((a, b) => b.cycles - a.cycles);
}
