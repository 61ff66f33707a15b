/** How a time on a real GPU comes about: which clock, how many samples, what is said about the clocks. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { KernelRun, RunResult } from '../../protocol/src';
import { disposeGpuRunner, queryGpu, queryGpus } from '../../server/src/runner/gpu';
import { bench, buffer, planOf, run, scalar, type Bench } from './support';

let found: Bench | { readonly skip: string };

before(async () => {
  found = await bench();
});
after(() => disposeGpuRunner());

function onGpu(name: string, test: (bench: Bench) => Promise<void>): void {
  void it(name, async (context: TestContext) => {
    if ('skip' in found) context.skip(found.skip);
    else await test(found);
  });
}

function assertOk(result: RunResult): asserts result is KernelRun {
  assert.equal(result.status, 'ok', JSON.stringify({ ...result, plan: undefined }, null, 2));
}

const medium = (n: number) =>
  planOf({
    file: 'short.cu',
    kernel: 'medium',
    grid: [n / 256, 1, 1],
    block: [256, 1, 1],
    arguments: [buffer(n, { access: 'read' }), buffer(n, { access: 'write' }), scalar('i32', String(n))],
  });

void describe('the measurement', () => {
  onGpu('of a short kernel uses the records of the GPU, cold and hot', async ({ toolkit }) => {
    for (const coldCache of [true, false]) {
      const result = await run(toolkit, medium(2 ** 20), { coldCache });
      assertOk(result);
      assert.equal(result.time.clock, 'activity');
      assert.ok(result.time.relativeError < 0.005, String(result.time.relativeError));
      assert.equal(result.samples.length, Math.min(200, result.time.samples));
      assert.ok(!result.notes.some((note) => /about a microsecond/.test(note)), result.notes.join(' '));
    }
  });

  onGpu('falls back to events that agree with the records', async ({ toolkit }) => {
    const byRecords = await run(toolkit, medium(2 ** 22));
    await disposeGpuRunner();
    // What a profiler that injects itself sets; no such file is ever loaded.
    process.env.NV_COMPUTE_PROFILER_TEST = '1';
    const byEvents = await run(toolkit, medium(2 ** 22));
    delete process.env.NV_COMPUTE_PROFILER_TEST;
    await disposeGpuRunner();
    assertOk(byRecords);
    assertOk(byEvents);
    assert.deepEqual([byRecords.time.clock, byEvents.time.clock], ['activity', 'events']);
    const difference = Math.abs(byRecords.time.median - byEvents.time.median);
    assert.ok(difference < 2, `${byRecords.time.median} ${byEvents.time.median}`);
  });

  onGpu('of a long kernel takes a few launches and says so', async ({ toolkit }) => {
    const plan = planOf({
      file: 'long.cu',
      kernel: 'waits',
      arguments: [
        buffer(1, { access: 'write', type: 'unsigned long long*', element: { scalar: 'u64', lanes: 1, bytes: 8 } }),
        scalar('i32', '1000'),
      ],
    });
    const result = await run(toolkit, plan);
    assertOk(result);
    assert.equal(result.time.samples, 3);
    assert.ok(
      result.notes.some((note) => /only 3 launches/.test(note)),
      result.notes.join(' '),
    );
  });

  onGpu('tells the clocks where NVML is there', async ({ toolkit }) => {
    const result = await run(toolkit, medium(2 ** 24));
    assertOk(result);
    assert.ok(result.clocks !== undefined && result.clocks.median > 100);
    assert.ok(result.clocks.median <= (result.clocks.limit ?? Infinity));
  });

  onGpu('counts operations and bytes as the plan states them', async ({ toolkit }) => {
    const n = 2 ** 24;
    const result = await run(toolkit, { ...medium(n), flops: n, bytes: 4 * n });
    assertOk(result);
    assert.equal(result.throughput?.stated, true);
    assert.equal(result.arithmetic?.flops, n);
    assert.ok((result.arithmetic?.ofPeak ?? 1) < 0.1, String(result.arithmetic?.ofPeak));
  });
});

void describe('devices', () => {
  onGpu('are chosen by index and UUID, and never silently others', async () => {
    const first = await queryGpu('auto');
    assert.ok('uuid' in first && first.uuid !== undefined);
    assert.equal(await queryGpu('0'), first);
    assert.equal(await queryGpu(first.uuid), first);
    assert.ok('reason' in (await queryGpu('99')));
  });

  onGpu('come with what they are busy with', async () => {
    const gpus = await queryGpus('auto');
    assert.ok(!('reason' in gpus));
    assert.deepEqual(gpus.map(({ chosen }) => chosen).indexOf(true), 0);
    for (const { device, state } of gpus) {
      assert.ok((state.memoryTotal ?? 0) >= device.memory, JSON.stringify(state));
      assert.ok((state.memoryFree ?? 0) > 0 && state.utilization !== undefined, JSON.stringify(state));
    }
  });

  onGpu('refuse what can never fit before anything is built', async ({ toolkit }) => {
    const plan = { ...medium(2 ** 20), arguments: [buffer(2 ** 38), buffer(2 ** 20), scalar('i32', '1')] };
    const result = await run(toolkit, plan, { text: 'this does not compile' });
    assert.equal(result.status, 'launchFailed', JSON.stringify(result));
    assert.match(result.message, /1\.00 TiB/);
  });
});
