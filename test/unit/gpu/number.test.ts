/** From samples, clocks and plans to what is said about the number; choosing the device and what fits it. */
import { describe, expect, it } from 'vitest';
import type { BufferArgument, GpuDevice, KernelRun, LaunchPlan } from '../../../protocol/src';
import { clockNotes, clockState } from '../../../server/src/runner/gpu/clocks';
import { tooLarge } from '../../../server/src/runner/gpu/fits';
import { peakFlops } from '../../../server/src/runner/gpu/peaks';
import { report } from '../../../server/src/runner/gpu/report';
import { bytesMoved } from '../../../server/src/runner/gpu/throughput';
import type { JobOutcome } from '../../../server/src/runner/gpu/runner';
import { selectGpu } from '../../../server/src/runner/gpu/select';

const saved = { kind: 'request' } as const;
const buffer = (name: string, count: number, access: BufferArgument['access'] = 'read'): BufferArgument => ({
  kind: 'buffer',
  name,
  type: 'float*',
  provenance: saved,
  element: { scalar: 'f32', lanes: 1, bytes: 4 },
  count,
  fill: { kind: 'ramp' },
  access,
});
const plan: LaunchPlan = {
  kernel: 'k',
  templateArguments: [],
  file: '/k.cu',
  line: 1,
  grid: [8, 1, 1],
  block: [256, 1, 1],
  sharedBytes: 0,
  provenance: { grid: saved, block: saved, sharedBytes: saved, templateArguments: saved },
  arguments: [buffer('a', 1000)],
};
const h100: GpuDevice = {
  kind: 'gpu',
  name: 'NVIDIA H100 80GB HBM3',
  index: 0,
  computeCapability: '9.0',
  driverVersion: '13.0',
  multiprocessors: 132,
  memory: 80 * 2 ** 30,
  uuid: 'GPU-11111111-2222-3333-4444-555555555555',
  peakBandwidth: 3.35e12,
  peakFlops: 66.9e12,
};
const second: GpuDevice = { ...h100, index: 1, uuid: 'GPU-1a111111-2222-3333-4444-555555555555' };

const measured = (samples: number[], more: Partial<Extract<JobOutcome, { type: 'measured' }>> = {}): JobOutcome => ({
  type: 'measured',
  id: 1,
  samples: Float64Array.from(samples),
  sampling: { clock: 'activity', stoppedBy: 'precision' },
  clocks: [],
  state: {},
  findings: [],
  coldCache: true,
  restored: true,
  eventOverhead: 2,
  facts: {
    registersPerThread: 32,
    staticSharedBytes: 0,
    localBytesPerThread: 0,
    constantBytes: 0,
    maxThreadsPerBlock: 1024,
    blocksPerMultiprocessor: 8,
  },
  limits: {
    maxThreadsPerBlock: 1024,
    maxThreadsPerMultiprocessor: 2048,
    maxBlocksPerMultiprocessor: 32,
    registersPerMultiprocessor: 65536,
    sharedPerMultiprocessor: 233472,
    reservedSharedPerBlock: 1024,
    warpSize: 32,
  },
  printed: '',
  ...more,
});

function run(outcome: JobOutcome, of: LaunchPlan = plan): KernelRun {
  const result = report(outcome, { plan: of, device: h100, coldCache: true, buildTime: 5, timeLimit: 30 });
  if (result.status !== 'ok') throw new Error(result.message);
  return result;
}

const steady = Array.from({ length: 60 }, (_, i) => 100 + 0.02 * (i % 5));

