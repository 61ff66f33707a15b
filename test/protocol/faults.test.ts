/** What goes wrong in a kernel, through the real server on the CPU: told at its line, and the next run is well. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunProgress, RunResult } from '../../protocol/src';
import { TestClient } from './client';
import { has } from './files';

const text = `#include <cassert>
#include <cstdio>
__global__ void past(float* a, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  a[i + n] = 1.0f;  // here: past
}
__global__ void misaligned(char* a, int n) {
  *(float4*)(a + 4) = make_float4(0, 0, 0, 0);  // here: misaligned
}
__global__ void nothing(float* a) {
  float* none = nullptr;
  none[threadIdx.x] = 1.0f;  // here: nothing
}
__global__ void trapped(int* a) {
  if (threadIdx.x == 3) __trap();  // here: trapped
}
__global__ void asserted(int* a, int n) {
  assert(threadIdx.x < 5);  // here: asserted
}
__global__ void halfway(int* a) {
  if (threadIdx.x < 16)
    a[threadIdx.x] = __shfl_down_sync(0xffffffff, threadIdx.x, 1);  // here: halfway
  else
    __syncthreads();
}
__global__ void tooLarge(int* a) { a[0] = 1; }
__global__ void flood(int* a) {
  for (int i = 0; i < 4000; i++) printf("line %d of thread %d\\n", i, threadIdx.x);
}
__global__ void endless(volatile int* a) {
  while (a[0] >= 0) {
  }
}
__global__ void well(int* a, int n) {
  if (threadIdx.x < n) a[threadIdx.x] = 1;
}
int main() {
  int* a;
  cudaMalloc(&a, 64 * sizeof(int));
  tooLarge<<<1, 4096>>>(a);
  float* f;
  cudaMalloc(&f, 64 * sizeof(float));
  past<<<1, 64>>>(f, 64);
  halfway<<<1, 32>>>(a);
  well<<<1, 32>>>(a, 32);
}
`;

const possible = await has('g++');
let server: TestClient;
let uri = '';

const run = (kernel: string) => server.connection.sendRequest<RunResult>('kernelLens/runKernel', { uri, kernel });
const lineOf = (mark: string) => text.split('\n').findIndex((line) => line.endsWith(`// here: ${mark}`)) + 1;
const settings = (timeLimit: number) => ({ diagnostics: { nvcc: 'off' }, run: { device: 'cpu', timeLimit } });

describe.skipIf(!possible)('a kernel', () => {
  beforeAll(async () => {
    server = await TestClient.start({ settings: settings(60) });
    uri = await server.open(path.join(server.cacheDirectory, 'a.cu'), text);
    // Builds the runtime.
    expect((await run('well')).status).toBe('ok');
  }, 300_000);
  afterAll(() => server?.stop());

  it.each([
    ['past', 'outOfBounds', /a has \d+ elements/],
    ['misaligned', 'misalignedAddress', /align/],
    ['nothing', 'illegalAddress', /null pointer/],
    ['trapped', 'illegalInstruction', /trap/],
    ['asserted', 'assert', /threadIdx\.x < 5/],
    ['halfway', 'deadlock', /wait for each other/],
  ])('%s is told at its line as %s, and the next run is well', async (kernel, fault, message) => {
    const line = lineOf(kernel);
    expect(await run(kernel)).toMatchObject({
      status: 'kernelFaulted',
      fault,
      message: expect.stringMatching(message),
      location: { line },
    });
    expect((await run('well')).status).toBe('ok');
  });

  it('whose block is too large is refused with the limit', async () => {
    expect(await run('tooLarge')).toMatchObject({ status: 'launchFailed', message: expect.stringContaining('1024') });
    expect((await run('well')).status).toBe('ok');
  });

  it('that floods printf is cut off and says so', async () => {
    const result = await run('flood');
    expect(result).toMatchObject({ status: 'ok', output: expect.stringMatching(/cut off here\]\n$/) });
  });

  it.skipIf(process.platform === 'win32')(
    'whose process is killed is told, leaves nothing, and the next run is well',
    async () => {
      const running = run('endless');
      await server.notification<RunProgress>(
        'kernelLens/runProgress',
        (now) => now.kernel === 'endless' && now.phase === 'run',
      );
      const programs = async () => {
        const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid,args']);
        const built = path.join(server.cacheDirectory, 'cpu-builds');
        return [...stdout.matchAll(/^ *(\d+) (.*)$/gm)].filter(([, , args = '']) => args.startsWith(built));
      };
      await expect.poll(programs, { timeout: 60_000 }).toHaveLength(1);
      process.kill(Number((await programs())[0]?.[1]), 'SIGKILL');
      expect(await running).toMatchObject({ status: 'kernelFaulted', message: expect.stringContaining('killed') });
      expect((await run('well')).status).toBe('ok');
      expect(await programs()).toEqual([]);
    },
  );

  it('that never ends is stopped at the limit, and the next run is well', async () => {
    await server.configure(settings(1));
    expect(await run('endless')).toMatchObject({ status: 'timedOut', limitSeconds: 1 });
    await server.configure(settings(60));
    expect((await run('well')).status).toBe('ok');
  });
});
