/** Measures configurations one after another, and the best of them again beside the present one. */
import * as l10n from '@vscode/l10n';
import type { Configuration, Device, KernelRun, LaunchPlan, RunResult, Tuning } from '../../../protocol/src';
import { compared, type Spread } from '../history';
import type { Trial, Trials } from './trials';

export interface Measuring {
  /** `budgetMs`: absent for a full measurement. */
  run(plan: LaunchPlan, text: string, budgetMs?: number): Promise<RunResult>;
  /** How much two runs of one binary differ, relative. */
  noise(run: KernelRun): number;
  progress(configurations: readonly Configuration[], done: number): void;
  readonly signal: AbortSignal;
}

/** Enough to tell which are worth a second look. */
const firstBudgetMs = 300;
const contenders = 3;
/** The best of three is tested against the present one: the limit of 95 % for each is that of 98.3 % for all. */
const caution = 1.22;

export async function tune({ plan, trials, left }: Trials, measuring: Measuring): Promise<Tuning | RunResult> {
  const configurations = trials.map((trial, index) => configurationOf(trial, index));
  const runs = new Map<number, KernelRun>();
  const tried = trials.flatMap((trial, index) => ('plan' in trial.prepared ? [{ index, ...trial.prepared }] : []));
  const total = (skipped: number) => trials.length - tried.length + skipped;
  measuring.progress(configurations, total(0));
  let device: Device | undefined;
  for (const [position, { index, plan: own, text }] of tried.entries()) {
    if (measuring.signal.aborted) break;
    const result = await measuring.run(own, text, firstBudgetMs);
    if (result.status === 'cancelled') break;
    // Without the present configuration there is nothing to compare with, and what ails it ails the others.
    if (index === 0 && result.status !== 'ok') return result;
    device ??= result.device;
    const current = configurations[index];
    if (current) configurations[index] = { ...current, outcome: outcomeOf(index, result, runs, measuring) };
    if (result.status === 'ok' && (index === 0 || !wrongness(result))) runs.set(index, result);
    measuring.progress(configurations, total(position + 1));
  }
  const first = runs.get(0);
  if (first === undefined || device === undefined) {
    return { status: 'cancelled', message: l10n.t('Cancelled.'), plan };
  }
  const fastest = [...runs].sort(([, a], [, b]) => a.time.median - b.time.median).slice(0, contenders);
  const again = [0, ...fastest.map(([index]) => index).filter((index) => index !== 0)];
  const final = new Map<number, KernelRun>();
  for (const index of again) {
    const trial = tried.find((candidate) => candidate.index === index);
    if (measuring.signal.aborted || trial === undefined) break;
    const result = await measuring.run(trial.plan, trial.text);
    if (result.status === 'ok') final.set(index, result);
    const known = configurations[index];
    if (known && result.status === 'ok')
      configurations[index] = { ...known, outcome: outcomeOf(index, result, final, measuring) };
    measuring.progress(configurations, trials.length);
  }
  const cancelled = measuring.signal.aborted;
  const best = cancelled ? undefined : bestOf(final, measuring);
  const verdict = verdictOf(configurations, best, cancelled, left);
  return {
    status: 'ok',
    kernel: plan.kernel,
    device,
    configurations,
    ...(best !== undefined && { best }),
    verdict,
    cancelled,
  };
}

function configurationOf(trial: Trial, index: number): Configuration {
  const { values, current, prepared } = trial;
  if ('reason' in prepared) return { index, values, current, outcome: { state: 'skipped', reason: prepared.reason } };
  const { grid, block, sharedBytes, templateArguments } = prepared.plan;
  return {
    index,
    values,
    current,
    launch: { grid, block, sharedBytes, templateArguments },
    outcome: { state: 'waiting' },
  };
}

function outcomeOf(
  index: number,
  result: RunResult,
  runs: ReadonlyMap<number, KernelRun>,
  measuring: Measuring,
): Configuration['outcome'] {
  if (result.status !== 'ok') return { state: 'failed', reason: result.message };
  const wrong = index === 0 ? undefined : wrongness(result);
  if (wrong !== undefined) return { state: 'failed', reason: wrong };
  const { time, throughput, resources, occupancy } = result;
  const current = runs.get(0);
  const change = current && compared(spreadOf(result), spreadOf(current), measuring.noise(result), caution);
  return {
    state: 'measured',
    time,
    ...(change && { change }),
    ...(throughput && { throughput }),
    ...(resources && { resources }),
    ...(occupancy && { occupancy }),
  };
}

/** What is wrong with a run's results: a fast wrong answer is none. */
function wrongness({ comparison, findings }: KernelRun): string | undefined {
  if (comparison?.status === 'compared' && !comparison.passed) return comparison.message;
  // NaN may come from inputs that the kernel was never meant for; the others are its doing.
  return findings?.find(({ kind }) => kind !== 'notFinite')?.message;
}

function spreadOf({ time }: KernelRun): Spread {
  return { median: time.median, relativeError: time.relativeError, launches: time.samples };
}

/** Faster than the present configuration beyond the doubt, both measured anew. */
function bestOf(final: ReadonlyMap<number, KernelRun>, measuring: Measuring): number | undefined {
  const current = final.get(0);
  if (current === undefined) return undefined;
  const [best] = [...final].sort(([, a], [, b]) => a.time.median - b.time.median);
  if (best === undefined || best[0] === 0) return undefined;
  const { kind } = compared(spreadOf(best[1]), spreadOf(current), measuring.noise(best[1]), caution);
  return kind === 'faster' ? best[0] : undefined;
}

function verdictOf(
  configurations: readonly Configuration[],
  best: number | undefined,
  cancelled: boolean,
  left: number,
): string {
  const measured = configurations.filter(({ outcome }) => outcome.state === 'measured').length;
  const found = best === undefined ? undefined : configurations[best];
  const more = left > 0 ? ` ${l10n.t('{0} further combinations were left out.', left)}` : '';
  if (cancelled) return l10n.t('Cancelled after {0} of {1} configurations.', measured, configurations.length) + more;
  if (found?.outcome.state === 'measured' && found.outcome.change) {
    const { ratio, low, high } = found.outcome.change;
    const names = found.values.map(({ name, value }) => `${name} = ${value}`).join(', ');
    const percent = (100 * (1 - ratio)).toFixed(1);
    return (
      l10n.t(
        '{0} takes {1} % less time than the present configuration (±{2}).',
        names,
        percent,
        (50 * (high - low)).toFixed(1),
      ) + more
    );
  }
  return (
    l10n.t('None of {0} configurations is faster than the present one beyond the doubt.', Math.max(0, measured - 1)) +
    more
  );
}
