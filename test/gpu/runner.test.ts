/** The GPU backend on a real GPU. Each test skips with its reason where there is none. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { KernelRun, RunResult } from '../../protocol/src';
import { disposeGpuRunner, queryDevices, runProgramOnGpu } from '../../server/src/runner/gpu';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { bench, buffer, cacheDirectory, kernelFolder, opaque, planOf, run, scalar, zeros, type Bench } from './support';

let found: Bench | { readonly skip: string };

before(async () => {
  found = await bench();
});
after(() => disposeGpuRunner());

/** A test that needs the GPU. */
function onGpu(name: string, test: (bench: Bench) => Promise<void>): void {
  void it(name, async (context: TestContext) => {
    if ('skip' in found) context.skip(found.skip);
    else await test(found);
  });
}

function assertOk(result: RunResult): asserts result is KernelRun {
  assert.equal(result.status, 'ok', JSON.stringify({ ...result, plan: undefined }, null, 2));
}

const i32 = { scalar: 'i32', lanes: 1, bytes: 4 } as const;
const i8 = { scalar: 'i8', lanes: 1, bytes: 1 } as const;
const float4 = { scalar: 'f32', lanes: 4, bytes: 16 } as const;

void describe('kernels that run', () => {
  onGpu('vectorAdd moves its three buffers near the peak bandwidth', async ({ toolkit }) => {
    const n = 2 ** 26;
    const read = buffer(n, { access: 'read' });
    const result = await run(
      toolkit,
      planOf({
        file: 'vector_add.cu',
        kernel: 'vectorAdd',
        grid: [n / 256, 1, 1],
        block: [256, 1, 1],
        arguments: [read, { ...read }, buffer(n, { access: 'write', fill: zeros }), scalar('i32', String(n))],
      }),
    );
    assertOk(result);
    assert.equal(result.throughput?.bytes, 3 * n * 4);
    const ofPeak = result.throughput.ofPeak ?? 0;
    assert.ok(ofPeak > 0.4 && ofPeak < 1, `of peak: ${ofPeak}`);
    assert.ok(result.time.coldCache && result.time.samples >= 50 && result.time.relativeError < 0.005);
    assert.ok((result.resources?.registersPerThread ?? 0) > 0);
    assert.equal(result.occupancy?.limiter, 'warps');
  });

  onGpu('a template kernel in a namespace runs with the planned arguments', async ({ toolkit }) => {
    const n = 2 ** 20;
    const result = await run(
      toolkit,
      planOf({
        file: 'template_scale.cu',
        kernel: 'math::scale',
        templateArguments: ['float', '8'],
        grid: [n / 8 / 256, 1, 1],
        block: [256, 1, 1],
        arguments: [buffer(n), scalar('f32', '0.5', 'float'), scalar('u64', String(n), 'size_t')],
      }),
    );
    assertOk(result);
  });

  onGpu('printf of the first launch only is kept', async ({ toolkit }) => {
    const result = await run(
      toolkit,
      planOf({ file: 'faults.cu', kernel: 'talkative', grid: [2, 1, 1], arguments: [scalar('i32', '3')] }),
    );
    assertOk(result);
    const lines = result.output.trim().split('\n').sort();
    assert.deepEqual(
      lines,
      [0, 1, 2].flatMap((thread) => [0, 1].map((block) => `thread ${thread} of block ${block}`)),
    );
  });

  onGpu('structs are zero, scalars of every width arrive', async ({ toolkit }) => {
    const result = await run(
      toolkit,
      planOf({
        file: 'faults.cu',
        kernel: 'takesStruct',
        arguments: [
          opaque('Point'),
          scalar('bool', 'true', 'bool'),
          scalar('i16', '-7', 'short'),
          scalar('f64', '2.5', 'double'),
          buffer(1, { element: float4, type: 'float4*' }),
        ],
      }),
    );
    assertOk(result);
    assert.equal(result.output, '0 -1 -7 2.5\n');
  });

  onGpu('each launch sees the same input, so a counter never runs over', async ({ toolkit }) => {
    const u32 = { scalar: 'u32', lanes: 1, bytes: 4 } as const;
    const result = await run(
      toolkit,
      planOf({
        file: 'faults.cu',
        kernel: 'counter',
        grid: [4, 1, 1],
        arguments: [
          buffer(1, { element: u32, fill: zeros, type: 'unsigned int*' }),
          buffer(128, { element: i32, access: 'write', type: 'int*' }),
          scalar('i32', '128'),
        ],
      }),
    );
    assertOk(result);
  });

  onGpu('dynamic shared memory above 48 KB is granted', async ({ toolkit }) => {
    const plan = planOf({
      file: 'faults.cu',
      kernel: 'bigShared',
      block: [1024, 1, 1],
      sharedBytes: 160_000,
      arguments: [buffer(1024, { access: 'write' })],
    });
    const result = await run(toolkit, plan);
    assertOk(result);
    assert.equal(result.occupancy?.limiter, 'sharedMemory');
    const tooMuch = await run(toolkit, { ...plan, sharedBytes: 10_000_000 });
    assert.equal(tooMuch.status, 'launchFailed');
    assert.match(tooMuch.message, /10000000 bytes/);
  });

  onGpu('a warm cache is faster than a cold one for data that fits it', async ({ toolkit }) => {
    const n = 2 ** 20;
    const plan = planOf({
      file: 'short.cu',
      kernel: 'medium',
      grid: [n / 256, 1, 1],
      block: [256, 1, 1],
      arguments: [buffer(n, { access: 'read' }), buffer(n, { access: 'write' }), scalar('i32', String(n))],
    });
    const [cold, hot] = [await run(toolkit, plan), await run(toolkit, plan, { coldCache: false })];
    assertOk(cold);
    assertOk(hot);
    assert.ok(!hot.time.coldCache && hot.time.median < cold.time.median, `${hot.time.median} ${cold.time.median}`);
  });
});

