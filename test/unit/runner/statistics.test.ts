import { describe, expect, it } from 'vitest';
import { medianRanks, timeStatistics } from '../../../server/src/runner/statistics';

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
