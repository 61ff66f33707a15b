import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { TestClient } from './client';
import { folderWith } from './files';

let client: TestClient | undefined;

afterEach(async () => {
  await client?.stop();
  client = undefined;
});

const header = (block: number): string => `#pragma once
constexpr int kBlock = ${block};
__global__ void fill(float* p, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) p[i] = 1.0f;
}
`;
const source = `#include "fill.cuh"
void run(float* p, int n) { fill<<<(n + kBlock - 1) / kBlock, kBlock>>>(p, n); }
`;

it('lints with what headers declare, and again when one changes in the editor or on disk', async () => {
  const folder = await folderWith({ 'fill.cuh': header(256), 'a.cu': source });
  client = await TestClient.start({ settings: { diagnostics: { nvcc: 'off' } }, workspaceFolder: folder });
  const uri = await client.open(path.join(folder, 'a.cu'), source);
  expect(await client.diagnosticsOf(uri, () => true)).toEqual([]);
  const opened = await client.open(path.join(folder, 'fill.cuh'), header(256));
  await client.replace(opened, '256', '2048');
  const tooLarge = await client.diagnosticsOf(uri, (all) => all.some(({ code }) => code === 'block-too-large'));
  expect(tooLarge).toHaveLength(1);
  await client.replace(opened, '2048', '512');
  expect(await client.diagnosticsOf(uri, (all) => all.length === 0)).toEqual([]);
  await client.close(opened);
  await writeFile(path.join(folder, 'fill.cuh'), header(4096));
  await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: [{ uri: opened, type: 2 }],
  });
  expect((await client.diagnosticsOf(uri, (all) => all.length > 0)).map(({ code }) => code)).toEqual([
    'block-too-large',
  ]);
});