void describe('kernels that fail', () => {
  const faults = [
    ['outOfBounds', 'illegalAddress', [buffer(64)]],
    ['misaligned', 'misalignedAddress', [buffer(64, { element: i8, type: 'char*' })]],
    ['trap', 'illegalInstruction', [buffer(64, { element: i32, type: 'int*' })]],
  ] as const;
  for (const [kernel, fault, list] of faults) {
    onGpu(`${kernel} is told as ${fault}, and the next run works`, async ({ toolkit }) => {
      const result = await run(toolkit, planOf({ file: 'faults.cu', kernel, arguments: list }));
      assert.equal(result.status, 'kernelFaulted', JSON.stringify(result));
      const allowed = fault === 'illegalInstruction' ? [fault, 'other'] : [fault];
      assert.ok(allowed.includes(result.fault), result.fault);
      assertOk(await run(toolkit, planOf({ file: 'faults.cu', kernel: 'talkative', arguments: [scalar('i32', '0')] })));
    });
  }

  onGpu('a failed assert is at its line, with block and thread', async ({ toolkit }) => {
    const plan = planOf({
      file: 'faults.cu',
      kernel: 'failingAssert',
      arguments: [buffer(1, { element: i32, type: 'const int*', access: 'read' }), scalar('i32', '31')],
    });
    const result = await run(toolkit, plan);
    assert.equal(result.status, 'kernelFaulted', JSON.stringify(result));
    assert.equal(result.fault, 'assert');
    assert.deepEqual(result.location, { file: plan.file, line: 14 });
    assert.deepEqual(result.thread, [31, 0, 0]);
  });

  onGpu('a kernel that never ends is stopped at the time limit', async ({ toolkit }) => {
    const endless = planOf({
      file: 'faults.cu',
      kernel: 'endless',
      arguments: [buffer(1, { element: i32, type: 'volatile int*', fill: zeros })],
    });
    const result = await run(toolkit, endless, { timeLimit: 2 });
    assert.equal(result.status, 'timedOut', JSON.stringify(result));
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1500);
    const cancelled = await run(toolkit, endless, { signal: controller.signal });
    assert.equal(cancelled.status, 'cancelled', JSON.stringify(cancelled));
    assertOk(await run(toolkit, planOf({ file: 'faults.cu', kernel: 'talkative', arguments: [scalar('i32', '0')] })));
  });

  onGpu('a block that is too large and a plan that is too big say so', async ({ toolkit }) => {
    const plan = planOf({ file: 'faults.cu', kernel: 'outOfBounds', block: [2048, 1, 1], arguments: [buffer(1)] });
    const large = await run(toolkit, plan);
    assert.equal(large.status, 'launchFailed', JSON.stringify(large));
    assert.match(large.message, /2048 threads; this GPU allows 1024/);
    const big = await run(toolkit, { ...plan, block: [32, 1, 1], arguments: [buffer(2 ** 38)] });
    assert.equal(big.status, 'launchFailed');
    assert.match(big.message, /1\.00 TiB/);
  });
});

void describe('programs', () => {
  onGpu('a program is built and run, its exit code kept', async ({ toolkit }) => {
    const file = path.join(kernelFolder, 'vector_add.cu');
    const source = { file, text: readFileSync(file, 'utf8'), flags: [] };
    const context = { signal: new AbortController().signal, cacheDirectory, timeLimit: 60 };
    const result = await runProgramOnGpu({ source, toolkit, gpu: 'auto', compiler: '' }, context);
    assert.equal(result.status, 'ok', JSON.stringify(result));
    assert.equal(result.exitCode, 0);
  });
});

void describe('devices', () => {
  onGpu('the peak bandwidth is plausible', async () => {
    const answer = await queryDevices();
    assert.ok('devices' in answer);
    for (const device of answer.devices) {
      assert.match(device.computeCapability, /^\d+\.\d+$/);
      if (/H100 80GB HBM3/.test(device.name)) {
        assert.ok(Math.abs((device.peakBandwidth ?? 0) / 3.35e12 - 1) < 0.01, String(device.peakBandwidth));
      }
    }
  });
});
