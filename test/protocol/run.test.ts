import path from 'node:path';
import { CancellationTokenSource } from 'vscode-languageserver-protocol/node';
import { afterEach, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { PlanAnswer, ProgramResult, ResultsParams, RunProgress, RunResult } from '../../protocol/src';
import { root, TestClient } from './client';
import { classic, folderWith, has, processesWith } from './files';

let compiler = false;
let client: TestClient | undefined;

async function open(text: string, settings: object = {}): Promise<{ server: TestClient; uri: string; file: string }> {
  client = await TestClient.start({ settings: { diagnostics: { nvcc: 'off' }, run: { device: 'cpu' }, ...settings } });
  const file = path.join(await folderWith({ 'kernel.cu': '' }), 'kernel.cu');
  const uri = await client.open(file, text);
  return { server: client, uri, file };
}

const run = (server: TestClient, uri: string, kernel: string) =>
  server.connection.sendRequest<RunResult>('kernelLens/runKernel', { uri, kernel });

const titles = async (server: TestClient, uri: string) => (await server.lenses(uri)).map((lens) => lens.command?.title);

function needsCompiler(context: TestContext): void {
  context.skip(!compiler, 'g++ is not installed');
}

beforeAll(async () => {
  compiler = await has('g++');
});

afterEach(async () => {
  await client?.stop();
  client = undefined;
});

it("speaks the client's language, its process on the GPU too", async (context) => {
  context.skip(await has('nvidia-smi'), 'there is a GPU');
  const settings = { diagnostics: { nvcc: 'off' }, run: { device: 'gpu' } };
  const l10nBundle = path.join(root, 'l10n/bundle.l10n.ko.json');
  client = await TestClient.start({ settings, initializationOptions: { l10nBundle } });
  const uri = await client.open(path.join(await folderWith({}), 'a.cu'), classic);
  expect(await run(client, uri, 'vectorAdd')).toMatchObject({
    status: 'noDevice',
    message: expect.stringMatching((await has('nvcc')) ? /NVIDIA 드라이버를 찾지 못했습니다\(libcuda/ : /nvcc/),
  });
});

describe('Run Kernel on the CPU', () => {
  it('shows the time in the lens and on the launch line, and marks it when the text moves on', async (context) => {
    needsCompiler(context);
    const { server, uri } = await open(classic);
    expect(await titles(server, uri)).toEqual([
      '▶ Run Kernel',
      'Launch Plan',
      'Tune',
      'More…',
      '▶ Run Program',
      'Profile',
      'Sanitize',
    ]);
    const result = await run(server, uri, 'vectorAdd');
    expect(result).toMatchObject({
      status: 'ok',
      device: { kind: 'cpu' },
      plan: { grid: [4, 1, 1], block: [256, 1, 1] },
    });
    expect((await titles(server, uri))[0]).toMatch(
      /^▶ Run Kernel · CPU [\d.]+ (µs|ms|s) \(says nothing about a GPU\)$/,
    );
    const drawn = await server.notification<ResultsParams>('kernelLens/results', ({ marks }) => marks.length > 0);
    const launchLine = classic.split('\n').findIndex((line) => line.includes('<<<'));
    expect(drawn.marks).toMatchObject([{ line: launchLine, state: 'ok' }]);
    await server.replace(uri, 'A[i] + B[i]', 'A[i] * B[i]');
    expect((await titles(server, uri))[0]).toContain('before the last edit');
  });

  it('compares the results with the function that a directive names, or on request says that there is none', async (context) => {
    needsCompiler(context);
    const text = [
      '__global__ void twice(const float* a, float* b, int n) {',
      '  int i = blockIdx.x * blockDim.x + threadIdx.x;',
      '  if (i < n) b[i] = i == 77 ? 0 : 2 * a[i];',
      '}',
      'void twiceHost(const float* a, float* b, int n) { for (int i = 0; i < n; i++) b[i] = 2 * a[i]; }',
      '',
    ].join('\n');
    const { server, uri } = await open(`// kernel-lens: n=4096, check=twiceHost(1e-5)\n${text}`);
    expect(await run(server, uri, 'twice')).toMatchObject({
      status: 'ok',
      comparison: {
        status: 'compared',
        passed: false,
        message: expect.stringMatching(
          /^Differs from twiceHost at b\[77\]: got 0, expected \S+ \(1 of 4,096 differ\)\.$/,
        ),
      },
    });
    expect((await titles(server, uri))[0]).toMatch(/^▶ Run Kernel · ⚠ differs at b\[77\] · CPU /);
    const drawn = await server.notification<ResultsParams>('kernelLens/results', ({ marks }) => marks.length > 0);
    expect(drawn.marks).toMatchObject([
      { line: 1, state: 'failed', hover: expect.stringContaining('| `b` | 1 / 4,096 |') },
    ]);
    await server.replace(uri, 'i == 77 ? 0 : ', '');
    expect(await run(server, uri, 'twice')).toMatchObject({ comparison: { passed: true, error: 0 } });
    expect((await titles(server, uri))[0]).toMatch(/ · ✓ equal$/);
    await server.replace(uri, ', check=twiceHost(1e-5)', '');
    expect(await run(server, uri, 'twice')).not.toHaveProperty('comparison');
    const asked = await server.connection.sendRequest<RunResult>('kernelLens/runKernel', {
      uri,
      kernel: 'twice',
      check: true,
    });
    expect(asked).toMatchObject({ comparison: { status: 'notCompared' } });
  });

  it('tells where a thread leaves its array', async (context) => {
    needsCompiler(context);
    const text = classic.replace('if (i < N) C[i]', 'C[i + 1]');
    const { server, uri, file } = await open(text);
    const result = await run(server, uri, 'vectorAdd');
    expect(result).toMatchObject({
      status: 'kernelFaulted',
      fault: 'outOfBounds',
      location: { file, line: 5 },
      block: [3, 0, 0],
      thread: [255, 0, 0],
    });
    expect((await titles(server, uri))[0]).toBe('▶ Run Kernel · ✗ fault at line 5');
    const drawn = await server.notification<ResultsParams>('kernelLens/results', ({ marks }) => marks.length > 0);
    expect(drawn.marks).toMatchObject([
      { line: 4, state: 'failed', text: '✗ Write to C[1024], but C has 1024 elements.' },
    ]);
  });

  it('says at its line what does not compile', async (context) => {
    needsCompiler(context);
    const { server, uri, file } = await open(classic.replace('A[i] + B[i]', 'A[i] + nothing'));
    const result = await run(server, uri, 'vectorAdd');
    expect(result.status).toBe('buildFailed');
    if (result.status !== 'buildFailed') return;
    expect(result.diagnostics).toContainEqual(expect.objectContaining({ file, line: 5, severity: 'error' }));
  });

  it('stops at the time limit, on cancel, and leaves nothing running', async (context) => {
    needsCompiler(context);
    const text = '__global__ void spin(volatile int* flag) {\n  while (flag[0] >= 0) {\n  }\n}\n';
    const { server, uri } = await open(text, { run: { device: 'cpu', timeLimit: 2 } });
    expect(await run(server, uri, 'spin')).toMatchObject({ status: 'timedOut', limitSeconds: 2 });

    await server.configure({ diagnostics: { nvcc: 'off' }, run: { device: 'cpu', timeLimit: 60 } });
    const source = new CancellationTokenSource();
    const running = server.connection.sendRequest<RunResult>(
      'kernelLens/runKernel',
      { uri, kernel: 'spin' },
      source.token,
    );
    await server.notification<RunProgress>('kernelLens/runProgress', ({ phase }) => phase === 'run');
    source.cancel();
    expect((await running).status).toBe('cancelled');
    expect(await processesWith(server.cacheDirectory)).toEqual([]);
  });

  it('does not run what is not trusted', async () => {
    const { server, uri } = await open(classic);
    await server.stop();
    client = await TestClient.start({ initializationOptions: { trusted: false } });
    const again = await client.open(path.join(await folderWith({}), 'a.cu'), classic);
    const result = await run(client, again, 'vectorAdd');
    expect(result).toMatchObject({ status: 'planFailed' });
    expect(uri).not.toBe(again);
  });

  it('says that there is no GPU when one is asked for', async (context) => {
    context.skip(await has('nvidia-smi'), 'this machine has a GPU');
    const { server, uri } = await open(classic, { run: { device: 'gpu' } });
    const result = await run(server, uri, 'vectorAdd');
    expect(result.status).toBe('noDevice');
    if (result.status === 'noDevice') expect(result.message.length).toBeGreaterThan(20);
  });
});

describe('the launch plan', () => {
  it('tells where every value comes from', async () => {
    const { server, uri } = await open(classic);
    const answer = await server.connection.sendRequest<PlanAnswer>('kernelLens/plan', { uri, kernel: 'vectorAdd' });
    expect(answer).toMatchObject({
      plan: {
        provenance: { grid: { kind: 'launchSite', line: 14 }, block: { kind: 'launchSite', line: 14 } },
        arguments: [
          { name: 'A', kind: 'buffer', count: 1024, access: 'read', provenance: { kind: 'allocation', line: 11 } },
          { name: 'B', kind: 'buffer', count: 1024, access: 'read', provenance: { kind: 'allocation', line: 12 } },
          { name: 'C', kind: 'buffer', count: 1024, access: 'write', provenance: { kind: 'allocation', line: 13 } },
          { name: 'N', kind: 'scalar', value: '1024', provenance: { kind: 'launchSite', line: 14 } },
        ],
      },
    });
  });

  it('says why there is none', async () => {
    const { server, uri } = await open(classic);
    const answer = await server.connection.sendRequest<PlanAnswer>('kernelLens/plan', { uri, kernel: 'nobody' });
    expect(answer).toMatchObject({ message: expect.stringContaining('nobody') as string });
  });
});

describe('Run Program', () => {
  it('runs main, streams what it prints and counts launches', async (context) => {
    needsCompiler(context);
    const { server, uri } = await open(classic);
    const result = await server.connection.sendRequest<ProgramResult>('kernelLens/runProgram', { uri });
    expect(result).toMatchObject({ status: 'ok', exitCode: 0, kernels: [{ name: 'vectorAdd', launches: 1 }] });
    if (result.status === 'ok') expect(result.output).toContain('done');
    await server.notification<RunProgress>('kernelLens/runProgress', ({ output }) => output?.includes('done') === true);
    expect((await titles(server, uri)).at(-3)).toMatch(/^▶ Run Program · CPU [\d.]+/);
  });
});
