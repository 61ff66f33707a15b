/** From the driver's answers to the user's. */
import { describe, expect, it } from 'vitest';
import type { Fill, GpuDevice, LaunchPlan } from '../../../protocol/src';
import { halfBits, fillPattern, parseValue, writeScalar } from '../../../server/src/runner/scalars';
import { driverFailure, parseAssert } from '../../../server/src/runner/gpu/failures';
import type { DeviceLimits, KernelFacts } from '../../../server/src/runner/gpu/messages';
import { occupancyOf } from '../../../server/src/runner/gpu/occupancy';
import { report } from '../../../server/src/runner/gpu/report';

const saved = { kind: 'request' } as const;
const plan: LaunchPlan = {
  kernel: 'k',
  templateArguments: [],
  file: '/k.cu',
  line: 1,
  grid: [8, 1, 1],
  block: [256, 1, 1],
  sharedBytes: 0,
  provenance: { grid: saved, block: saved, sharedBytes: saved, templateArguments: saved },
  arguments: (['read', 'write', 'readwrite'] as const).map((access) => ({
    kind: 'buffer',
    name: access,
    type: 'float*',
    provenance: saved,
    element: { scalar: 'f32', lanes: 1, bytes: 4 },
    count: 1000,
    fill: { kind: 'random', low: 0, high: 1 },
    access,
  })),
};
const device: GpuDevice = {
  kind: 'gpu',
  name: 'Test GPU',
  index: 0,
  computeCapability: '9.0',
  driverVersion: '13.0',
  multiprocessors: 132,
  memory: 2 ** 36,
  peakBandwidth: 1e9,
};
/** As an H100 reports them. */
const limits: DeviceLimits = {
  maxThreadsPerBlock: 1024,
  maxThreadsPerMultiprocessor: 2048,
  maxBlocksPerMultiprocessor: 32,
  registersPerMultiprocessor: 65536,
  sharedPerMultiprocessor: 233472,
  reservedSharedPerBlock: 1024,
  warpSize: 32,
};
const facts: KernelFacts = {
  registersPerThread: 32,
  staticSharedBytes: 0,
  localBytesPerThread: 0,
  constantBytes: 0,
  maxThreadsPerBlock: 1024,
  blocksPerMultiprocessor: 8,
};

describe('report', () => {
  it('counts each buffer once for reading and once for writing', () => {
    const result = report(
      {
        type: 'measured',
        id: 1,
        samples: Float64Array.of(20, 20, 20, 20, 20, 20),
        coldCache: true,
        restored: true,
        eventOverhead: 2.5,
        sampling: { clock: 'events', stoppedBy: 'precision' },
        clocks: [],
        state: {},
        findings: [],
        facts,
        limits,
        printed: '',
      },
      { plan, device, coldCache: true, buildTime: 5, timeLimit: 30 },
    );
    expect(result).toMatchObject({
      status: 'ok',
      time: { median: 20, samples: 6, relativeError: 0, coldCache: true },
      throughput: { bytes: 16_000, ofPeak: expect.closeTo(0.8, 9) as number },
      occupancy: { ratio: 1, limiter: 'warps' },
      notes: [],
    });
  });

  it('says what makes a number doubtful', () => {
    const result = report(
      {
        type: 'measured',
        id: 1,
        samples: Float64Array.of(9),
        coldCache: false,
        restored: false,
        eventOverhead: 2.5,
        sampling: { clock: 'events', stoppedBy: 'precision' },
        clocks: [],
        state: {},
        findings: [],
        facts,
        limits,
        printed: '',
      },
      { plan, device, coldCache: true, buildTime: 5, timeLimit: 30 },
    );
    const notes = result.status === 'ok' ? result.notes.join('\n') : '';
    expect(notes).toMatch(/single sample/);
    expect(notes).toMatch(/warm cache/);
    expect(notes).toMatch(/2\.5 µs that timing by events adds/);
    expect(notes).toMatch(/what the one before it left/);
  });
});

describe('occupancyOf', () => {
  const of = (change: Partial<KernelFacts>, threads: number, shared = 0) =>
    occupancyOf({ ...facts, ...change }, limits, [threads, 1, 1], shared)?.limiter;

  it('names the resource that allows the fewest blocks', () => {
    expect(of({}, 256)).toBe('warps');
    expect(of({ registersPerThread: 128, blocksPerMultiprocessor: 2 }, 256)).toBe('registers');
    expect(of({ staticSharedBytes: 48 * 1024, blocksPerMultiprocessor: 4 }, 128)).toBe('sharedMemory');
    expect(of({ blocksPerMultiprocessor: 2 }, 128, 100_000)).toBe('sharedMemory');
    expect(of({ registersPerThread: 16, blocksPerMultiprocessor: 32 }, 32)).toBe('blocks');
    expect(occupancyOf({ ...facts, blocksPerMultiprocessor: 0 }, limits, [1024, 1, 1], 0)).toBeUndefined();
  });
});

