/** Summary of repeated timings. Pure; both backends use it. */
import type { TimeStatistics } from '../../../protocol/src';

/** z of a two-sided 95 % interval. */
const z95 = 1.96;

/** `samples` are microseconds, at least one. */
export function summarize(samples: ArrayLike<number>, coldCache: boolean): TimeStatistics {
  const sorted = Float64Array.from(samples).sort();
  const count = sorted.length;
  if (count === 0) throw new RangeError('No samples to summarize.');
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const median = medianOfSorted(sorted);
  return {
    unit: 'us',
    median,
    min: sorted[0] ?? 0,
    max: sorted[count - 1] ?? 0,
    mean,
    stdev: count > 1 ? Math.sqrt(squares / (count - 1)) : 0,
    samples: count,
    relativeError: relativeErrorOfSorted(sorted, median),
    coldCache,
  };
}

function medianOfSorted(sorted: Float64Array): number {
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return (lower + upper) / 2;
}

/**
 * Half the distribution-free 95 % interval of the median, ÷ the median: the interval lies between the order statistics
 * n/2 ± 1.96·√n/2. Too few samples for such an interval give their whole range.
 */
function relativeErrorOfSorted(sorted: Float64Array, median: number): number {
  const count = sorted.length;
  const spread = (z95 * Math.sqrt(count)) / 2;
  const low = Math.max(0, Math.floor(count / 2 - spread) - 1);
  const high = Math.min(count - 1, Math.ceil(count / 2 + spread));
  return median > 0 ? ((sorted[high] ?? 0) - (sorted[low] ?? 0)) / 2 / median : 0;
}
