/** Nsight Compute on a real GPU: each figure against the tool's own words, each verdict against what the kernel does. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { GpuDevice } from '../../protocol/src';
import type { KernelProfile, ProfileFigures } from '../../protocol/src/profile';
import { collect, importReport, locateNcu, type CollectOptions, type Program } from '../../server/src/profiler/ncu';
import { parseNumber } from '../../server/src/profiler/ncu/csv';
import { importArguments } from '../../server/src/profiler/ncu/arguments';
import { runProcess } from '../../server/src/process';
import { disposeGpuRunner, queryDevices } from '../../server/src/runner/gpu';
import { prepareKernel, prepareProgram } from '../../server/src/runner/gpu/prepare';
import { bench, buffer, cacheDirectory, kernelFolder, planOf, scalar, zeros, type Bench } from './support';

interface Ready {
  readonly ncu: string;
  readonly bench: Bench;
  readonly device: GpuDevice;
}

let ready: Ready | { readonly skip: string };
let profiles: readonly KernelProfile[] = [];
const context = { signal: new AbortController().signal, cacheDirectory, timeLimit: 60 };
const file = path.join(kernelFolder, 'profile.cu');
const source = { file, text: readFileSync(file, 'utf8'), flags: [] };
/** Where the reports are left for whoever wants to look at them. */
const kept = process.env['KERNEL_LENS_KEEP'];

async function profile(ncu: string, program: Program, name: string, options: Partial<CollectOptions> = {}) {
  const report = path.join(kept ?? cacheDirectory, name);
  const all: CollectOptions = { report, full: false, clocks: 'none', betweenMarks: false, ...options };
  const collected = await collect(ncu, all, program, { signal: context.signal });
  assert.equal(collected.status, 'ok', JSON.stringify(collected));
  assert.ok(collected.status === 'ok');
  if (kept !== undefined) {
    writeFileSync(`${report}.txt`, collected.output);
    for (const page of ['raw', 'details', 'source'] as const) {
      const printed = await runProcess(ncu, importArguments(collected.path, page), {
        timeLimitMs: 60_000,
        outputLimit: 2 ** 28,
      });
      writeFileSync(`${report}-${page}.csv`, printed.stdout + printed.stderr);
    }
  }
  const imported = await importReport(ncu, collected.path, context.signal);
  assert.ok(imported.status === 'ok', JSON.stringify(imported));
  return imported.kernels;
}

before(async () => {
  const found = await bench();
  if ('skip' in found) {
    ready = found;
    return;
  }
  if (kept !== undefined) mkdirSync(kept, { recursive: true });
  const search = await locateNcu({ setting: '', toolkitRoot: found.toolkit.root });
  const devices = await queryDevices();
  if (!search.found) ready = { skip: `ncu is at none of ${search.tried.join(', ')}` };
  else if ('reason' in devices || devices.devices[0] === undefined) ready = { skip: 'no device' };
  else {
    ready = { ncu: search.ncu, bench: found, device: devices.devices[0] };
    const program = await prepareProgram({ source, toolkit: found.toolkit }, ready.device, context);
    assert.ok(program.status === 'ok', JSON.stringify(program));
    profiles = await profile(search.ncu, program.command, 'program');
    await program.dispose();
  }
});
after(() => disposeGpuRunner());

function onGpu(name: string, test: (ready: Ready) => Promise<void> | void): void {
  void it(name, async (testContext: TestContext) => {
    if ('skip' in ready) testContext.skip(ready.skip);
    else await test(ready);
  });
}

function of(kernel: string): KernelProfile {
  const found = profiles.find((each) => each.kernel === kernel);
  assert.ok(found !== undefined, `${kernel} was not profiled`);
  return found;
}

/** Figure, section and name on the details page. */
const said: readonly (readonly [keyof ProfileFigures, string, string, number?])[] = [
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
  ['threadsPerWarp', 'Warp State Statistics', 'Avg. Active Threads Per Warp'],
  ['eligibleWarps', 'Scheduler Statistics', 'Eligible Warps Per Scheduler'],
  ['issueActive', 'Scheduler Statistics', 'One or More Eligible'],
  ['ipc', 'Compute Workload Analysis', 'Executed Ipc Active'],
  ['branchEfficiency', 'Source Counters', 'Branch Efficiency'],
];

const microseconds: Readonly<Record<string, number>> = { ns: 1e-3, us: 1, ms: 1e3, s: 1e6 };

