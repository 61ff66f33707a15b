import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import { TestClient } from './client';
import { classic, folderWith, has, processesWith } from './files';

const endless = '__global__ void spin(volatile int* flag) {\n  while (flag[0] >= 0) {\n  }\n}\n';

/** Ends the server without a chance to tidy up. */
async function kill(server: TestClient): Promise<void> {
  const ended = new Promise((resolve) => server.process.once('exit', resolve));
  server.process.kill('SIGKILL');
  await ended;
  server.connection.dispose();
}

it.skipIf(process.platform === 'win32')(
  'leaves no process and no private folder',
  async (context: TestContext) => {
    context.skip(!(await has('nvcc')), 'nvcc is not installed');
    const folder = await folderWith({ 'a.cu': classic, 'b.cu': endless });
    const temporary = path.join(folder, 'tmp');
    const cacheDirectory = path.join(folder, 'cache');
    await Promise.all([mkdir(temporary), mkdir(cacheDirectory)]);
    const server = await TestClient.start({
      env: { TMPDIR: temporary },
      settings: { run: { device: 'cpu', timeLimit: 600 } },
      initializationOptions: { cacheDirectory },
    });
    const running = async () => (await processesWith(folder)).join('\n');
    const uri = await server.open(path.join(folder, 'b.cu'), endless);
    server.connection.sendRequest('kernelLens/runKernel', { uri, kernel: 'spin' }).catch(() => undefined);
    await expect.poll(running, { timeout: 120_000 }).toContain(path.join(cacheDirectory, 'cpu-builds'));
    const edited = await server.open(path.join(folder, 'a.cu'), classic);
    if (process.platform === 'linux') {
      // Once they are verified, the front ends of both passes and their preprocessors wait for the text.
      const waiting = /^(?=[^]*cudafe\+\+)(?=[^]*cicc)(?=[^]*cc1plus[^\n]*main\.cu)/;
      // A save starts the check anew: the next comes only after the last one had time to end.
      let saved = 0;
      const afterSave = async () => {
        if (Date.now() - saved > 20_000) {
          await server.save(edited);
          saved = Date.now();
        }
        return running();
      };
      await expect.poll(afterSave, { timeout: 240_000, interval: 300 }).toMatch(waiting);
      // What answers the last check has ended.
      const idle = new RegExp(`${waiting.source}(?![^]*\\bnvcc )`);
      await expect.poll(running, { timeout: 60_000, interval: 300 }).toMatch(idle);
    }
    expect((await readdir(temporary)).length).toBeGreaterThan(0);

    await kill(server);
    await expect.poll(() => processesWith(folder), { timeout: 30_000 }).toEqual([]);
    await expect.poll(() => readdir(temporary), { timeout: 30_000 }).toEqual([]);
    expect((await readdir(cacheDirectory)).filter((name) => name.startsWith('kernel-lens-'))).toEqual([]);
  },
  600_000,
);
