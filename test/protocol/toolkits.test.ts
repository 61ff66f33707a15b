import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { URI } from 'vscode-uri';
import { afterEach, describe, expect, it } from 'vitest';
import type { ClangdConfigAnswer, Toolkits } from '../../protocol/src';
import { TestClient } from './client';
import { folderWith, has } from './files';

let client: TestClient | undefined;

afterEach(async () => {
  await client?.stop();
  client = undefined;
});

describe('what the editor asks about toolkits', () => {
  it('lists them and marks the one in use', async (ctx) => {
    if (!(await has('nvcc'))) ctx.skip('nvcc is not installed');
    client = await TestClient.start();
    const { toolkits } = await client.connection.sendRequest<Toolkits>('kernelLens/toolkits', {});
    expect(toolkits.filter(({ current }) => current)).toHaveLength(1);
    expect(new Set(toolkits.map(({ root }) => root)).size).toBe(toolkits.length);
  });

  it('starts nothing in a folder that is not trusted', async () => {
    client = await TestClient.start({ initializationOptions: { trusted: false } });
    expect(await client.connection.sendRequest('kernelLens/toolkits', {})).toEqual({ toolkits: [] });
    const folder = URI.file(await folderWith({})).toString();
    const answer = await client.connection.sendRequest('kernelLens/clangdConfig', { folder, stubFolder: '/stubs' });
    expect(answer).toEqual({ message: expect.any(String) });
  });

  it("writes a .clangd with what the project's response files hold", async (ctx) => {
    if (!(await has('nvcc'))) ctx.skip('nvcc is not installed');
    const folder = await folderWith({ 'src/a.cu': '', 'build/a.rsp': '-I../inc -isystem /opt/lib/include' });
    await mkdir(path.join(folder, 'inc'));
    const command = 'nvcc --options-file a.rsp -I../open -arch=sm_86 -c ../src/a.cu';
    await writeFile(
      path.join(folder, 'build/compile_commands.json'),
      JSON.stringify([{ directory: path.join(folder, 'build'), file: '../src/a.cu', command }]),
    );
    client = await TestClient.start({ workspaceFolder: folder });
    const answer = await client.connection.sendRequest<ClangdConfigAnswer>('kernelLens/clangdConfig', {
      folder: URI.file(folder).toString(),
      stubFolder: '/stubs',
    });
    if ('message' in answer) throw new Error(answer.message);
    expect(answer.text).toContain(JSON.stringify(`-I${path.join(folder, 'inc')}`));
    expect(answer.text).toContain('"-isystem/opt/lib/include"');
    expect(answer.text).toContain('--cuda-gpu-arch=sm_86');
    expect(answer.text).not.toContain('/open');
  });
});
