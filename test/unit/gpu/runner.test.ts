/** The runner's process: what becomes of a job when the process answers, dies, hangs or is cancelled. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { RunJob } from '../../../server/src/runner/gpu/messages';
import { GpuRunner } from '../../../server/src/runner/gpu/runner';

// Inside the checkout, so that the runner finds koffi as it does in development.
const folder = mkdtempSync(path.join(path.resolve(__dirname, '../../../node_modules'), '.kernel-lens-runner-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let runner: GpuRunner | undefined;
afterEach(() => runner?.dispose());

const job: Omit<RunJob, 'marker'> = {
  device: 0,
  image: new Uint8Array([1, 2, 3]),
  symbol: 'k',
  grid: [1, 1, 1],
  block: [1, 1, 1],
  sharedBytes: 0,
  cooperative: false,
  arguments: [],
  coldCache: true,
  budgetMs: 100,
  patienceMs: 100,
};

/** A runner whose process is this script; `job` is a message of type run. */
function scripted(onJob: string): GpuRunner {
  const script = path.join(folder, `script-${Math.random().toString(36).slice(2)}.js`);
  writeFileSync(
    script,
    `process.on('disconnect', () => process.exit(0));
const failed = (id, stage) => process.send({ type: 'failed', id, stage, code: 700, name: 'CUDA_ERROR_ILLEGAL_ADDRESS', detail: '' });
process.on('message', ({ id, job }) => { process.send({ type: 'launching', id }); ${onJob} });`,
  );
  return (runner = new GpuRunner(script));
}

const options = (timeLimitMs = 20_000, signal = new AbortController().signal) => ({ signal, timeLimitMs });

describe('the real runner', () => {
  it('lists devices, or says why there are none', async () => {
    const script = path.join(folder, 'gpu-runner.js');
    const main = path.resolve(__dirname, '../../../server/src/runner/gpu/child/main.ts');
    await build({
      entryPoints: [main],
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['koffi'],
    });
    runner = new GpuRunner(script);
    const answer = await runner.devices();
    if ('devices' in answer) expect(answer.devices.length).toBeGreaterThan(0);
    else expect(answer.reason).toMatch(/driver|GPU/);
    // The same process answers again.
    expect(await runner.devices()).toEqual(answer);
  });
});

describe('a job', () => {
  it('keeps what is printed before the marker, and nothing after it', async () => {
    const outcome = await scripted(
      `process.stdout.write('first launch\\n' + job.marker + 'later launches\\n'); failed(id, 'launch');`,
    ).run(job, options());
    expect(outcome).toMatchObject({ type: 'failed', printed: 'first launch\n' });
  });

  it('that faults ends its process; the next job gets another', async () => {
    const faulty = scripted(
      `process.stderr.write('assert text'); process.stdout.write(process.pid + job.marker); failed(id, 'execute'); setTimeout(() => process.exit(0), 50);`,
    );
    const first = await faulty.run(job, options());
    const second = await faulty.run(job, options());
    expect(first).toMatchObject({
      type: 'failed',
      stage: 'execute',
      printed: expect.stringContaining('assert text') as string,
    });
    expect(second.type).toBe('failed');
    expect(parseInt(second.printed)).not.toBe(parseInt(first.printed));
  });

  it('whose process dies is told as crashed, with what it wrote', async () => {
    const outcome = await scripted(`console.error('driver library exploded'); process.exit(3);`).run(job, options());
    expect(outcome).toMatchObject({ type: 'crashed', stderr: expect.stringContaining('exploded') as string });
  });

  it('that prints without end is cut off and says so', async () => {
    const outcome = await scripted(
      `process.stdout.write('line\\n'.repeat(200000) + job.marker); failed(id, 'launch');`,
    ).run(job, options());
    expect(outcome.printed).toMatch(/^(line\n)+[line]*\n\[output cut off here\]\n$/);
    expect(outcome.printed.length).toBeLessThan(300_000);
  });

  it('goes to a fresh process where the waiting one is lost before the kernel is launched', async () => {
    const script = path.join(folder, 'lost.js');
    writeFileSync(
      script,
      `process.on('disconnect', () => process.exit(0));
let jobs = 0;
process.on('message', ({ id, job }) => {
  if (jobs++ > 0) process.exit(9);
  process.send({ type: 'launching', id });
  process.stdout.write(process.pid + job.marker);
  process.send({ type: 'failed', id, stage: 'launch', code: 1, name: 'CUDA_ERROR_INVALID_VALUE', detail: '' });
});`,
    );
    runner = new GpuRunner(script);
    const first = await runner.run(job, options());
    const second = await runner.run(job, options());
    expect([first.type, second.type]).toEqual(['failed', 'failed']);
    expect(second.printed).not.toBe(first.printed);
  });

  it('that never ends is stopped at the limit, even when its process is deaf', async () => {
    const hanging = scripted(
      `if (job.symbol === 'hang') setTimeout(() => { for (;;); }, 20); else { process.stdout.write(job.marker); failed(id, 'launch'); }`,
    );
    expect(await hanging.run({ ...job, symbol: 'hang' }, options(300))).toMatchObject({ type: 'timedOut' });
    expect(await hanging.run(job, options())).toMatchObject({ type: 'failed' });
  });

  it('is cancelled while it runs, and before', async () => {
    const controller = new AbortController();
    const hanging = scripted('');
    setTimeout(() => controller.abort(), 200);
    expect(await hanging.run(job, options(20_000, controller.signal))).toMatchObject({ type: 'cancelled' });
    expect(await hanging.run(job, options(20_000, controller.signal))).toMatchObject({ type: 'cancelled' });
  });

  it('waits for the one before it', async () => {
    const echoing = scripted(
      `setTimeout(() => { process.stdout.write(job.symbol + job.marker); failed(id, 'launch'); }, 50);`,
    );
    const outcomes = await Promise.all(['a', 'b', 'c'].map((symbol) => echoing.run({ ...job, symbol }, options())));
    expect(outcomes.map(({ printed }) => printed)).toEqual(['a', 'b', 'c']);
  });
});