describe('the number', () => {
  it('takes operations and bytes from the directive, and says that they are stated', () => {
    const result = run(measured(steady), { ...plan, flops: 1e9, bytes: 1e6 });
    expect(result.arithmetic?.flopsPerSecond).toBeCloseTo(1e9 / (result.time.median * 1e-6), -3);
    expect(result.arithmetic?.ofPeak).toBeCloseTo(10 / 66.9, 2);
    expect(result.throughput).toMatchObject({ bytes: 1e6, stated: true });
    expect(run(measured(steady)).throughput).toEqual(
      expect.not.objectContaining({ stated: expect.anything() as unknown }),
    );
    expect(run(measured(steady)).arithmetic).toBeUndefined();
  });

  it('counts buffers behind pointers and in structures', () => {
    const pointers = { ...buffer('rows', 10, 'readwrite'), kind: 'pointers', pointers: 3 } as const;
    const struct = {
      kind: 'struct',
      name: 's',
      type: 'S',
      provenance: saved,
      bytes: 16,
      members: [{ path: 'p', offset: 0, value: buffer('p', 5) }],
    } as const;
    expect(bytesMoved({ ...plan, arguments: [pointers, struct] })).toBe(3 * 10 * 4 * 2 + 5 * 4);
  });

  it('is silent about a good measurement, and about a short one by the records of the GPU', () => {
    expect(run(measured(steady)).notes).toEqual([]);
    expect(run(measured(steady.map((x) => x / 50))).notes).toEqual([]);
  });

  it('says two levels, outliers, few launches', () => {
    const levels = [...steady, ...steady.map((x) => 1.2 * x)];
    expect(run(measured(levels)).notes.join()).toMatch(/two levels, 100 µs and 120 µs/);
    const disturbed = [...steady, ...Array<number>(6).fill(500)];
    expect(run(measured(disturbed)).notes.join()).toMatch(/9 % of the launches lie far from the median/);
    expect(run(measured([2e6, 2.01e6, 2e6])).notes.join()).toMatch(/only 3 launches/);
  });
});

describe('clocks', () => {
  const reading = (multiprocessor: number, reasons = 0) => ({ multiprocessor, memory: 2619, reasons });

  it('are summed up with what held them down', () => {
    const state = clockState([reading(1410, 0x4), reading(1395, 0x5), reading(1425)], { maxClock: 1980, power: 699 });
    expect(state).toEqual({
      median: 1410,
      min: 1395,
      max: 1425,
      limit: 1980,
      memory: 2619,
      power: 699,
      throttled: ['powerCap'],
    });
    expect(state && clockNotes(state)).toEqual([
      'The multiprocessors ran at 1410 of at most 1980 MHz, held down by its power limit. A cooler or idler GPU may be faster.',
    ]);
  });

  it('at their best say nothing, moving ones do', () => {
    const quiet = clockState([reading(1980, 0x1), reading(1965)], { maxClock: 1980 });
    expect(quiet?.throttled).toEqual([]);
    expect(quiet && clockNotes(quiet)).toEqual([]);
    const moving = clockState([reading(1980), reading(1980), reading(1500)], { maxClock: 1980 });
    expect(moving && clockNotes(moving).join()).toMatch(/from 1500 to 1980 MHz/);
    expect(clockState([], {})).toBeUndefined();
  });
});

describe('peakFlops', () => {
  it('is the data sheet where the device is known, and nothing where it is not', () => {
    expect(peakFlops('9.0', 132, 1980)).toBeCloseTo(66.9e12, -11);
    expect(peakFlops('8.0', 108, 1410)).toBeCloseTo(19.5e12, -11);
    expect(peakFlops('99.0', 100, 1000)).toBeUndefined();
  });
});

describe('selectGpu', () => {
  const devices = [h100, second];
  it('takes the first, an index, or the beginning of a UUID', () => {
    expect(selectGpu(devices, 'auto')).toBe(h100);
    expect(selectGpu(devices, ' 1 ')).toBe(second);
    expect(selectGpu(devices, 'GPU-1a')).toBe(second);
    expect(selectGpu(devices, '1A11')).toBe(second);
  });

  it('never takes another one silently', () => {
    expect(selectGpu(devices, '2')).toHaveProperty('reason', expect.stringMatching(/asks for GPU 2.*0 \(NVIDIA/));
    expect(selectGpu(devices, 'GPU-1')).toHaveProperty('reason', expect.stringMatching(/more than one/));
    expect(selectGpu(devices, 'GPU-f')).toHaveProperty('reason', expect.stringMatching(/beginning of no/));
    expect(selectGpu([], 'auto')).toHaveProperty('reason', expect.stringMatching(/lists no GPU/));
  });
});

describe('tooLarge', () => {
  it('gives the sum, buffer by buffer, largest first', () => {
    const large = { ...plan, arguments: [buffer('a', 2 ** 30), buffer('b', 2 ** 35)] };
    expect(tooLarge(large, h100)).toBe(
      "The plan's buffers take 132 GiB (b 128 GiB + a 4.00 GiB), and NVIDIA H100 80GB HBM3 has 80.0 GiB. Make the sizes smaller.",
    );
    expect(tooLarge(plan, h100)).toBeUndefined();
  });
});
