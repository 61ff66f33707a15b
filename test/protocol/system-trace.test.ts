/** Reports of Nsight Systems through the real server, whose bundle carries SQLite. */
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { decodeTrace, type SystemTraceAnswer } from '../../protocol/src';
import { TestClient } from './client';

it('an export is read where nsys is not installed, in a folder with spaces and other letters', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kernel lens 보고서 '));
  const client = await TestClient.start({ initializationOptions: { cacheDirectory: path.join(folder, 'cache') } });
  onTestFinished(async () => {
    await client.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const file = path.join(folder, 'report.sqlite');
  await copyFile(path.resolve('test/fixtures/nsys/report.sqlite'), file);
  const answer = await client.connection.sendRequest<SystemTraceAnswer>('kernelLens/systemTrace', {
    uri: pathToFileURL(file).toString(),
  });
  expect(answer).toMatchObject({ status: 'ok' });
  const trace = decodeTrace(gunzipSync(await readFile('file' in answer ? answer.file : '')));
  expect(trace?.events.kind.length).toBeGreaterThan(20);
});
