import { execFile } from 'node:child_process';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { URI } from 'vscode-uri';
import { afterEach, describe, expect, it } from 'vitest';
import type { BuildCommandAnswer, BuildCommandParams } from '../../protocol/src';
import { TestClient } from './client';
import { classic, folderWith, has } from './files';

let client: TestClient | undefined;

afterEach(async () => {
  await client?.stop();
  client = undefined;
});

async function ask(file: string, params: Omit<BuildCommandParams, 'uri'> = {}): Promise<BuildCommandAnswer> {
  client ??= await TestClient.start({
    settings: { diagnostics: { nvcc: 'off' } },
    workspaceFolder: path.dirname(file),
  });
  return client.connection.sendRequest('kernelLens/buildCommand', { uri: URI.file(file).toString(), ...params });
}

describe('the build task', () => {
  it('compiles as the project does, and the command builds the program', async (ctx) => {
    if (!(await has('nvcc'))) ctx.skip('nvcc is not installed');
    const folder = await folderWith({ 'a.cu': `#include "size.h"\n${classic.replace('1024', 'SIZE * SCALE')}` });
    const database = [{ directory: folder, file: 'a.cu', command: 'nvcc -Iinc -DSCALE=4 -arch=sm_80 -c a.cu -o a.o' }];
    await mkdir(path.join(folder, 'inc'));
    await writeFile(path.join(folder, 'inc/size.h'), '#define SIZE 256\n');
    await writeFile(path.join(folder, 'compile_commands.json'), JSON.stringify(database));

    const command = await ask(path.join(folder, 'a.cu'), { lineinfo: true });
    if ('message' in command) throw new Error(command.message);
    expect(command.args).toEqual(expect.arrayContaining(['-arch=sm_80', '-lineinfo', '-DSCALE=4']));
    await promisify(execFile)(command.nvcc, command.args, { cwd: command.cwd });
    expect(command.output).toBe(path.join(folder, 'a'));
    expect((await stat(path.join(folder, 'a'))).isFile()).toBe(true);
  });

  it('says why there is no command', async () => {
    const folder = await folderWith({ 'a.cu': classic });
    expect(await ask(path.join(folder, 'absent.cu'))).toEqual({ message: expect.stringContaining('absent.cu') });
    await client?.configure({ cuda: { path: path.join(folder, 'nothing') }, diagnostics: { nvcc: 'off' } });
    expect(await ask(path.join(folder, 'a.cu'))).toEqual({ message: expect.stringContaining('kernelLens.cuda.path') });
  });
});
