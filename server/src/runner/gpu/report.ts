/** A job's outcome as the answer to the user. Pure. */
import * as l10n from '@vscode/l10n';
import {
  duration,
  type Arithmetic,
  type ClockState,
  type GpuDevice,
  type KernelRun,
  type LaunchPlan,
  type RunResult,
  type TimeStatistics,
} from '../../../../protocol/src';
import { keptSamples, timeStatistics } from '../statistics';
import { clockNotes, clockState } from './clocks';
import { driverFailure } from './failures';
import { occupancyOf } from './occupancy';
import type { JobOutcome } from './runner';
import { throughputOf } from './throughput';

export interface ReportContext {
  readonly plan: LaunchPlan;
  readonly device: GpuDevice;
  readonly coldCache: boolean;
  readonly buildTime: number;
  /** Seconds. */
  readonly timeLimit: number;
  /** Something in the device code calls printf. */
  readonly prints?: boolean;
  /** Of the build. */
  readonly notes?: readonly string[];
}

/** Below this, what is not known of the events' own time (up to a microsecond on an H100) is more than a few percent. */
const shortKernelUs = 20;
const uncertain = 0.005;
const fewSamples = 6;

export function report(outcome: JobOutcome, context: ReportContext): RunResult {
  const { plan, device } = context;
  const common = { plan, device, ...(outcome.printed === '' ? {} : { output: outcome.printed }) };
  switch (outcome.type) {
    case 'measured':
      return measured(outcome, context);
    case 'failed':
      if (outcome.stage === 'plan') return { status: 'planFailed', message: outcome.detail, plan, device };
      return { ...driverFailure(outcome, plan, outcome.printed), device };
    case 'noDriver':
      return { status: 'noDevice', message: outcome.reason, plan };
    case 'cancelled':
      return { status: 'cancelled', message: l10n.t('Cancelled.'), ...common };
    case 'timedOut':
      return {
        status: 'timedOut',
        limitSeconds: context.timeLimit,
        message: context.prints
          ? l10n.t(
              '{0} did not finish within {1} s and was stopped. printf from every thread takes minutes: let a few of them print. Or does a loop never end, or a block wait at a barrier that some threads skip? The limit is kernelLens.run.timeLimit.',
              plan.kernel,
              context.timeLimit,
            )
          : l10n.t(
              '{0} did not finish within {1} s and was stopped. Does a loop never end, or does a block wait at a barrier that some threads skip? The limit is kernelLens.run.timeLimit.',
              plan.kernel,
              context.timeLimit,
            ),
        ...common,
      };
    case 'crashed': {
      const why = outcome.stderr.trim().split('\n')[0] ?? '';
      return {
        status: 'launchFailed',
        code: 'RUNNER_ENDED',
        message: [
          why === ''
            ? l10n.t('The process that runs kernels ended unexpectedly.')
            : l10n.t('The process that runs kernels ended unexpectedly: {0}.', why.replace(/\.$/, '')),
          l10n.t('Run again; the next run starts a new one.'),
        ].join(' '),
        ...common,
        output: outcome.printed + outcome.stderr,
      };
    }
  }
}

function measured(outcome: Extract<JobOutcome, { type: 'measured' }>, context: ReportContext): KernelRun {
  const { plan, device } = context;
  const samples = Array.from(outcome.samples);
  const time = { ...timeStatistics(samples, outcome.coldCache), ...outcome.sampling };
  const { facts, limits } = outcome;
  const { throughput, note } = throughputOf(plan, time, device.peakBandwidth);
  const arithmetic = arithmeticOf(plan, time, device.peakFlops);
  const clocks = clockState(outcome.clocks, outcome.state);
  const occupancy = occupancyOf(facts, limits, plan.block, plan.sharedBytes);
  return {
    status: 'ok',
    plan,
    device,
    time,
    samples: keptSamples(samples),
    ...(throughput === undefined ? {} : { throughput }),
    ...(arithmetic === undefined ? {} : { arithmetic }),
    ...(clocks === undefined ? {} : { clocks }),
    resources: {
      registersPerThread: facts.registersPerThread,
      staticSharedBytes: facts.staticSharedBytes,
      localBytesPerThread: facts.localBytesPerThread,
      constantBytes: facts.constantBytes,
    },
    ...(occupancy === undefined ? {} : { occupancy }),
    output: outcome.printed,
    findings: outcome.findings,
    ...(outcome.resultsProblem === undefined
      ? {}
      : { comparison: { status: 'notCompared', message: outcome.resultsProblem } }),
    notes: [
      ...notesOf(outcome, context, time, clocks),
      ...(note === undefined ? [] : [note]),
      ...(context.notes ?? []),
    ],
    buildTime: context.buildTime,
  };
}

function arithmeticOf(plan: LaunchPlan, time: TimeStatistics, peak: number | undefined): Arithmetic | undefined {
  const { flops } = plan;
  if (flops === undefined || time.median <= 0) return undefined;
  const flopsPerSecond = flops / (time.median * 1e-6);
  return { flops, flopsPerSecond, ...(peak === undefined ? {} : { ofPeak: flopsPerSecond / peak }) };
}

/** Beyond this part of the samples, outliers are said. */
const manyOutliers = 0.05;

function notesOf(
  outcome: Extract<JobOutcome, { type: 'measured' }>,
  { coldCache }: ReportContext,
  time: TimeStatistics,
  clocks: ClockState | undefined,
): string[] {
  const notes: string[] = [];
  if (time.samples === 1) notes.push(l10n.t('One launch filled the time budget, so this is a single sample.'));
  else if (time.samples < fewSamples)
    notes.push(l10n.t('The kernel is long, so only {0} launches were timed.', time.samples));
  else if (time.relativeError > uncertain) {
    notes.push(l10n.t('The time budget ended with the median known to ±{0} %.', (100 * time.relativeError).toFixed(1)));
  }
  if (time.levels !== undefined) {
    const [low = '', high = ''] = time.levels.map((level) => duration(level));
    notes.push(l10n.t('The times fall into two levels, {0} and {1}: the median is only one of them.', low, high));
  } else if ((time.outliers ?? 0) > manyOutliers * time.samples) {
    const share = ((100 * (time.outliers ?? 0)) / time.samples).toFixed(0);
    const range = `${duration(time.min)} … ${duration(time.max)}`;
    notes.push(
      l10n.t(
        '{0} % of the launches lie far from the median (all: {1}). It does not follow them; the mean would.',
        share,
        range,
      ),
    );
  }
  if (clocks !== undefined) notes.push(...clockNotes(clocks));
  if (time.clock === 'events' && time.median < shortKernelUs) {
    const overhead = outcome.eventOverhead.toFixed(1);
    notes.push(
      l10n.t(
        "The kernel is short beside the {0} µs that timing by events adds, measured on an empty kernel and taken off: the time is good to about a microsecond. With CUPTI from the CUDA Toolkit the GPU's own records would be used.",
        overhead,
      ),
    );
  }
  if (coldCache && !outcome.coldCache) {
    notes.push(l10n.t('The GPU had no memory left for flushing its cache: the launches ran with a warm cache.'));
  }
  if (!outcome.restored) {
    notes.push(
      l10n.t('The GPU had no memory left for copies of the buffers: each launch saw what the one before it left.'),
    );
  }
  return notes;
}
