/** The words of a profile: the verdict in one sentence, figures with their names. */
import * as l10n from '@vscode/l10n';
import type {
  KernelProfile,
  MemoryUnit,
  OccupancyLimiter,
  ProfileFigures,
  Stall,
  Verdict,
} from '../../../../protocol/src/profile';
import { bandwidth, bytes, count, duration } from '../format';
import { occupancyLimiters } from '../../profiler/ncu';

/** A percentage of 0…100 as people read it. */
export function share(percent: number | undefined): string {
  if (percent === undefined) return '–';
  return percent > 0 && percent < 9.95 ? `${percent.toFixed(1)} %` : `${percent.toFixed(0)} %`;
}

export function verdictSentence({ verdict, figures }: KernelProfile): string {
  const sentence = boundSentence(verdict, figures);
  const cause = wasteClause(verdict.waste, figures);
  return cause === undefined ? `${sentence}.` : `${sentence}; ${cause}.`;
}

function boundSentence(verdict: Verdict, figures: ProfileFigures): string {
  const { compute, memory, unit, pipe } = verdict;
  const memoryName = unit === undefined ? l10n.t('memory') : unitName(unit);
  switch (verdict.bound) {
    case 'memory': {
      const rate = unit === 'dram' ? figures.dramBytesPerSecond : undefined;
      return rate === undefined
        ? l10n.t('Memory-bound: {0} at {1} of its peak, compute at {2}', memoryName, share(memory), share(compute))
        : l10n.t(
            'Memory-bound: {0} at {1} of its peak ({2}), compute at {3}',
            memoryName,
            share(memory),
            bandwidth(rate),
            share(compute),
          );
    }
    case 'compute':
      return pipe === undefined
        ? l10n.t('Compute-bound: compute at {0} of its peak, memory at {1}', share(compute), share(memory))
        : l10n.t(
            'Compute-bound: {0} at {1} of the peak, memory at {2}',
            pipeName(pipe.name),
            share(pipe.percent),
            share(memory),
          );
    case 'balanced':
      return l10n.t(
        'Compute and memory are balanced: compute at {0} of its peak, {1} at {2}',
        share(compute),
        memoryName,
        share(memory),
      );
    case 'tooSmall':
      return tooSmallSentence(verdict);
    case 'latency': {
      const used = l10n.t(
        'Latency-bound: neither compute ({0} of its peak) nor memory ({1}) is busy',
        share(compute),
        share(memory),
      );
      const waiting = stallClause(verdict.stall, verdict.cyclesPerIssue);
      return waiting === undefined ? used : `${used}; ${waiting}`;
    }
    case 'unknown':
      return l10n.t('The report has no speed-of-light figures, so it does not tell what bounds the kernel');
  }
}

/** Blocks for each multiprocessor up to which the idle ones are what to say; nearer to one, it is the empty places on all of them. */
const mostWithIdle = 0.9;

function tooSmallSentence({ blocks = 0, multiprocessors = 0, waves = 0, compute, memory }: Verdict): string {
  const used = l10n.t('compute at {0} of its peak, memory at {1}', share(compute), share(memory));
  if (blocks === 1 && multiprocessors > 1) {
    return l10n.t(
      'Too small for this GPU: a single block leaves {0} of {1} multiprocessors without work; {2}',
      multiprocessors - 1,
      multiprocessors,
      used,
    );
  }
  return blocks <= mostWithIdle * multiprocessors
    ? l10n.t(
        'Too small for this GPU: {0} blocks leave {1} of {2} multiprocessors without work; {3}',
        count(blocks),
        multiprocessors - blocks,
        multiprocessors,
        used,
      )
    : l10n.t(
        'Too small for this GPU: {0} blocks fill {1} of the places that it has for them; {2}',
        count(blocks),
        share(100 * waves),
        used,
      );
}

function stallClause(stall: Stall | undefined, cycles: number | undefined): string | undefined {
  if (stall === undefined || cycles === undefined) return undefined;
  return l10n.t(
    'of the {0} cycles between two instructions of a warp, {1} are spent {2}',
    cycles.toFixed(1),
    stall.cycles.toFixed(1),
    stallPhrase(stall.reason),
  );
}

