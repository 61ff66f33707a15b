import { describe, expect, it } from 'vitest';
import type { BufferArgument, LaunchPlan } from '../../../protocol/src';
import { throughputOf } from '../../../server/src/runner/gpu/throughput';

const peak = 1e12;
const plan = (buffers: readonly [BufferArgument['access'], number][], more: Partial<LaunchPlan> = {}): LaunchPlan =>
  ({
    arguments: buffers.map(([access, count], index) => ({
      kind: 'buffer',
      name: `b${index}`,
      access,
      count,
      element: { scalar: 'f32', lanes: 1, bytes: 4 },
    })),
    ...more,
  }) as unknown as LaunchPlan;
const cold = { median: 100, coldCache: true };

describe('throughput', () => {
  it('is a share of the peak as far as the memory can have had it', () => {
    const { throughput, note } = throughputOf(
      plan([
        ['read', 10_000_000],
        ['write', 10_000_000],
      ]),
      cold,
      peak,
    );
    expect(throughput).toMatchObject({ bytes: 80_000_000, ofPeak: expect.closeTo(0.8, 9) as number });
    expect(note).toBeUndefined();
  });

  it('is none where more would have been read than the memory gives', () => {
    const { throughput, note } = throughputOf(
      plan([
        ['read', 40_000_000],
        ['write', 100],
      ]),
      cold,
      peak,
    );
    expect(throughput).toBeUndefined();
    expect(note).toMatch(/leaves a part of them alone.*bytes=/);
  });

  it('is none where not even the cache could have taken it', () => {
    expect(throughputOf(plan([['write', 400_000_000]]), cold, peak).throughput).toBeUndefined();
  });

  it('has no share of the peak where writes may have stayed in the cache, or reads come from it', () => {
    const written = throughputOf(plan([['write', 40_000_000]]), cold, peak);
    expect(written.throughput?.bytesPerSecond).toBeCloseTo(1.6e12, -3);
    expect(written.throughput).not.toHaveProperty('ofPeak');
    expect(written.note).toMatch(/L2 cache/);
    const hot = throughputOf(plan([['read', 40_000_000]]), { median: 100, coldCache: false }, peak);
    expect(hot.throughput?.ofPeak).toBeUndefined();
    expect(hot.throughput?.bytesPerSecond).toBeCloseTo(1.6e12, -3);
  });

  it('takes what a directive states as it is', () => {
    const { throughput } = throughputOf(plan([['read', 1]], { bytes: 2e8 }), cold, peak);
    expect(throughput).toMatchObject({ stated: true, ofPeak: expect.closeTo(2, 9) as number });
  });
});
