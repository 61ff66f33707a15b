import { describe, expect, it } from 'vitest';
import { changeBetween, noiseOf, type Timed } from '../../../server/src/history';
import { timeStatistics } from '../../../server/src/runner/statistics';

const gpu = { kind: 'gpu', name: 'NVIDIA H100 80GB HBM3' } as const;
const launch: Timed['launch'] = {
  grid: [4, 1, 1],
  block: [256, 1, 1],
  sharedBytes: 0,
  templateArguments: [],
  sizes: { N: '1024' },
  coldCache: true,
};

function run(median: number, other: Partial<Timed> = {}): Timed {
  const at = '2026-01-01T00:00:00.000Z';
  return { id: 'a', at, median, relativeError: 0.003, launches: 200, device: gpu, launch, sourceKey: 's', ...other };
}

const assumed = { relative: 0.005, learned: false };

/** Uniform in [0, 1): mulberry32, the same on every machine. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A run whose samples have the long tail to the right that timings have; `speed` is the same for the whole run. */
function sampled(random: () => number, spread: number, speed = 1): Timed {
  const samples = Array.from({ length: 120 }, () => 100 * speed * Math.exp(Math.abs(spread * normal(random)) ** 1.3));
  const { median, relativeError, samples: launches } = timeStatistics(samples, true);
  return run(median, { relativeError, launches });
}

describe('the change between two runs', () => {
  it('is said where it is beyond the doubt, with its interval', () => {
    const change = changeBetween(run(90), run(100, { id: 'old' }), assumed);
    expect(change).toMatchObject({ kind: 'faster', id: 'old', median: 100, noise: 'assumed' });
    expect(change?.ratio).toBeCloseTo(0.9, 10);
    // √(0.3² + 0.3² + 0.5²) % = 0.656 %
    expect(change?.low).toBeCloseTo(0.9 * Math.exp(-0.006557), 4);
    expect(change?.high).toBeCloseTo(0.9 * Math.exp(0.006557), 4);
    expect(changeBetween(run(110), run(100), assumed)?.kind).toBe('slower');
  });

  it('is none within the doubt', () => {
    expect(changeBetween(run(100.6), run(100), assumed)?.kind).toBe('same');
    expect(changeBetween(run(100.7), run(100), assumed)?.kind).toBe('slower');
    expect(changeBetween(run(100.7), run(100), { relative: 0.02, learned: true })?.kind).toBe('same');
  });

  it('takes a run of a few launches for what it is', () => {
    const single = { launches: 1, relativeError: 0 };
    expect(changeBetween(run(97, single), run(100, single), assumed)?.kind).toBe('same');
    expect(changeBetween(run(80, single), run(100, single), assumed)?.kind).toBe('faster');
  });

  it('is no percentage between different launches, and nothing between devices', () => {
    const larger = { ...launch, sizes: { N: '2048' } };
    expect(changeBetween(run(90, { launch: larger }), run(100), assumed)?.kind).toBe('otherLaunch');
    const reordered = { ...launch, sizes: { ...launch.sizes } };
    expect(changeBetween(run(90, { launch: reordered }), run(100), assumed)?.kind).toBe('faster');
    expect(changeBetween(run(90, { device: { kind: 'gpu', name: 'Other' } }), run(100), assumed)).toBeUndefined();
    expect(changeBetween(run(90, { device: { kind: 'cpu', name: gpu.name } }), run(100), assumed)).toBeUndefined();
  });

  it.each([0.01, 0.05, 0.3])('calls at most 5 %% of runs of equal speed different (spread %d)', (spread) => {
    const random = uniform(17);
    const pairs = 600;
    let wrong = 0;
    for (let pair = 0; pair < pairs; pair++) {
      const change = changeBetween(sampled(random, spread), sampled(random, spread), { relative: 0, learned: false });
      if (change?.kind !== 'same') wrong++;
    }
    expect(wrong / pairs).toBeLessThanOrEqual(0.05);
    // The interval is not so wide that it could never say anything.
    expect(wrong).toBeGreaterThan(0);
  });

  it('learns what runs of one binary differ by, and then calls at most 5 % of them different', () => {
    const random = uniform(4);
    // The clocks of each run differ by 1.5 %, far more than its own samples tell.
    const runs = Array.from({ length: 400 }, () => sampled(random, 0.02, Math.exp(0.015 * normal(random))));
    const verdicts = (noise: (index: number) => ReturnType<typeof noiseOf>) =>
      runs.slice(100).filter((entry, index) => {
        const before = runs[index + 99];
        return before && changeBetween(entry, before, noise(index + 100))?.kind !== 'same';
      }).length / 300;
    expect(verdicts(() => assumed)).toBeGreaterThan(0.3);
    expect(verdicts((index) => noiseOf(runs[index] ?? run(1), runs.slice(0, index)))).toBeLessThanOrEqual(0.05);
  });

  it('still finds what is larger than the noise', () => {
    const random = uniform(9);
    const runs = Array.from({ length: 40 }, () => sampled(random, 0.02, Math.exp(0.01 * normal(random))));
    const faster = sampled(random, 0.02, 0.9);
    const noise = noiseOf(faster, runs);
    expect(noise.learned).toBe(true);
    const last = runs.at(-1);
    expect(last && changeBetween(faster, last, noise)?.kind).toBe('faster');
  });
});

describe('noise', () => {
  it('is assumed until there are five pairs of one binary', () => {
    const random = uniform(1);
    const runs = Array.from({ length: 6 }, () => run(100 * Math.exp(0.05 * normal(random))));
    expect(noiseOf(run(100), runs.slice(1)).learned).toBe(false);
    expect(noiseOf(run(100), runs)).toMatchObject({ learned: true });
    expect(noiseOf(run(100), runs).relative).toBeGreaterThan(0.03);
  });

  it('is never less than half a percent, nor than what events resolve', () => {
    const quiet = Array.from({ length: 20 }, () => run(100));
    expect(noiseOf(run(100), quiet)).toEqual({ relative: 0.005, learned: true });
    expect(noiseOf(run(2), []).relative).toBeCloseTo(0.025, 10);
  });

  it('is not learned from edits, other devices, or kernels of another length', () => {
    const edited = Array.from({ length: 20 }, (_, i) => run(100 + 10 * (i % 2), { sourceKey: `s${i}` }));
    const elsewhere = Array.from({ length: 20 }, (_, i) =>
      run(100 + 10 * (i % 2), { device: { kind: 'gpu', name: 'B' } }),
    );
    const longer = Array.from({ length: 20 }, (_, i) => run(5000 + 900 * (i % 2)));
    expect(noiseOf(run(100), [...edited, ...elsewhere, ...longer])).toEqual({ relative: 0.005, learned: false });
  });
});
