/** How runs end that do not end by themselves, and that nothing is left of them. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  buffer,
  context,
  copyRuntime,
  element,
  plan,
  privateFilesIn,
  runKernel,
  runProgram,
  source,
  warmUp,
} from './support';

warmUp();

const cacheDirectory = mkdtempSync(path.join(os.tmpdir(), 'kernel-lens-endings-'));
beforeAll(() => copyRuntime(cacheDirectory));
afterAll(() => rmSync(cacheDirectory, { recursive: true, force: true }));

const loop = source('__global__ void k(volatile int* p) { while (*p == 0) p[1]++; }');
const loopPlan = plan('k', 4, 32, [buffer('p', 2, { element: element('i32') })]);

/** Processes whose program lies in the folder. */
function processesUnder(folder: string): string[] {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.startsWith(folder));
}

describe('endings', () => {
  it('a loop without an end is stopped at the time limit with its process', async () => {
    const result = await runKernel(loop, loopPlan, { cacheDirectory, timeLimit: 1 });
    expect(result).toMatchObject({ status: 'timedOut', limitSeconds: 1, plan: { kernel: 'k' } });
    expect(processesUnder(cacheDirectory)).toEqual([]);
    expect(privateFilesIn(cacheDirectory)).toEqual([]);
  });

  it('what the blocks came to tells a loop without an end from a size that is too large', async () => {
    const timed = (body: string, blocks: number) =>
      runKernel(
        source(`#include <time.h>\n__global__ void k(volatile int* p) { ${body} }`),
        plan('k', blocks, 1, [buffer('p', 1, { element: element('i32') })]),
        { cacheDirectory, timeLimit: 4 },
      );
    expect(await timed('while (*p == 0) {}', 2)).toMatchObject({
      message: expect.stringMatching(/in which no block came to its end/),
    });
    expect(await timed('while (blockIdx.x == 7 && *p == 0) {}', 8)).toMatchObject({
      message: expect.stringMatching(/\. [1-7] of 8 blocks came to their end, the last of them after 0 s/),
    });
    // Each block takes about 20 ms, whatever the processor.
    const slow = 'timespec t{0, 20000000}; nanosleep(&t, nullptr); *p = 1;';
    expect(await timed(slow, 100_000)).toMatchObject({
      status: 'timedOut',
      message: expect.stringMatching(
        /after 4 s, in which \d+ of 100000 blocks ended without a fault\. The size is too large/,
      ),
    });
  });

  it('a run is cancelled while the kernel runs', async () => {
    const controller = new AbortController();
    const result = await runKernel(loop, loopPlan, {
      cacheDirectory,
      signal: controller.signal,
      onProgress: (phase) => {
        if (phase === 'run') setTimeout(() => controller.abort(), 100);
      },
    });
    expect(result).toMatchObject({ status: 'cancelled' });
    expect(processesUnder(cacheDirectory)).toEqual([]);
  });

  it('a run is cancelled while it is built, without harm to another that waits for the same build', async () => {
    const fresh = mkdtempSync(path.join(cacheDirectory, 'fresh'));
    const controller = new AbortController();
    const first = runKernel(loop, loopPlan, {
      cacheDirectory: fresh,
      signal: controller.signal,
      onProgress: () => setTimeout(() => controller.abort(), 50),
    });
    const harmless = source('__global__ void k(int* p) { *p = 1; }');
    const second = runKernel(harmless, plan('k', 1, 1, [buffer('p', 1, { element: element('i32') })]), {
      cacheDirectory: fresh,
    });
    expect(await first).toMatchObject({ status: 'cancelled' });
    expect(await second).toMatchObject({ status: 'ok' });
    expect(privateFilesIn(fresh)).toEqual([]);
  });

  it('a run that was cancelled before it began does nothing', async () => {
    const result = await runKernel(loop, loopPlan, { cacheDirectory, signal: AbortSignal.abort() });
    expect(result).toMatchObject({ status: 'cancelled' });
  });

  it('a flood of printf is cut off', async () => {
    let heard = 0;
    const text =
      '#include <cstdio>\n__global__ void k() { for (int i = 0; i < 3000; i++) printf("thread %d line %d\\n", threadIdx.x, i); }';
    const result = await runKernel(source(text), plan('k', 1, 32, []), { onOutput: (part) => (heard += part.length) });
    expect(result).toMatchObject({ status: 'ok' });
    if (result.status !== 'ok') return;
    expect(result.output).toMatch(/\[output cut off here\]\n$/);
    expect(result.output.length).toBeLessThan(300_000);
    expect(heard).toBe(result.output.length);
  });

  it('a program ends with its exit code, or by a signal', async () => {
    const program = (body: string) =>
      runProgram(source(`#include <cstdlib>\n#include <cstdio>\nint main() { ${body} }`));
    expect(await program('printf("text"); fprintf(stderr, "error\\n"); return 5;')).toMatchObject({
      status: 'ok',
      exitCode: 5,
      kernels: [],
    });
    expect(await program('abort();')).toMatchObject({
      status: 'kernelFaulted',
      fault: 'hostFault',
      message: expect.stringContaining('SIGABRT'),
    });
  });

  it('a program’s output arrives while it runs', async () => {
    const controller = new AbortController();
    let heard = '';
    const result = await runProgram(
      source('#include <cstdio>\nint main() { puts("first"); fflush(stdout); for (volatile int i = 0;; i++); }'),
      {
        signal: controller.signal,
        onOutput: (text) => {
          heard += text;
          controller.abort();
        },
      },
    );
    expect(heard).toBe('first\n');
    expect(result).toMatchObject({ status: 'cancelled', output: 'first\n' });
  });

  it.runIf(process.platform === 'linux')('a run ends with the server, even one that was killed', async () => {
    const built = mkdtempSync(path.join(cacheDirectory, 'orphan'));
    copyRuntime(built);
    await runKernel(loop, loopPlan, { cacheDirectory: built, timeLimit: 0.5 });
    const program = path.join(built, 'cpu-builds', readdirSync(path.join(built, 'cpu-builds'))[0] ?? '', 'program');
    // A stand-in for the server: it starts the program as the server does and waits.
    const script =
      'const { spawn } = require("child_process"); const [program, report] = process.argv.slice(1);' +
      'spawn(program, { detached: true, stdio: "ignore", env: { KERNEL_LENS_REPORT: report, KERNEL_LENS_PARENT: String(process.pid) } });' +
      'setInterval(() => {}, 1000); console.log("started");';
    const server = spawn(process.execPath, ['-e', script, program, path.join(built, 'report')]);
    await once(server.stdout, 'data');
    await vi.waitUntil(() => processesUnder(program).length === 1, { timeout: 30_000 });
    server.kill('SIGKILL');
    await vi.waitUntil(() => processesUnder(program).length === 0, { timeout: 30_000 });
  });

  it('starts well every time, whatever the system does with addresses', async () => {
    const quick = source('__global__ void k(int* p) { __syncthreads(); *p = 1; }');
    const launch = plan('k', 3, 64, [buffer('p', 1, { element: element('i32') })]);
    const statuses = new Set<string>();
    for (let i = 0; i < 12; i++) statuses.add((await runKernel(quick, launch, context())).status);
    expect([...statuses]).toEqual(['ok']);
  });
});
