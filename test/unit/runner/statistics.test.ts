import { describe, expect, it } from 'vitest';
import { keptSamples, medianRanks, timeStatistics } from '../../../server/src/runner/statistics';

describe('timeStatistics', () => {
  it('summarises samples in any order', () => {
    const result = timeStatistics([4, 1, 3, 2], false);
    expect(result).toMatchObject({ unit: 'us', median: 2.5, min: 1, max: 4, mean: 2.5, samples: 4, coldCache: false });
    expect(result.stdev).toBeCloseTo(1.29099, 5);
    // Too few for an interval: the extremes are all there is.
    expect(result.relativeError).toBeCloseTo(1.5 / 2.5, 12);
  });

  it('copes with one sample', () => {
    expect(timeStatistics([7], true)).toMatchObject({ median: 7, stdev: 0, relativeError: 0, coldCache: true });
  });

  it('is not moved by outliers', () => {
    const samples = [...Array.from({ length: 19 }, (_, i) => 100 + i * 0.1), 10_000];
    const { median, relativeError } = timeStatistics(samples, false);
    expect(median).toBeCloseTo(100.95, 9);
    expect(relativeError).toBeLessThan(0.01);
  });

  it('spreads the readings of a coarse clock over their tick', () => {
    // As CUPTI gives them on an H100: ticks of 32 ns, a nanosecond more or less. The median is in the second tick.
    const samples = [
      ...Array.from({ length: 40 }, (_, i) => 1.984 + (i % 2) * 1e-3),
      ...Array.from({ length: 60 }, (_, i) => 2.016 + (i % 2) * 1e-3),
    ];
    const { median, relativeError, outliers, levels } = timeStatistics(samples, true);
    expect(median).toBeGreaterThan(2.0);
    expect(median).toBeLessThan(2.01);
    expect(relativeError).toBeGreaterThan(0);
    expect({ outliers, levels }).toEqual({ outliers: 0, levels: undefined });
    expect(timeStatistics(Array<number>(60).fill(2.016), true)).toMatchObject({ median: 2.016, relativeError: 0 });
  });

  it('counts outliers by the spread of the others', () => {
    const quiet = Array.from({ length: 97 }, (_, i) => 100 + (i % 7) * 0.05);
    expect(timeStatistics(quiet, true).outliers).toBe(0);
    expect(timeStatistics([...quiet, 130, 131, 90], true).outliers).toBe(3);
  });

  it('tells two levels from one', () => {
    const around = (middle: number, count: number) =>
      Array.from({ length: count }, (_, i) => middle * (1 + 0.002 * Math.sin(7 * i)));
    const two = timeStatistics([...around(297, 60), ...around(341, 40)], true);
    expect(two.levels?.map(Math.round)).toEqual([297, 341]);
    expect(timeStatistics(around(297, 100), true).levels).toBeUndefined();
    // A slow drift and a few stragglers are no second level.
    expect(
      timeStatistics(
        Array.from({ length: 100 }, (_, i) => 100 + i),
        true,
      ).levels,
    ).toBeUndefined();
    expect(timeStatistics([...around(297, 96), ...around(900, 4)], true).levels).toBeUndefined();
  });

  it('keeps samples spread over the whole measurement', () => {
    expect(keptSamples([3, 1, 2])).toEqual([3, 1, 2]);
    const kept = keptSamples(Array.from({ length: 1000 }, (_, i) => i));
    expect(kept).toHaveLength(200);
    expect([kept[0], kept[199]]).toEqual([0, 995]);
  });

  it('has no summary of nothing', () => {
    expect(() => timeStatistics([], false)).toThrow(RangeError);
  });
});

describe('medianRanks', () => {
  // Ranks of the published table of nonparametric 95 % intervals of the median, from 0.
  it.each([
    [5, [0, 4]],
    [6, [0, 5]],
    [9, [1, 7]],
    [10, [1, 8]],
    [20, [5, 14]],
    [25, [7, 17]],
    [50, [17, 32]],
    [100, [39, 60]],
  ])('of %i samples', (samples, ranks) => {
    expect(medianRanks(samples)).toEqual(ranks);
  });

  it('does not underflow', () => {
    const [low, high] = medianRanks(100_000);
    expect(low).toBeGreaterThan(49_000);
    expect(high).toBe(100_000 - 1 - low);
    expect(high).toBeGreaterThan(low);
  });
});
