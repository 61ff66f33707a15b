/** Which GPU there is, which one is chosen and what it is busy with, from a driver's answers through to the client. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Environment, GpusAnswer, RunResult } from '../../protocol/src';
import { root, TestClient } from './client';
import { classic, folderWith, has } from './files';

const possible = process.platform === 'linux' && (await has('g++')) && (await has('nvcc'));
let folder = '';
let client: TestClient | undefined;

beforeAll(async () => {
  if (!possible) return;
  folder = await mkdtemp(path.join(os.tmpdir(), 'kernel-lens-driver-'));
  const source = path.join(root, 'test/support/stand-in-driver/driver.cpp');
  for (const name of ['libcuda.so.1', 'libnvidia-ml.so.1']) {
    await promisify(execFile)('g++', ['-shared', '-fPIC', '-o', path.join(folder, name), source]);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(async () => {
  await client?.stop();
  client = undefined;
});

async function start(gpus: string, gpu = 'auto'): Promise<TestClient> {
  return (client = await TestClient.start({
    env: { LD_LIBRARY_PATH: folder, KERNEL_LENS_STAND_IN: gpus },
    settings: { diagnostics: { nvcc: 'off' }, run: { gpu } },
  }));
}

const gpusOf = async (server: TestClient) => {
  const answer = await server.connection.sendRequest<GpusAnswer>('kernelLens/gpus');
  return 'gpus' in answer ? answer.gpus : [];
};

describe.skipIf(!possible)('the GPUs of a machine', () => {
  it('are listed with memory, use and other programs, and the setting chooses by the beginning of a UUID', async () => {
    const server = await start('h100,busy', 'gpu-1A11');
    const [h100, busy] = await gpusOf(server);
    expect(h100).toMatchObject({
      chosen: false,
      device: { index: 0, uuid: 'GPU-768e4135-6bda-2135-412b-6d19cc8af0c4', computeCapability: '9.0' },
      state: { memoryFree: 85_017_493_504, utilization: 0, temperature: 45, power: 72.95, processes: 0, mig: false },
    });
    expect(h100?.device.peakBandwidth).toBeCloseTo(3.35e12, -10);
    expect(busy).toMatchObject({
      chosen: true,
      device: { index: 1, name: 'NVIDIA RTX A6000', computeCapability: '8.6' },
      state: { memoryTotal: 51_041_271_808, memoryFree: 3_221_225_472, utilization: 97, processes: 2, maxClock: 1800 },
    });
    const { device } = await server.notification<Environment>('kernelLens/environment', (now) => !!now.device);
    expect(device).toMatchObject({ name: 'NVIDIA RTX A6000', index: 1, state: { utilization: 97 } });
  });

  it('may be parts: their memory is their own, their clocks the whole one’s, and their use is not known', async () => {
    const [part] = await gpusOf(await start('mig', 'MIG-7ed5'));
    expect(part).toMatchObject({
      chosen: true,
      device: { uuid: 'MIG-7ed51642-1111-5222-8333-444444444444', memory: 5_100_273_664 },
      state: { mig: true, memoryFree: 5_087_690_752, temperature: 40, maxClock: 1410 },
    });
    expect(part?.state.utilization).toBeUndefined();
  });

  it.each([
    ['7', /asks for GPU 7.*0 \(NVIDIA H100/],
    ['GPU-f', /beginning of no GPU's UUID/],
    ['MIG-0000', /one MIG part.*CUDA_VISIBLE_DEVICES=MIG-0000/],
  ])('are never another than the setting %s asks for', async (wish, reason) => {
    const server = await start('h100,busy', wish);
    const uri = await server.open(path.join(await folderWith({}), 'a.cu'), classic);
    expect((await gpusOf(server)).some(({ chosen }) => chosen)).toBe(false);
    expect(
      await server.connection.sendRequest<RunResult>('kernelLens/runKernel', { uri, kernel: 'vectorAdd' }),
    ).toMatchObject({ status: 'noDevice', message: expect.stringMatching(reason) });
  });

  it('refuse a plan that is larger than their memory before anything is built, with the sum', async () => {
    const server = await start('mig');
    const text = `// kernel-lens: N=1<<30\n${classic.slice(classic.indexOf('__global__'))}`;
    const uri = await server.open(path.join(await folderWith({}), 'a.cu'), text);
    expect(
      await server.connection.sendRequest<RunResult>('kernelLens/runKernel', { uri, kernel: 'vectorAdd' }),
    ).toMatchObject({
      status: 'launchFailed',
      code: 'CUDA_ERROR_OUT_OF_MEMORY',
      message: expect.stringMatching(
        /take 12\.0 GiB \(A 4\.00 GiB \+ B 4\.00 GiB \+ C 4\.00 GiB\), and .*MIG 1g\.5gb has 4\.75 GiB/,
      ),
    });
  });

  it('that are none are told as the driver says', async () => {
    const server = await start('');
    const answer = await server.connection.sendRequest<GpusAnswer>('kernelLens/gpus');
    expect(answer).toMatchObject({ message: expect.stringContaining('CUDA_VISIBLE_DEVICES does not hide it') });
  });
});
