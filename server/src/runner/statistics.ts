/** Statistics of repeated timings, the same for both backends. */
import type { TimeStatistics } from '../../../protocol/src';

/** Value between the two nearest of the sorted samples. */
function quantile(sorted: readonly number[], q: number): number {
  const position = (sorted.length - 1) * q;
  const low = Math.floor(position);
  const below = sorted[low] ?? 0;
  const above = sorted[low + 1] ?? below;
  return below + (above - below) * (position - low);
}

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
  const median = quantile(sorted, 0.5);
  const mean = sorted.reduce((sum, x) => sum + x, 0) / n;
  const variance = n > 1 ? sorted.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1) : 0;
  const [low, high] = medianRanks(n);
  const halfWidth = ((sorted[high] ?? median) - (sorted[low] ?? median)) / 2;
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
  };
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
