/** Faults on a real GPU through the real server: each is told at its line, the next run works, and nothing remains. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { RunFailure, RunResult } from '../../protocol/src';
import { runProcess } from '../../server/src/process';
import { TestClient } from '../protocol/client';
import { bench, kernelFolder } from './support';

const file = path.join(kernelFolder, 'planned_faults.cu');
const text = readFileSync(file, 'utf8');
const settings = { diagnostics: { nvcc: 'off' }, run: { device: 'gpu', timeLimit: 4 } };
const graceMs = 10_000;

let skip: string | undefined;
let client: TestClient;
let uri: string;
let memoryBefore: number;

async function connect(): Promise<void> {
  client = await TestClient.start({ settings });
  uri = await client.open(file, text);
}

before(async () => {
  const found = await bench();
  // The runner of this process is not the one that is tested.
  const { disposeGpuRunner } = await import('../../server/src/runner/gpu');
  await disposeGpuRunner();
  if ('skip' in found) skip = found.skip;
  else {
    await until(() => runners().length === 0);
    memoryBefore = await usedMemory();
    await connect();
  }
});

after(async () => {
  if (skip === undefined) await client.stop();
});

function onGpu(name: string, test: () => Promise<void>): void {
  void it(name, async (context: TestContext) => {
    if (skip === undefined) await test();
    else context.skip(skip);
  });
}

function run(kernel: string): Promise<RunResult> {
  return client.connection.sendRequest<RunResult>('kernelLens/runKernel', { uri, kernel });
}

/** MiB in use on the first GPU, by anybody. */
async function usedMemory(): Promise<number> {
  const args = ['--query-gpu=memory.used', '--format=csv,noheader,nounits'];
  const said = await runProcess('nvidia-smi', args, { timeLimitMs: 10_000 });
  return Number(said.stdout.trim().split('\n')[0]);
}

/** Processes whose command line names one of our scripts. */
function runners(script = /gpu-(?:runner|once)\.js/): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return script.test(readFileSync(`/proc/${name}/cmdline`, 'utf8'));
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function until(condition: () => boolean | Promise<boolean>, what = 'the condition'): Promise<void> {
  const limit = Date.now() + graceMs;
  while (!(await condition())) {
    assert.ok(Date.now() < limit, `${what} did not come true`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function lineOf(mark: string): number {
  const line = text.split('\n').findIndex((candidate) => candidate.includes(mark));
  assert.ok(line >= 0, mark);
  return line + 1;
}

async function works(): Promise<void> {
  const result = await run('fine');
  assert.equal(result.status, 'ok', JSON.stringify({ ...result, plan: undefined }));
}

function failed<Status extends RunFailure['status']>(
  result: RunResult,
  status: Status,
): asserts result is Extract<RunFailure, { status: Status }> {
  assert.equal(result.status, status, JSON.stringify({ ...result, plan: undefined }));
}

void describe('a fault', () => {
  const located: readonly [string, string, RegExp][] = [
    ['illegalAddress', 'here: far', /^Writes 4 bytes of global memory out of bounds: far from every buffer/],
    ['misaligned', 'here: misaligned', /^Writes 16 bytes of global memory at a misaligned address/],
    ['sharedFar', 'here: shared', /shared memory out of bounds/],
    ['nullPointer', 'here: null', /a null pointer/],
  ];
  for (const [kernel, mark, message] of located) {
    onGpu(`of ${kernel} is told at its line with block and thread, and the next run works`, async () => {
      const result = await run(kernel);
      failed(result, 'kernelFaulted');
      assert.deepEqual(result.location, { file, line: lineOf(mark) }, JSON.stringify({ ...result, plan: undefined }));
      assert.match(result.message, message);
      assert.ok(result.block !== undefined && result.thread !== undefined);
      await works();
    });
  }

  onGpu('of an assert is told at its line', async () => {
    const result = await run('failingAssert');
    failed(result, 'kernelFaulted');
    assert.equal(result.fault, 'assert');
    assert.deepEqual(result.location, { file, line: lineOf('assert(int') });
    await works();
  });

  onGpu('of a trap is told, and the next run works', async () => {
    const result = await run('trap');
    failed(result, 'kernelFaulted');
    assert.ok(['illegalInstruction', 'other'].includes(result.fault), result.fault);
    await works();
  });

  onGpu('of a launch that is too large says the numbers', async () => {
    const result = await run('tooLarge');
    failed(result, 'launchFailed');
    assert.match(result.message, /2048 threads; this GPU allows 1024/);
    await works();
  });
});

void describe('a kernel that does not end well', () => {
  onGpu('prints without end: the run ends, its output is capped', async () => {
    const result = await run('chatty');
    assert.equal(result.status, 'ok', JSON.stringify({ ...result, plan: undefined, output: undefined }));
    assert.ok(result.status === 'ok' && result.output.length > 1000 && result.output.length < 257 * 1024);
    await works();
  });

  onGpu('never ends: it is stopped at the time limit', async () => {
    const result = await run('endless');
    failed(result, 'timedOut');
    assert.equal(result.limitSeconds, 4);
    await works();
  });

  onGpu('loses its runner: that is told, and the next run starts another', async () => {
    const running = run('endless');
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const [runner] = runners();
    assert.ok(runner !== undefined);
    process.kill(runner, 'SIGKILL');
    const result = await running;
    failed(result, 'launchFailed');
    assert.equal(result.code, 'RUNNER_ENDED');
    await works();
  });

  onGpu('loses its server: runner and GPU memory go with it', async () => {
    const running = run('endless').catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    assert.equal(runners().length, 1);
    client.process.kill('SIGKILL');
    await until(() => runners().length === 0, 'the end of the runner');
    await until(async () => (await usedMemory()) <= memoryBefore, 'the GPU memory of the runner');
    void running;
    await connect();
    await works();
  });

  onGpu('leaves nothing behind when the server ends', async () => {
    await client.stop();
    await until(() => runners().length === 0, 'the end of the runner');
    await until(async () => (await usedMemory()) <= memoryBefore, 'the GPU memory of the runner');
    await until(() => runners(/compute-sanitizer|cicc\0/).length === 0, 'the end of the tools');
    await connect();
  });
});
