/** compute-sanitizer on a real GPU through the real server: each tool finds its planted error at its line. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { SanitizeResult, SanitizerFinding, SanitizerTool } from '../../protocol/src/sanitize';
import { TestClient } from '../protocol/client';
import { bench, kernelFolder } from './support';

const file = path.join(kernelFolder, 'sanitize.cu');
const text = readFileSync(file, 'utf8');
const settings = { diagnostics: { nvcc: 'off' }, run: { device: 'gpu' } };

let skip: string | undefined;
let client: TestClient;
let uri: string;

before(async () => {
  const found = await bench();
  const { disposeGpuRunner } = await import('../../server/src/runner/gpu');
  await disposeGpuRunner();
  if ('skip' in found) skip = found.skip;
  else {
    client = await TestClient.start({ settings });
    uri = await client.open(file, text);
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

function lineOf(code: string): number {
  const line = text.split('\n').findIndex((candidate) => candidate.includes(code));
  assert.ok(line >= 0, code);
  return line + 1;
}

async function sanitized(request: string, params: object): Promise<readonly SanitizerFinding[]> {
  const result = await client.connection.sendRequest<SanitizeResult>(`kernelLens/${request}`, { uri, ...params });
  assert.equal(result.status, 'ok', JSON.stringify(result));
  assert.ok(result.status === 'ok');
  return result.findings;
}

function foundAt(findings: readonly SanitizerFinding[], tool: SanitizerTool, line: number): SanitizerFinding {
  const finding = findings.find((each) => each.tool === tool && each.location?.line === line);
  assert.ok(finding !== undefined && finding.location?.file === file, JSON.stringify(findings, null, 1));
  return finding;
}

void describe('Sanitize Kernel', () => {
  const planted: readonly [string, SanitizerTool, string, RegExp, string?][] = [
    ['pastTheEnd', 'memcheck', 'data[i] *= 2.0f', /data\[1000\], but data has 1,000 elements.*24 times/],
    ['misaligned', 'memcheck', 'vectors[threadIdx.x] =', /at a misaligned address/],
    ['sharedPastTheEnd', 'memcheck', 'shared[index] = index', /shared memory out of bounds/, 'store(tile'],
    ['reverse', 'racecheck', 'tile[t] = data[t]', /^Race in shared memory/, 'tile[255 - t]'],
    ['everyoneWrites', 'racecheck', 'last = threadIdx.x', /another thread/],
    ['divergentBarrier', 'synccheck', '        __syncthreads();', /^Barrier error/],
  ];
  for (const [kernel, tool, code, message, related] of planted) {
    onGpu(`${tool} finds what ${kernel} does, in Problems until the next edit`, async () => {
      const finding = foundAt(await sanitized('sanitizeKernel', { kernel, tools: [tool] }), tool, lineOf(code));
      assert.match(finding.message, message);
      if (tool !== 'racecheck') assert.ok(finding.thread !== undefined && finding.block !== undefined);
      if (related !== undefined) {
        assert.ok(
          finding.related.some(({ location }) => location?.line === lineOf(related)),
          JSON.stringify(finding),
        );
      }
      await client.diagnosticsOf(uri, (all) =>
        all.some(({ source, range }) => source === 'compute-sanitizer' && range.start.line === lineOf(code) - 1),
      );
      await client.replace(uri, '#include <cstdio>', '#include  <cstdio>');
      await client.diagnosticsOf(uri, (all) => !all.some(({ source }) => source === 'compute-sanitizer'));
      await client.replace(uri, '#include  <cstdio>', '#include <cstdio>');
    });
  }

  onGpu('a kernel without errors has no findings under any tool', async () => {
    // The first launch in the text is the one that is too large.
    await client.replace(uri, 'fine<<<1, 2048>>>', 'fine<<<1, 64>>>');
    const tools = ['memcheck', 'initcheck', 'racecheck', 'synccheck'];
    assert.deepEqual(await sanitized('sanitizeKernel', { kernel: 'fine', tools }), []);
    await client.replace(uri, 'fine<<<1, 64>>>', 'fine<<<1, 2048>>>');
  });

  onGpu('a kernel that cannot be launched says so', async () => {
    const params = { uri, kernel: 'fine', tools: ['memcheck'] };
    const result = await client.connection.sendRequest<SanitizeResult>('kernelLens/sanitizeKernel', params);
    assert.equal(result.status, 'launchFailed', JSON.stringify(result));
    assert.match(result.message, /cuLaunchKernel failed with CUDA_ERROR_INVALID_VALUE/);
  });
});

void describe('Sanitize Program', () => {
  const planted: readonly [number, SanitizerTool, string, string, RegExp][] = [
    [0, 'memcheck', 'data[i] *= 2.0f', 'pastTheEnd<<<', /right behind an allocation of 4,000 bytes/],
    [8, 'memcheck', 'fine<<<1, 2048>>>', '', /^cudaLaunchKernel failed: invalid/],
    [4, 'racecheck', 'tile[t] = data[t]', 'tile[255 - t]', /1,024 hazards/],
    [6, 'initcheck', 'out[i] = in[i] + 1', 'uninitialized<<<', /nothing has written.*256 times/],
    [7, 'synccheck', '        __syncthreads();', 'divergentBarrier<<<', /divergent/],
  ];
  for (const [which, tool, code, related, message] of planted) {
    onGpu(`${tool} finds error ${which} with the way to it`, async () => {
      const choice = 'argc > 1 ? atoi(argv[1]) : 0';
      await client.replace(uri, choice, `${which}`);
      try {
        const finding = foundAt(await sanitized('sanitizeProgram', { tools: [tool] }), tool, lineOf(code));
        assert.match(finding.message, message);
        if (related !== '') {
          assert.ok(
            finding.related.some(({ location }) => location?.line === lineOf(related)),
            JSON.stringify(finding),
          );
        }
      } finally {
        await client.replace(uri, `int which = ${which}`, `int which = ${choice}`);
      }
    });
  }

  onGpu('what is never freed is told where it was allocated', async () => {
    await client.replace(uri, 'argc > 1 ? atoi(argv[1]) : 0', '4');
    const findings = await sanitized('sanitizeProgram', { tools: ['memcheck'] });
    const leak = foundAt(findings, 'memcheck', lineOf('cudaMalloc(&data'));
    assert.match(leak.message, /4,000 bytes of device memory were never freed/);
  });
});
