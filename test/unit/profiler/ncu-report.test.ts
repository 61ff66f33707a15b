/** What is read from a recorded report: five launches of vectorAdd and one of a tiled sgemm on an H100. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { KernelProfile } from '../../../protocol/src/profile';
import { parseNumber } from '../../../server/src/profiler/ncu/csv';
import { occupancyLimiters } from '../../../server/src/profiler/ncu/figures';
import { profilesOf, shortName } from '../../../server/src/profiler/ncu/report';

const fixture = (name: string) => readFileSync(path.resolve('test/fixtures/ncu', name), 'utf8');
const profiles = profilesOf({
  raw: fixture('ncu-raw.csv'),
  details: fixture('ncu-details.csv'),
  source: fixture('ncu-source.csv'),
});
const [vectorAdd] = profiles as [KernelProfile];
const sgemm = profiles.at(-1) as KernelProfile;

/** A metric as the details page says it. */
function said(profile: KernelProfile, section: string, name: string): number {
  const row = profile.sections.find((part) => part.name === section)?.rows.find((each) => each.name === name);
  return parseNumber(row?.value) ?? NaN;
}

it('finds each launch with its shape and its device', () => {
  expect(profiles.map(({ kernel }) => kernel)).toEqual([...Array<string>(5).fill('vectorAdd'), 'sgemm']);
  expect(vectorAdd).toMatchObject({
    grid: [262144, 1, 1],
    block: [256, 1, 1],
    device: 'NVIDIA H100 80GB HBM3',
    computeCapability: '9.0',
  });
});

describe('the figures', () => {
  it.each([
    ['duration', 'GPU Speed Of Light Throughput', 'Duration'],
    ['computeThroughput', 'GPU Speed Of Light Throughput', 'Compute (SM) Throughput'],
    ['memoryThroughput', 'GPU Speed Of Light Throughput', 'Memory Throughput'],
    ['dramThroughput', 'GPU Speed Of Light Throughput', 'DRAM Throughput'],
    ['l1Throughput', 'GPU Speed Of Light Throughput', 'L1/TEX Cache Throughput'],
    ['l2Throughput', 'GPU Speed Of Light Throughput', 'L2 Cache Throughput'],
    ['achievedOccupancy', 'Occupancy', 'Achieved Occupancy'],
    ['theoreticalOccupancy', 'Occupancy', 'Theoretical Occupancy'],
    ['waves', 'Launch Statistics', 'Waves Per SM'],
    ['registersPerThread', 'Launch Statistics', 'Registers Per Thread'],
    ['l1HitRate', 'Memory Workload Analysis', 'L1/TEX Hit Rate'],
    ['l2HitRate', 'Memory Workload Analysis', 'L2 Hit Rate'],
    ['cyclesPerIssue', 'Warp State Statistics', 'Warp Cycles Per Issued Instruction'],
    ['threadsPerWarpPredicated', 'Warp State Statistics', 'Avg. Not Predicated Off Threads Per Warp'],
    ['eligibleWarps', 'Scheduler Statistics', 'Eligible Warps Per Scheduler'],
    ['issueActive', 'Scheduler Statistics', 'One or More Eligible'],
    ['ipc', 'Compute Workload Analysis', 'Executed Ipc Active'],
  ] as const)('%s is what the details page says', (figure, section, name) => {
    for (const profile of profiles) expect(profile.figures[figure]).toBeCloseTo(said(profile, section, name), 1);
  });

  it('are in bytes, hertz and microseconds whatever unit the tool chose', () => {
    expect(vectorAdd.figures.dramReadBytes).toBe(536_890_112);
    expect(vectorAdd.figures.dramBytesPerSecond).toBeCloseTo(2.752183e12, -6);
    expect(sgemm.figures.dramBytesPerSecond).toBeCloseTo(30.309e9, -7);
    expect(sgemm.figures.smFrequency).toBeCloseTo(1.98e9, -8);
    expect(sgemm.figures.staticSharedBytes).toBe(2048);
  });

  it('name what limits the occupancy, and how well accesses coalesce', () => {
    expect(occupancyLimiters(vectorAdd.figures.blockLimits ?? {})).toEqual(['warps']);
    expect(occupancyLimiters(sgemm.figures.blockLimits ?? {})).toEqual(['warps', 'registers']);
    expect(vectorAdd.figures).toMatchObject({ loadSectorsPerRequest: 4, loadEfficiency: 100, storeEfficiency: 100 });
  });
});

describe('the verdict', () => {
  it('of vectorAdd is the DRAM', () => {
    expect(vectorAdd.verdict).toMatchObject({ bound: 'memory', unit: 'dram', stall: { reason: 'long_sb' } });
    expect(vectorAdd.verdict.memory).toBeCloseTo(82.1, 1);
  });

  it('of the tiled sgemm is shared memory, though it computes a lot', () => {
    expect(sgemm.verdict).toMatchObject({ bound: 'memory', unit: 'shared', stall: { reason: 'mio' } });
    expect(sgemm.verdict.pipe).toMatchObject({ name: 'lsu' });
  });
});

