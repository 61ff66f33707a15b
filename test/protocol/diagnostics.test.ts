import path from 'node:path';
import { afterEach, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { URI } from 'vscode-uri';
import type { ToolkitMissing } from '../../protocol/src';
import { covered, TestClient, type ClientOptions } from './client';
import { classic, folderWith, has, processesWith } from './files';

let nvcc = false;
let client: TestClient | undefined;

async function start(options?: ClientOptions): Promise<TestClient> {
  client = await TestClient.start(options);
  return client;
}

function needsNvcc(context: TestContext): void {
  context.skip(!nvcc, 'nvcc is not installed');
}

beforeAll(async () => {
  nvcc = await has('nvcc');
});

afterEach(async () => {
  await client?.stop();
  client = undefined;
});

const fromNvcc = (d: { source?: string }) => d.source === 'nvcc';

describe("nvcc's diagnostics", () => {
  it('appear for the unsaved text at their token, and vanish when mended', async (context) => {
    needsNvcc(context);
    const server = await start();
    const folder = await folderWith({ 'a.cu': classic });
    const uri = await server.open(path.join(folder, 'a.cu'), classic);
    await server.replace(uri, 'A[i] + B[i]', 'A[i] + Bogus[i]');
    const [error] = await server.diagnosticsOf(uri, (all) => all.some(fromNvcc));
    expect(error).toMatchObject({ severity: 1, message: 'identifier "Bogus" is undefined' });
    expect(error && covered(server.document(uri), error)).toBe('Bogus');
    await server.replace(uri, 'Bogus[i]', 'B[i]');
    expect(await server.diagnosticsOf(uri, (all) => all.length === 0)).toEqual([]);
  });

  it('stay at their place while lines are added above', async (context) => {
    needsNvcc(context);
    const server = await start();
    const text = '__global__ void k(int* p) {\n  p[0] = foo;\n}\n';
    const folder = await folderWith({ 'a.cu': text });
    const uri = await server.open(path.join(folder, 'a.cu'), text);
    await server.diagnosticsOf(uri, (all) => all.some(fromNvcc));
    await server.configure({ diagnostics: { nvcc: 'onSave' } });
    await server.diagnosticsOf(uri, (all) => all.some(fromNvcc));
    await server.replace(uri, '__global__', '// one\n// two\n__global__');
    const [error] = await server.diagnosticsOf(uri, (all) => all.some((d) => d.range.start.line === 3));
    expect(error && covered(server.document(uri), error)).toBe('foo');
  });

  it('of a header are shown in it and at its #include', async (context) => {
    needsNvcc(context);
    const text = '#include <cstdio>\n#include "inc/helper.cuh"\n__global__ void k(int* p) { p[0] = helper(); }\n';
    const folder = await folderWith({
      'a.cu': text,
      'inc/helper.cuh': '__device__ int helper() {\n  return nothing;\n}\n',
    });
    const server = await start({ workspaceFolder: folder });
    const uri = await server.open(path.join(folder, 'a.cu'), text);
    const header = URI.file(path.join(folder, 'inc/helper.cuh')).toString();
    const inHeader = await server.diagnosticsOf(header, (all) => all.length > 0);
    expect(inHeader).toMatchObject([
      { message: 'identifier "nothing" is undefined', range: { start: { line: 1, character: 9 } } },
    ]);
    const [atInclude] = await server.diagnosticsOf(uri, (all) => all.length > 0);
    expect(atInclude).toMatchObject({ range: { start: { line: 1 } } });
    expect(atInclude?.relatedInformation?.[0]?.location.uri).toBe(header);
    await server.close(uri);
    expect(await server.diagnosticsOf(header, (all) => all.length === 0)).toEqual([]);
  });

  it('of ptxas come on save, at the kernel or at the line they speak of', async (context) => {
    needsNvcc(context);
    const text =
      '__global__ void big(int n) {\n  __shared__ float x[20000];\n  x[threadIdx.x] = n;\n  __syncthreads();\n  if (x[n] > 1) __trap();\n}\n';
    const folder = await folderWith({ 'a.cu': text });
    const server = await start();
    const uri = await server.open(path.join(folder, 'a.cu'), text);
    await server.save(uri);
    const all = await server.diagnosticsOf(uri, (list) => list.some((d) => d.message.includes('too much shared data')));
    const error = all.find((d) => d.message.includes('too much shared data'));
    expect(error && covered(server.document(uri), error)).toBe('big');
  });

  it('that are numbered warnings can be silenced at their line', async (context) => {
    needsNvcc(context);
    const text = '__global__ void k(int* p) {\n  int unused = 0;\n  p[0] = 1;\n}\n';
    const folder = await folderWith({ 'a.cu': text });
    const server = await start();
    const uri = await server.open(path.join(folder, 'a.cu'), text);
    const [warning] = await server.diagnosticsOf(uri, (all) => all.some(({ code }) => code === '177-D'));
    const actions = warning === undefined ? [] : await server.actions(uri, warning);
    await server.edit(uri, actions.find(({ title }) => title.includes('#177-D'))?.edit?.changes?.[uri] ?? []);
    expect(server.text(uri)).toContain(
      '#pragma nv_diag_suppress 177\n  int unused = 0;\n#pragma nv_diag_default 177\n',
    );
    expect(await server.diagnosticsOf(uri, (all) => all.length === 0)).toEqual([]);
  });

  it('follow the last text only: what was superseded is killed and leaves nothing', async (context) => {
    needsNvcc(context);
    const folder = await folderWith({ 'a.cu': classic });
    // Its temporary files, and so the command lines of all that it starts, lie in this folder.
    const server = await start({ settings: { diagnostics: { delay: 0 } }, env: { TMPDIR: folder } });
    const uri = await server.open(path.join(folder, 'a.cu'), classic);
    for (let i = 0; i < 12; i++) await server.replace(uri, '#include', `// ${i}\n#include`);
    await server.replace(uri, 'A[i] + B[i]', 'A[i] + LastOne');
    const all = await server.diagnosticsOf(uri, (list) => list.some(fromNvcc));
    expect(all.map((d) => d.message)).toEqual(['identifier "LastOne" is undefined']);
    await server.waitFor(
      () => (server.diagnostics.get(uri) ?? []).length === 1 || undefined,
      () => 'one diagnostic',
    );
    // One full check may still run for the first opening; nothing outlives the server.
    await server.stop();
    client = undefined;
    // A killed process takes a moment to leave the table.
    await expect.poll(() => processesWith(folder), { timeout: 5_000 }).toEqual([]);
  });

  it('cope with an empty file, broken source and a nul character', async (context) => {
    needsNvcc(context);
    const server = await start();
    const folder = await folderWith({});
    const empty = await server.open(path.join(folder, 'empty.cu'), '');
    const broken = await server.open(path.join(folder, 'broken.cu'), '__global__ void k( {{{ <<<>>> """ \0 #if\n');
    expect((await server.diagnosticsOf(broken, (all) => all.some(fromNvcc))).length).toBeGreaterThan(0);
    expect(server.diagnostics.get(empty) ?? []).toEqual([]);
  });

  it('say once that nvcc is missing, and name the setting', async () => {
    const folder = await folderWith({ 'a.cu': classic, 'b.cu': classic });
    const server = await start({ settings: { cuda: { path: path.join(folder, 'no toolkit here') } } });
    await server.open(path.join(folder, 'a.cu'), classic);
    const missing = await server.notification<ToolkitMissing>('kernelLens/toolkitMissing');
    expect(missing.setting).toBe('kernelLens.cuda.path');
    expect(missing.message).toContain('kernelLens.cuda.path');
    await server.open(path.join(folder, 'b.cu'), classic);
    await server.lenses(URI.file(path.join(folder, 'b.cu')).toString());
    expect(server.notifications.filter(({ method }) => method === 'kernelLens/toolkitMissing')).toHaveLength(1);
  });

  it('do not come from an untrusted workspace: the lint only', async () => {
    const text = classic.replace('256>>>', '2048>>>').replace('B[i]', 'Bogus');
    const folder = await folderWith({ 'a.cu': text });
    const server = await start({ initializationOptions: { trusted: false } });
    const uri = await server.open(path.join(folder, 'a.cu'), text);
    const all = await server.diagnosticsOf(uri, (list) => list.length > 0);
    expect(all.map((d) => d.code)).toContain('block-too-large');
    expect(await server.lenses(uri)).toEqual([]);
    if (!nvcc) return;
    await server.connection.sendNotification('kernelLens/trustGranted');
    const trusted = await server.diagnosticsOf(uri, (list) => list.some(fromNvcc));
    expect(trusted.map((d) => d.message)).toContain('identifier "Bogus" is undefined');
  });
});
