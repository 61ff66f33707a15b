import { copyFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { URI } from 'vscode-uri';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeTrace, type SystemTraceAnswer } from '../../protocol/src';
import { root, TestClient } from './client';
import { folderWith } from './files';

let client: TestClient | undefined;

afterEach(async () => {
  await client?.stop();
  client = undefined;
});

function ask(file: string): Promise<SystemTraceAnswer> | undefined {
  return client?.connection.sendRequest('kernelLens/systemTrace', { uri: URI.file(file).toString() });
}

describe('a report of Nsight Systems', () => {
  it('is read where nsys is not installed, in a folder with spaces and other letters', async () => {
    const folder = path.join(await folderWith({}), 'reports 보고서');
    await mkdir(folder);
    const file = path.join(folder, 'report.sqlite');
    await copyFile(path.join(root, 'test/fixtures/nsys/report.sqlite'), file);
    client = await TestClient.start();
    const answer = await ask(file);
    if (answer?.status !== 'ok') throw new Error(answer?.message);
    expect(decodeTrace(gunzipSync(await readFile(answer.file)))?.events.kind.length).toBeGreaterThan(20);
  });

  it('that was exported becomes a trace, also where nothing is executed', async () => {
    client = await TestClient.start({ initializationOptions: { trusted: false } });
    const answer = await ask(path.join(root, 'test/fixtures/nsys/report.sqlite'));
    if (answer?.status !== 'ok') throw new Error(answer?.message);
    expect(path.dirname(answer.file)).toBe(path.join(client.cacheDirectory, 'traces'));
    expect(decodeTrace(gunzipSync(await readFile(answer.file)))?.program).toBe('ranges');
  });

  it('is not exported in a folder that is not trusted', async () => {
    const folder = await folderWith({ 'a.nsys-rep': 'as nsys wrote it' });
    client = await TestClient.start({
      initializationOptions: { trusted: false },
      settings: { profiler: { nsysPath: '/bin/false' } },
    });
    const answer = await ask(path.join(folder, 'a.nsys-rep'));
    expect(answer).toMatchObject({ status: 'failed', message: expect.stringContaining('not trusted') as string });
  });

  it('says what nsys said, or where it was looked for', async () => {
    const folder = await folderWith({ 'a.nsys-rep': 'as nsys wrote it' });
    const start = (nsysPath: string) => TestClient.start({ settings: { profiler: { nsysPath } } });
    client = await start(path.join(folder, 'nothing'));
    expect(await ask(path.join(folder, 'a.nsys-rep'))).toMatchObject({
      status: 'noTool',
      message: `kernelLens.profiler.nsysPath is ${path.join(folder, 'nothing')}, and there is no nsys.`,
    });
    await client.stop();
    // Knows no exports.
    client = await start(process.execPath);
    const answer = await ask(path.join(folder, 'a.nsys-rep'));
    expect(answer).toMatchObject({ status: 'failed', message: 'nsys could not export the report.' });
    expect(answer?.status === 'failed' && answer.output).toBeTruthy();
  });
});