describe('the source', () => {
  it('has samples that add up to those of the launch', () => {
    for (const { lines, figures } of profiles) {
      expect(lines.reduce((sum, { samples }) => sum + samples, 0)).toBe(figures.samples);
      for (const line of lines) {
        expect(line.stalls.reduce((sum, { samples }) => sum + samples, 0)).toBe(line.samples);
      }
    }
  });

  it('names the hottest line with its reasons', () => {
    const hottest = [...sgemm.lines].sort((a, b) => b.samples - a.samples)[0];
    expect(hottest).toMatchObject({ line: 16, samples: 17528, sharedWavefronts: 50331648 });
    expect(hottest?.stalls[0]?.reason).toBe('mio');
    expect(vectorAdd.lines.map(({ line }) => line)).toEqual([3, 4, 5, 6]);
  });
});

describe('the advice', () => {
  it('comes with the greatest gain first and with its lines', () => {
    expect(sgemm.advice[0]).toMatchObject({ rule: 'LaunchConfiguration', gain: { scope: 'global', percent: 25 } });
    const stall = sgemm.advice.find(({ rule, kind }) => rule === 'CPIStall' && kind === 'optimization');
    expect(stall?.lines.map(({ line }) => line)).toEqual([16, 13, 14]);
    expect(vectorAdd.advice.at(-1)?.rule).toBe('MemoryL2Compression');
  });
});

/** Twelve kernels with known behaviour, test/gpu/kernels/profile.cu. */
describe('kernels written for it', () => {
  const known = profilesOf({
    raw: fixture('kernels-raw.csv'),
    details: fixture('kernels-details.csv'),
    source: fixture('kernels-source.csv'),
  });
  const of = (name: string) => known.find(({ kernel }) => kernel === name) as KernelProfile;

  it.each([
    ['vectorAdd', { bound: 'memory', unit: 'dram' }],
    ['fmaLoop', { bound: 'compute', pipe: { name: 'fma', percent: 93.96 } }],
    ['fp64Loop', { bound: 'compute', pipe: { name: 'fp64', percent: 92.64 } }],
    ['tinyGrid', { bound: 'tooSmall', blocks: 4, multiprocessors: 132 }],
    ['strided', { bound: 'memory', unit: 'dram', waste: { kind: 'uncoalesced' } }],
    ['transposeConflicts', { bound: 'latency', unit: 'shared', waste: { kind: 'bankConflicts' } }],
    ['divergent', { bound: 'compute', pipe: { name: 'issue' }, waste: { kind: 'divergence' } }],
    ['atomics', { bound: 'latency', stall: { reason: 'lg' }, waste: { kind: 'atomics' } }],
    ['tensor', { bound: 'compute', pipe: { name: 'tensor' } }],
  ] as const)('%s is judged by what it does', (name, verdict) => {
    expect(of(name).verdict).toMatchObject(verdict);
  });

  it('less than a wave is measured in blocks', () => {
    expect(of('tinyGrid').figures.waves).toBeCloseTo(4 / (132 * 16), 5);
  });

  it('lines in a header are found there, and no instruction is counted twice', () => {
    const { lines, sampled, figures } = of('inlined');
    expect(new Set(lines.map(({ file }) => path.basename(file)))).toEqual(
      new Set(['profile.cu', 'profile_helper.cuh']),
    );
    expect(sampled).toBe(figures.samples);
    expect(of('transposeConflicts').sampled).toBe(of('transposeConflicts').figures.samples);
    expect(of('vectorAdd').lines).toEqual([]);
  });

  it('advice leads to the lines with conflicts', () => {
    const [first] = of('transposeConflicts').advice;
    expect(first).toMatchObject({ rule: 'UncoalescedSharedAccess', gain: { percent: 88.42 } });
    expect(first?.lines).toMatchObject([{ line: 52 }]);
  });
});

it('draws the roofline with peaks of the device', () => {
  const point = sgemm.roofline?.points.find(({ level }) => level === 'dram');
  // 2 × 1024³ operations in 277.248 µs.
  expect(point?.flops).toBeCloseTo((2 * 1024 ** 3) / 277.248e-6, -11);
  expect(sgemm.roofline?.peaks.map(({ precision }) => precision)).toEqual(['fp32']);
  expect(sgemm.roofline?.peaks[0]?.flops).toBeCloseTo(66.8e12, -12);
  const dram = sgemm.roofline?.ceilings.find(({ level }) => level === 'dram');
  expect(dram?.bytesPerSecond).toBeCloseTo(3.352e12, -10);
  expect(vectorAdd.roofline?.points.map(({ level }) => level)).toEqual(['dram', 'l2', 'l1']);
});

it('follows the traffic through the memory system', () => {
  const links = vectorAdd.memory?.links ?? [];
  expect(links.find(({ from, to }) => from === 'dram' && to === 'l2')).toMatchObject({ amount: 536_890_112 });
  expect(links.find(({ from, to }) => from === 'l2' && to === 'l1')).toMatchObject({ amount: 536_870_912 });
  expect(links.some(({ from, to }) => from === 'shared' || to === 'shared')).toBe(false);
});

it('shortens names', () => {
  expect(shortName('void ns::scale<float, (int)4>(float *, int)')).toBe('ns::scale');
  expect(shortName('vectorAdd(const float *, const float *, float *, int)')).toBe('vectorAdd');
  expect(shortName('(anonymous namespace)::k(int)')).toBe('(anonymous namespace)::k');
});
