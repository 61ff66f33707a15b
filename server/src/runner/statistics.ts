/** Statistics of repeated timings, the same for both backends. */
import type { TimeStatistics } from '../../../protocol/src';

/**
 * Ranks (from 0) of the samples that bound the median with 95 % confidence, whatever the distribution: the number of
 * samples below the true median is binomial(n, ½). With fewer than six samples no such pair exists and the extremes
 * are all there is.
 */
export function medianRanks(samples: number): readonly [number, number] {
  // P(X ≤ k) of binomial(n, ½), summed in logarithms so that large n do not underflow.
  let logarithm = -samples * Math.LN2;
  let below = 0;
  let rank = 0;
  for (let k = 0; k < samples / 2; k++) {
    below += Math.exp(logarithm);
    if (below > 0.025) break;
    rank = k + 1;
    logarithm += Math.log((samples - k) / (k + 1));
  }
  const low = Math.max(0, rank - 1);
  return [low, samples - 1 - low];
}

/** Summary of samples in microseconds; there must be at least one. */
export function timeStatistics(samples: readonly number[], coldCache: boolean): TimeStatistics {
  if (samples.length === 0) throw new RangeError('statistics of no samples');
  const sorted = [...samples].sort((a, b) => a - b);
  const n = sorted.length;
  const tick = tickOf(sorted);
  const valueAt = ranked(sorted, tick);
  const median = valueAt((n - 1) / 2);
  const mean = sorted.reduce((sum, x) => sum + x, 0) / n;
  const variance = n > 1 ? sorted.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1) : 0;
  const [low, high] = medianRanks(n);
  const halfWidth = (valueAt(high) - valueAt(low)) / 2;
  const levels = twoLevels(sorted, tick?.length ?? 0);
  return {
    unit: 'us',
    median,
    min: sorted[0] ?? median,
    max: sorted[n - 1] ?? median,
    mean,
    stdev: Math.sqrt(variance),
    samples: n,
    relativeError: median > 0 ? halfWidth / median : 0,
    coldCache,
    outliers: countOutliers(sorted, median, tick?.length ?? 0),
    ...(levels === undefined ? {} : { levels }),
  };
}

/** Readings of one tick differ by a nanosecond or two, because CUPTI converts begin and end by themselves: microseconds. */
const sameTick = 2.5e-3;

interface Tick {
  /** Microseconds. */
  readonly length: number;
  /** Index of the first sample of each reading. */
  readonly starts: readonly number[];
}

/** The tick of a clock that is coarse beside the samples: many equal readings, and steps between them. */
function tickOf(sorted: readonly number[]): Tick | undefined {
  const at = (index: number) => sorted[index] ?? 0;
  const starts = sorted.flatMap((x, index) => (index === 0 || x - at(index - 1) > sameTick ? [index] : []));
  if (starts.length < 2 || starts.length > sorted.length / 4) return undefined;
  const ends = [...starts.slice(1), sorted.length];
  // Samples that fill a range without steps are no readings of a coarse clock.
  if (starts.some((start, group) => at((ends[group] ?? 0) - 1) - at(start) > 2 * sameTick)) return undefined;
  return { length: Math.min(...starts.slice(1).map((start) => at(start) - at(start - 1))), starts };
}

/**
 * The sample of a rank, which may lie between two. Equal readings of a coarse clock are spread evenly over their tick,
 * as for any grouped data, so that the median of a 2 µs kernel does not jump by a tick of 32 ns from run to run.
 */
function ranked(sorted: readonly number[], tick: Tick | undefined): (rank: number) => number {
  const single = (index: number) => {
    if (tick === undefined) return sorted[index] ?? 0;
    const group = tick.starts.findLastIndex((start) => start <= index);
    const [start, end] = [tick.starts[group] ?? 0, tick.starts[group + 1] ?? sorted.length];
    const reading = sorted[(start + end) >> 1] ?? 0;
    return reading + tick.length * ((index - start + 0.5) / (end - start) - 0.5);
  };
  return (rank) => {
    const below = single(Math.floor(rank));
    return below + (single(Math.ceil(rank)) - below) * (rank % 1);
  };
}

/** For a normal distribution the median absolute deviation is this part of the standard deviation. */
const deviationOfNormal = 0.6745;
/** So many standard deviations away nothing is chance: of a million normal samples less than one is. */
const outlierDeviations = 5;
/** Nearer than this part of the median nobody calls a sample an outlier, however still the others are. */
const leastOutlier = 0.03;
const leastTicks = 3;

/** Samples far from the median, by the spread of the middle half, which they themselves cannot widen. */
function countOutliers(sorted: readonly number[], median: number, tick: number): number {
  const deviations = sorted.map((x) => Math.abs(x - median)).sort((a, b) => a - b);
  const middle = (deviations[deviations.length >> 1] ?? 0) / deviationOfNormal;
  const limit = Math.max(outlierDeviations * middle, leastOutlier * median, leastTicks * tick);
  return deviations.filter((deviation) => deviation > limit).length;
}

/** Each of two levels holds at least this part of the samples. */
const leastShare = 0.1;
/** Ashman's D of two halves of one normal distribution is 2.7, of a uniform one 3.5. */
const separation = 5;
/** Levels closer than this, relative to the lower one, change nobody's mind. */
const leastStep = 0.03;

/** The means of the two groups that the samples fall into, where they clearly fall into two. */
function twoLevels(sorted: readonly number[], tick: number): readonly [number, number] | undefined {
  const n = sorted.length;
  if (n < 20) return undefined;
  const total = sum(sorted);
  const squares = sorted.reduce((all, x) => all + x * x, 0);
  let best = { between: 0, count: 0 };
  let below = 0;
  for (let count = 1; count < n; count++) {
    below += sorted[count - 1] ?? 0;
    const between = count * (n - count) * (below / count - (total - below) / (n - count)) ** 2;
    if (between > best.between) best = { between, count };
  }
  if (Math.min(best.count, n - best.count) < leastShare * n) return undefined;
  const [lower, upper] = [sorted.slice(0, best.count), sorted.slice(best.count)];
  const [low, high] = [sum(lower) / lower.length, sum(upper) / upper.length];
  const within = Math.max(0, squares - lower.length * low ** 2 - upper.length * high ** 2) / n;
  const clear = high - low > separation * Math.sqrt(within);
  return clear && high - low > Math.max(leastStep * low, leastTicks * tick) ? [low, high] : undefined;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, x) => all + x, 0);
}

const mostKept = 200;

/** At most 200 of the samples, spread evenly over the measurement, in their order: what a later comparison needs. */
export function keptSamples(samples: readonly number[]): number[] {
  const step = Math.max(1, samples.length / mostKept);
  return Array.from(
    { length: Math.min(samples.length, mostKept) },
    (_, index) => samples[Math.floor(index * step)] ?? 0,
  );
}