void describe('a profiled program', () => {
  onGpu('has every launch, with each figure as the tool says it', () => {
    assert.equal(profiles.length, 12);
    for (const { kernel, figures, sections } of profiles) {
      const row = (section: string, name: string) =>
        sections.find((part) => part.name === section)?.rows.find((each) => each.name === name);
      for (const [figure, section, name] of said) {
        const expected = parseNumber(row(section, name)?.value);
        assert.ok(expected !== undefined, `${kernel}: the details page has no ${name}`);
        const got = figures[figure];
        assert.ok(
          typeof got === 'number' && Math.abs(got - expected) <= 0.006,
          `${kernel} ${figure}: ${JSON.stringify(got)}, not ${expected}`,
        );
      }
      const duration = row('GPU Speed Of Light Throughput', 'Duration');
      const expected = (parseNumber(duration?.value) ?? NaN) * (microseconds[duration?.unit ?? ''] ?? NaN);
      assert.ok(
        Math.abs((figures.duration ?? 0) - expected) <= 0.006 * expected,
        `${kernel}: ${figures.duration} µs, not ${expected}`,
      );
    }
  });

  onGpu('is judged as its kernels were written', () => {
    const verdicts = Object.fromEntries(profiles.map(({ kernel, verdict }) => [kernel, verdict]));
    const expected: Readonly<Record<string, object>> = {
      vectorAdd: { bound: 'memory', unit: 'dram' },
      fmaLoop: { bound: 'compute', pipe: 'fma' },
      fp64Loop: { bound: 'compute', pipe: 'fp64' },
      tinyGrid: { bound: 'tooSmall' },
      strided: { bound: 'memory', unit: 'dram', waste: 'uncoalesced' },
      transposeConflicts: { unit: 'shared', waste: 'bankConflicts' },
      divergent: { bound: 'compute', waste: 'divergence' },
      pointerChase: { bound: 'latency', stall: 'long_sb' },
      atomics: { bound: 'latency', waste: 'atomics' },
      tensor: { bound: 'compute', pipe: 'tensor' },
    };
    for (const [kernel, wanted] of Object.entries(expected)) {
      const { bound, unit, pipe, stall, waste } = verdicts[kernel] ?? {};
      const all: Readonly<Record<string, unknown>> = {
        bound,
        unit,
        pipe: pipe?.name,
        stall: stall?.reason,
        waste: waste?.kind,
      };
      for (const [key, value] of Object.entries(wanted)) {
        assert.equal(all[key], value, `${kernel}: ${JSON.stringify(verdicts[kernel])}`);
      }
    }
  });

  onGpu('has samples in the source that add up to those of the launch', () => {
    for (const { kernel, sampled, figures } of profiles) assert.equal(sampled, figures.samples, kernel);
  });

  onGpu('shows where accesses are wasted', () => {
    const text = source.text.split('\n');
    const lineOf = (part: string) => text.findIndex((line) => line.includes(part)) + 1;
    const strided = of('strided');
    const worst = strided.lines.find(({ line }) => line === lineOf('i * 32 % n'));
    assert.ok((worst?.excessiveSectors ?? 0) > 0.75 * (worst?.sectors ?? Infinity), JSON.stringify(worst));
    assert.ok((strided.figures.loadEfficiency ?? 100) < 20);
    const transpose = of('transposeConflicts');
    const column = transpose.lines.find(({ line }) => line === lineOf('= tile[threadIdx.x][threadIdx.y]'));
    assert.ok(
      (column?.excessiveWavefronts ?? 0) > 0.9 * (column?.sharedWavefronts ?? Infinity) - 1,
      JSON.stringify(column),
    );
    assert.ok((of('divergent').figures.threadsPerWarp ?? 32) < 16);
    const files = new Set(of('inlined').lines.map((line) => path.basename(line.file)));
    assert.deepEqual([...files].sort(), ['profile.cu', 'profile_helper.cuh']);
  });
});

void describe('a profiled kernel', () => {
  onGpu('is launched by the plan, alone', async ({ ncu, bench: { toolkit }, device }) => {
    const n = 2 ** 24;
    const read = buffer(n, { access: 'read' });
    const plan = planOf({
      file: 'vector_add.cu',
      kernel: 'vectorAdd',
      grid: [n / 256, 1, 1],
      block: [256, 1, 1],
      arguments: [read, { ...read }, buffer(n, { access: 'write', fill: zeros }), scalar('i32', String(n))],
    });
    const text = readFileSync(plan.file, 'utf8');
    const prepared = await prepareKernel(
      { source: { file: plan.file, text, flags: [] }, plan, toolkit },
      device,
      1,
      context,
    );
    assert.ok(prepared.status === 'ok', JSON.stringify(prepared));
    const kernels = await profile(ncu, prepared.command, 'kernel', { betweenMarks: true, full: true });
    await prepared.dispose();
    assert.equal(kernels.length, 1);
    const [only] = kernels;
    assert.equal(only?.kernel, 'vectorAdd');
    assert.equal(only.verdict.bound, 'memory');
    assert.ok(
      only.lines.every((line) => line.file === plan.file),
      JSON.stringify(only.lines),
    );
    assert.equal(
      only.lines.reduce((total, { samples }) => total + samples, 0),
      only.figures.samples,
    );
  });
});