function wasteClause(waste: Verdict['waste'], figures: ProfileFigures): string | undefined {
  if (waste === undefined) return undefined;
  switch (waste.kind) {
    case 'bankConflicts':
      return l10n.t('{0} of its shared-memory wavefronts are bank conflicts', share(waste.percent));
    case 'uncoalesced':
      return l10n.t('{0} of the sectors it asks for are wasted by uncoalesced accesses', share(waste.percent));
    case 'divergence':
      return l10n.t('only {0} of 32 threads of a warp are active on average', (figures.threadsPerWarp ?? 0).toFixed(1));
    case 'atomics':
      return l10n.t('{0} of its accesses to global memory are atomics', share(waste.percent));
  }
}

export function unitName(unit: MemoryUnit): string {
  switch (unit) {
    case 'dram':
      return 'DRAM';
    case 'l2':
      return l10n.t('the L2 cache');
    case 'l1':
      return l10n.t('the L1 cache');
    case 'shared':
      return l10n.t('shared memory');
    case 'pipes':
      return l10n.t('the memory pipelines');
  }
}

/** Names of NVIDIA's for pipelines; whatever else a version knows stays as it says it. */
function pipeName(name: string): string {
  const names: Readonly<Record<string, () => string>> = {
    fma: () => l10n.t('the FMA pipeline'),
    alu: () => l10n.t('the ALU pipeline'),
    fp64: () => l10n.t('the FP64 pipeline'),
    tensor: () => l10n.t('the tensor cores'),
    lsu: () => l10n.t('the load/store pipeline'),
    xu: () => l10n.t('the pipeline of special functions'),
    issue: () => l10n.t('instruction issue'),
  };
  return names[name]?.() ?? l10n.t('the pipeline {0}', name.toUpperCase());
}

/** What a warp does for so many cycles, to stand behind “are spent”. */
export function stallPhrase(reason: string): string {
  const phrases: Readonly<Record<string, () => string>> = {
    barrier: () => l10n.t('waiting for other warps at a barrier'),
    branch_resolving: () => l10n.t('waiting for the target of a branch'),
    dispatch: () => l10n.t('waiting for the dispatcher'),
    drain: () => l10n.t('waiting for stores to leave before the end'),
    gmma: () => l10n.t('waiting for warpgroup matrix operations'),
    imc: () => l10n.t('waiting for constant memory'),
    lg: () => l10n.t('waiting for a place in the queue of global and local memory (LG throttle)'),
    long_sb: () => l10n.t('waiting for data from global, local or texture memory (long scoreboard)'),
    math: () => l10n.t('waiting for a busy math pipeline'),
    membar: () => l10n.t('waiting at a memory fence'),
    mio: () => l10n.t('waiting for a place in the queue of shared memory and special functions (MIO throttle)'),
    no_inst: () => l10n.t('waiting for instructions to be fetched'),
    not_selected: () => l10n.t('ready while another warp issues'),
    selected: () => l10n.t('issuing'),
    short_sb: () => l10n.t('waiting for data from shared memory or special functions (short scoreboard)'),
    sleep: () => l10n.t('sleeping'),
    tex: () => l10n.t('waiting for a place in the queue of texture memory'),
    wait: () => l10n.t('waiting a fixed latency'),
    warpgroup_arrive: () => l10n.t('waiting for a warpgroup to arrive'),
  };
  return phrases[reason]?.() ?? reason;
}

export function limiterName(limiter: OccupancyLimiter): string {
  switch (limiter) {
    case 'registers':
      return l10n.t('registers');
    case 'sharedMemory':
      return l10n.t('shared memory');
    case 'warps':
      return l10n.t('warps');
    case 'blocks':
      return l10n.t('blocks');
    case 'barriers':
      return l10n.t('barriers');
  }
}

export interface Figure {
  readonly key: string;
  readonly name: string;
  readonly value: string;
  /** What it is measured against, or made of. */
  readonly detail?: string;
  /** For comparing: the number, and which way is better. */
  readonly number?: number;
  readonly better?: 'less' | 'more';
}

/** What is read first. */
export function mainFigures({ figures }: KernelProfile): Figure[] {
  const clock = figures.smFrequency === undefined ? undefined : `SM ${(figures.smFrequency / 1e9).toFixed(2)} GHz`;
  const limits = figures.blockLimits === undefined ? [] : occupancyLimiters(figures.blockLimits);
  const theoretical =
    figures.theoreticalOccupancy === undefined
      ? undefined
      : limits.length === 0 || figures.theoreticalOccupancy >= 99.95
        ? l10n.t('of {0} possible', share(figures.theoreticalOccupancy))
        : l10n.t(
            'of {0} possible, limited by {1}',
            share(figures.theoreticalOccupancy),
            limits.map(limiterName).join(', '),
          );
  return [
    figure('duration', l10n.t('Duration'), figures.duration, duration, 'less', clock),
    figure('memory', l10n.t('Memory'), figures.memoryThroughput, share, undefined, l10n.t('of its peak')),
    figure('compute', l10n.t('Compute'), figures.computeThroughput, share, undefined, l10n.t('of its peak')),
    figure('occupancy', l10n.t('Achieved occupancy'), figures.achievedOccupancy, share, 'more', theoretical),
  ].filter((each) => each !== undefined);
}

