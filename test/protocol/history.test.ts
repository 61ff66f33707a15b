/** History, baseline and Watch through the real server, on the CPU. */
import { appendFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import type {
  ApplyConfigurationAnswer,
  HistoryActionAnswer,
  HistoryAnswer,
  ResultsParams,
  RunResult,
  SweepAnswer,
  TuneAnswer,
  WatchTriggered,
} from '../../protocol/src';
import { TestClient } from './client';
import { classic, folderWith, has } from './files';

let compiler = false;
let client: TestClient | undefined;

const settings = { diagnostics: { nvcc: 'off' }, run: { device: 'cpu' } };

async function start(cacheDirectory?: string): Promise<TestClient> {
  const options = cacheDirectory === undefined ? {} : { initializationOptions: { cacheDirectory } };
  client = await TestClient.start({ settings, ...options });
  return client;
}

const ask = <Answer>(server: TestClient, method: string, params: object) =>
  server.connection.sendRequest<Answer>(`kernelLens/${method}`, params);
const run = (server: TestClient, uri: string, kernel = 'vectorAdd') =>
  ask<RunResult>(server, 'runKernel', { uri, kernel });
const history = (server: TestClient, uri: string) =>
  ask<HistoryAnswer>(server, 'history', { uri, kernel: 'vectorAdd' });
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

describe('a cache folder that cannot be written', () => {
  it('fails the run with the folder and the reason; mended, the next run works, and a lost history costs no run', async (context) => {
    needsCompiler(context);
    const folder = await folderWith({ 'a.cu': classic, cache: 'a file where the folder should be' });
    const cache = path.join(folder, 'cache');
    const server = await start(cache);
    const uri = await server.open(path.join(folder, 'a.cu'), classic);
    const failed = await run(server, uri);
    expect(failed).toMatchObject({ status: 'buildFailed', disk: true, message: expect.stringContaining(cache) });

    await rm(cache);
    await mkdir(cache);
    await writeFile(path.join(cache, 'history'), '');
    const ran = await run(server, uri);
    expect(ran).toMatchObject({ status: 'ok', notes: expect.arrayContaining([expect.stringContaining(cache)]) });
    expect(await ask<HistoryActionAnswer>(server, 'pinBaseline', { uri, kernel: 'vectorAdd' })).toHaveProperty(
      'message',
    );
    expect(await server.notification<{ message: string }>('window/showMessage')).toMatchObject({
      message: expect.stringContaining('cannot be read'),
    });

    await rm(path.join(cache, 'history'));
    await run(server, uri);
    expect((await history(server, uri)).rows).toHaveLength(1);
  });
});

describe('the history of a kernel', () => {
  it('is kept across servers, compares runs of one launch, and survives damage', async (context) => {
    needsCompiler(context);
    const cache = await mkdtemp(path.join(os.tmpdir(), 'kernel-lens-cache-'));
    onTestFinished(() => rm(cache, { recursive: true, force: true }));
    const file = path.join(await folderWith({ 'a.cu': classic }), 'a.cu');
    const first = await start(cache);
    const one = await run(first, await first.open(file, classic));
    expect(one).toMatchObject({ status: 'ok', changes: {} });
    await first.stop();

    const [name] = await readdir(path.join(cache, 'history'));
    await appendFile(path.join(cache, 'history', name ?? ''), '{"cut off');
    const second = await start(cache);
    const uri = await second.open(file, classic);
    const two = await run(second, uri);
    if (one.status !== 'ok' || two.status !== 'ok') throw new Error('the kernel did not run');
    expect(two.changes?.last).toMatchObject({ median: one.time.median });
    expect(two.changes?.last?.ratio).toBeCloseTo(two.time.median / one.time.median, 9);
    expect(two.changes?.last?.text).toMatch(/the last run/);
    const { rows } = await history(second, uri);
    expect(rows.map(({ entry }) => entry.median)).toEqual([one.time.median, two.time.median]);
    expect(rows[0]?.entry).toMatchObject({
      device: { kind: 'cpu' },
      launch: { block: [256, 1, 1], sizes: { N: '1024' } },
    });
    expect(rows[0]?.entry.sourceKey).toBe(rows[1]?.entry.sourceKey);

    // Another size is another launch: no percentage is made of it.
    await second.replace(uri, 'N = 1024', 'N = 2048');
    const three = await run(second, uri);
    expect(three).toMatchObject({ status: 'ok', changes: { last: { kind: 'otherLaunch' } } });
    const csv = await ask<string>(second, 'exportHistory', { uri, kernel: 'vectorAdd', format: 'csv' });
    expect(csv.split('\r\n')).toHaveLength(5);
    expect(await ask(second, 'clearHistory', { uri, kernel: 'vectorAdd' })).toEqual({ done: true });
    expect((await history(second, uri)).rows).toEqual([]);
  });

  it('has a baseline that later runs are compared with', async (context) => {
    needsCompiler(context);
    const server = await start();
    const file = path.join(await folderWith({ 'a.cu': classic }), 'a.cu');
    const uri = await server.open(file, classic);
    const pin = (id?: string) => ask(server, 'pinBaseline', { uri, kernel: 'vectorAdd', ...(id && { id }) });
    expect(await pin()).toMatchObject({ message: expect.stringContaining('has not been run yet') as string });
    await run(server, uri);
    expect(await pin()).toEqual({ done: true });
    await run(server, uri);
    const result = await run(server, uri);
    const { rows, baselines } = await history(server, uri);
    expect(baselines.map(({ id }) => id)).toEqual([rows[0]?.entry.id]);
    expect(result).toMatchObject({
      changes: { last: { id: rows[1]?.entry.id }, baseline: { id: rows[0]?.entry.id } },
    });
    expect(await ask(server, 'unpinBaseline', { uri, kernel: 'vectorAdd' })).toEqual({ done: true });
    expect((await history(server, uri)).baselines).toEqual([]);
  });

  it('costs no run where it cannot be written', async (context) => {
    needsCompiler(context);
    const server = await start();
    // A file where the folder should be.
    await writeFile(path.join(server.cacheDirectory, 'history'), '');
    const file = path.join(await folderWith({ 'a.cu': classic }), 'a.cu');
    expect(await run(server, await server.open(file, classic))).toMatchObject({ status: 'ok', changes: {} });
  });
});

describe('a result', () => {
  it('is old after an edit, and no longer when the edit is undone', async (context) => {
    needsCompiler(context);
    const server = await start();
    const file = path.join(await folderWith({ 'a.cu': classic }), 'a.cu');
    const uri = await server.open(file, classic);
    await run(server, uri);
    await server.replace(uri, 'A[i] + B[i]', 'A[i] * B[i]');
    expect((await titles(server, uri))[0]).toContain('before the last edit');
    await server.notification<ResultsParams>('kernelLens/results', ({ marks }) => marks[0]?.state === 'stale');
    await server.replace(uri, 'A[i] * B[i]', 'A[i] + B[i]');
    expect((await titles(server, uri))[0]).not.toContain('before the last edit');
  });
});

describe('Watch', () => {
  it('asks for a run when the file or an included header is saved, and not while typing', async () => {
    const server = await start();
    const folder = await folderWith({ 'op.cuh': '#define OP +\n', 'a.cu': '' });
    const text = `#include "op.cuh"\n${classic.replace('A[i] + B[i]', 'A[i] OP B[i]')}`;
    const file = path.join(folder, 'a.cu');
    await writeFile(file, text);
    const uri = await server.open(file, text);
    const triggers = () => server.notifications.filter(({ method }) => method === 'kernelLens/watchTriggered').length;
    const watched = await ask(server, 'watch', { uri, kernel: 'vectorAdd', on: true });
    expect(watched).toEqual([{ uri, kernel: 'vectorAdd' }]);
    expect(await ask(server, 'watch', { uri, kernel: 'vectorAdd', on: true })).toEqual(watched);
    expect(await titles(server, uri)).toContain('◉ Stop Watching');

    await server.replace(uri, 'OP B[i]', 'OP B[i] + 1');
    await server.lenses(uri);
    expect(triggers()).toBe(0);
    await writeFile(file, server.text(uri));
    await server.save(uri);
    await server.notification<WatchTriggered>('kernelLens/watchTriggered', (trigger) => trigger.uri === uri);
    expect(triggers()).toBe(1);

    // The header is heard of from the disk; the same state of it counts once.
    const header = path.join(folder, 'op.cuh');
    await writeFile(header, '#define OP *\n');
    const changes = [{ uri: `file://${encodeURI(header)}`, type: 2 }];
    await server.connection.sendNotification('workspace/didChangeWatchedFiles', { changes });
    await server.connection.sendNotification('workspace/didChangeWatchedFiles', { changes });
    const byHeader = await server.notification<WatchTriggered>(
      'kernelLens/watchTriggered',
      ({ savedFile }) => savedFile !== undefined,
    );
    expect(byHeader).toMatchObject({ uri, kernel: 'vectorAdd', savedFile: header });
    await server.lenses(uri);
    expect(triggers()).toBe(2);

    expect(await ask(server, 'watch', { uri, kernel: 'vectorAdd', on: false })).toEqual([]);
    await server.save(uri);
    await server.lenses(uri);
    expect(triggers()).toBe(2);
  });

  it('ends with its document', async () => {
    const server = await start();
    const uri = await server.open(path.join(await folderWith({}), 'a.cu'), classic);
    await ask(server, 'watch', { uri, kernel: 'vectorAdd', on: true });
    await server.close(uri);
    await server.notification<{ watched: unknown[] }>('kernelLens/watches', ({ watched }) => watched.length === 0);
  });
});

describe('Tune and Sweep', () => {
  it('are told apart: a processor says nothing about blocks', async () => {
    const server = await start();
    const uri = await server.open(path.join(await folderWith({}), 'a.cu'), classic);
    const answer = await ask<TuneAnswer>(server, 'tune', { uri, kernel: 'vectorAdd' });
    expect(answer).toMatchObject({ status: 'noDevice', message: expect.stringContaining('GPU') as string });
  });

  it('applies a configuration as edits of the text', async () => {
    const server = await start();
    const uri = await server.open(path.join(await folderWith({}), 'a.cu'), classic);
    const values = [{ name: 'block.x', value: '128' }];
    const answer = await ask<ApplyConfigurationAnswer>(server, 'applyConfiguration', {
      uri,
      kernel: 'vectorAdd',
      values,
    });
    if (!('edits' in answer)) throw new Error(answer.message);
    expect(answer.version).toBe(1);
    await server.edit(uri, answer.edits.map(({ range, newText }) => ({ range, newText }))); // prettier-ignore
    expect(server.text(uri)).toBe(classic.replace('(N + 255) / 256, 256', '(N + 127) / 128, 128'));
  });

  it('measures every size of the range, and asks for one where there is none', async (context) => {
    needsCompiler(context);
    const server = await start();
    const file = path.join(await folderWith({ 'a.cu': classic }), 'a.cu');
    const uri = await server.open(file, classic);
    const sweep = (range?: object) =>
      ask<SweepAnswer>(server, 'sweep', { uri, kernel: 'vectorAdd', ...(range && { range }) });
    expect(await sweep()).toMatchObject({ status: 'noRange', names: ['N'] });
    const answer = await sweep({ name: 'N', value: '256..1024' });
    expect(answer).toMatchObject({ status: 'ok', name: 'N', cancelled: false });
    if (answer.status !== 'ok') return;
    expect(answer.points.map(({ value, outcome }) => [value, outcome.state])).toEqual([
      ['256', 'measured'],
      ['512', 'measured'],
      ['1024', 'measured'],
    ]);
    expect(await sweep({ name: 'N', value: '64..1' })).toMatchObject({ status: 'planFailed' });
  });
});