describe('driverFailure', () => {
  const failed = (
    stage: 'load' | 'allocate' | 'launch' | 'execute',
    name: string,
    change: Partial<LaunchPlan> = {},
    printed = '',
  ) =>
    driverFailure(
      { type: 'failed', id: 1, stage, code: 1, name, detail: '', facts, limits },
      { ...plan, ...change },
      printed,
    );

  it('places a failed assert', () => {
    const printed =
      '/home/u/my k.cu:14: void failing(const int *, int): block: [2,0,0], thread: [31,1,0] Assertion `x < n` failed.\n';
    expect(parseAssert('nothing')).toBeUndefined();
    expect(failed('execute', 'CUDA_ERROR_ASSERT', {}, printed)).toMatchObject({
      status: 'kernelFaulted',
      fault: 'assert',
      message: 'Assertion `x < n` failed in thread (31, 1, 0) of block (2, 0, 0).',
      location: { file: '/home/u/my k.cu', line: 14 },
      block: [2, 0, 0],
      thread: [31, 1, 0],
    });
  });

  it('tells faults from launches that were refused', () => {
    expect(failed('execute', 'CUDA_ERROR_ILLEGAL_ADDRESS')).toMatchObject({
      status: 'kernelFaulted',
      fault: 'illegalAddress',
    });
    expect(failed('execute', 'CUDA_ERROR_MISALIGNED_ADDRESS')).toMatchObject({ fault: 'misalignedAddress' });
    expect(failed('execute', 'CUDA_ERROR_SOMETHING_NEW')).toMatchObject({ fault: 'other' });
    expect(failed('launch', 'CUDA_ERROR_INVALID_VALUE', { block: [2048, 1, 1] })).toMatchObject({
      status: 'launchFailed',
      message: expect.stringContaining('2048 threads; this GPU allows 1024') as string,
    });
    expect(failed('launch', 'CUDA_ERROR_INVALID_VALUE', { grid: [1, 70000, 1] }).message).toContain('65535');
    expect(failed('launch', 'CUDA_ERROR_INVALID_VALUE', { sharedBytes: 999_999 }).message).toContain('999999 bytes');
  });
});

describe('numbers in device memory', () => {
  it('rounds halves as the hardware does', () => {
    const cases: [number, number][] = [
      [0, 0],
      [1, 0x3c00],
      [-2, 0xc000],
      [65504, 0x7bff],
      [65520, 0x7c00],
      [2 ** -24, 1],
      [2 ** -25, 0],
      [1 + 2 ** -11, 0x3c00],
      [1 + 3 * 2 ** -11, 0x3c02],
      [0.1, 0x2e66],
      [2047.9999, 0x6800],
      [NaN, 0x7fff],
    ];
    for (const [value, bits] of cases) expect(halfBits(value), String(value)).toBe(bits);
  });

  it('writes each type', () => {
    const view = new DataView(new ArrayBuffer(8));
    writeScalar(view, 0, 'u64', parseValue('18446744073709551615'));
    expect(view.getBigUint64(0, true)).toBe(2n ** 64n - 1n);
    writeScalar(view, 0, 'i8', parseValue('-3'));
    expect(view.getInt8(0)).toBe(-3);
    writeScalar(view, 0, 'bf16', parseValue('1'));
    expect(view.getUint16(0, true)).toBe(0x3f80);
    writeScalar(view, 0, 'i32', parseValue('2.9'));
    expect(view.getInt32(0, true)).toBe(2);
    writeScalar(view, 0, 'bool', parseValue('true'));
    expect(view.getUint8(0)).toBe(1);
  });

  it('random contents are the same every time, wherever they begin', () => {
    const unit: Fill = { kind: 'random', low: 0, high: 1 };
    const whole = new Float32Array(fillPattern('f32', unit, 0, 1000, 3).buffer);
    const part = new Float32Array(fillPattern('f32', unit, 500, 500, 3).buffer);
    expect([...whole.subarray(500)]).toEqual([...part]);
    expect(whole.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(new Set(whole).size).toBeGreaterThan(990);
    const integers = new Int32Array(fillPattern('i32', { kind: 'random', low: -5, high: 100 }, 0, 1000, 0).buffer);
    expect(Math.min(...integers)).toBe(-5);
    expect(Math.max(...integers)).toBe(99);
    expect([...new Int16Array(fillPattern('i16', { kind: 'ramp' }, 5, 3, 0).buffer)]).toEqual([5, 6, 7]);
    expect([...fillPattern('u8', { kind: 'constant', value: 1 }, 0, 3, 0)]).toEqual([1, 1, 1]);
  });
});