/** What is read next. */
export function furtherFigures({ figures }: KernelProfile): Figure[] {
  const wavefronts = part(figures.sharedExcessive, figures.sharedWavefronts);
  const sectors = part(figures.globalExcessiveSectors, figures.globalSectors);
  const traffic = sum(figures.dramReadBytes, figures.dramWriteBytes);
  const rate = (value: number) => bandwidth(value);
  return [
    figure(
      'waves',
      l10n.t('Waves'),
      figures.waves,
      (value) => value.toFixed(value < 10 ? 2 : 0),
      undefined,
      blocksText(figures),
    ),
    figure('l1', l10n.t('L1 hit rate'), figures.l1HitRate, share, 'more'),
    figure('l2', l10n.t('L2 hit rate'), figures.l2HitRate, share, 'more'),
    figure('dram', l10n.t('DRAM traffic'), traffic, bytes, 'less', optional(figures.dramBytesPerSecond, rate)),
    figure(
      'loads',
      l10n.t('Bytes used of each loaded sector'),
      figures.loadEfficiency,
      share,
      'more',
      sectorsText(figures.loadSectorsPerRequest),
    ),
    figure(
      'stores',
      l10n.t('Bytes used of each stored sector'),
      figures.storeEfficiency,
      share,
      'more',
      sectorsText(figures.storeSectorsPerRequest),
    ),
    figure('excessive', l10n.t('Excessive global sectors'), sectors, share, 'less'),
    figure(
      'conflicts',
      l10n.t('Bank conflicts'),
      wavefronts,
      share,
      'less',
      l10n.t('of the wavefronts of shared memory'),
    ),
    figure('registers', l10n.t('Registers a thread'), figures.registersPerThread, count, 'less'),
    figure('static', l10n.t('Static shared memory'), figures.staticSharedBytes, bytes),
    figure('dynamic', l10n.t('Dynamic shared memory'), figures.dynamicSharedBytes, bytes),
    figure(
      'issue',
      l10n.t('Issue slots used'),
      figures.issueActive,
      share,
      'more',
      optional(figures.ipc, (ipc) => `IPC ${ipc.toFixed(2)}`),
    ),
    figure(
      'eligible',
      l10n.t('Eligible warps a scheduler'),
      figures.eligibleWarps,
      (value) => value.toFixed(2),
      'more',
    ),
    figure(
      'latency',
      l10n.t('Cycles between two instructions of a warp'),
      figures.cyclesPerIssue,
      (value) => value.toFixed(1),
      'less',
    ),
    figure('threads', l10n.t('Active threads a warp'), figures.threadsPerWarp, (value) => value.toFixed(1), 'more'),
    figure(
      'spills',
      l10n.t('Spill requests'),
      figures.spillRequests === 0 ? undefined : figures.spillRequests,
      count,
      'less',
    ),
    figure('instructions', l10n.t('Instructions executed'), figures.instructions, count, 'less'),
  ].filter((each) => each !== undefined);
}

function figure(
  key: string,
  name: string,
  number: number | undefined,
  format: (value: number) => string,
  better?: Figure['better'],
  detail?: string,
): Figure | undefined {
  if (number === undefined) return undefined;
  return {
    key,
    name,
    value: format(number),
    number,
    ...(better === undefined ? {} : { better }),
    ...(detail === undefined ? {} : { detail }),
  };
}

function optional(value: number | undefined, format: (value: number) => string): string | undefined {
  return value === undefined ? undefined : format(value);
}

function part(some: number | undefined, all: number | undefined): number | undefined {
  return some === undefined || all === undefined || all === 0 ? undefined : (100 * some) / all;
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

function blocksText({ blocks, multiprocessors }: ProfileFigures): string | undefined {
  if (blocks === undefined || multiprocessors === undefined) return undefined;
  return l10n.t('{0} blocks on {1} multiprocessors', count(blocks), multiprocessors);
}

function sectorsText(sectors: number | undefined): string | undefined {
  return sectors === undefined ? undefined : l10n.t('{0} sectors a request', sectors.toFixed(1));
}
