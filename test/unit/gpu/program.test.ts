/** The environment of a program: which GPU it sees, and what launch.json says of it. */
import { expect, test } from 'vitest';
import type { GpuDevice } from '../../../protocol/src';
import { programEnvironment } from '../../../server/src/runner/gpu/program';

const first: GpuDevice = {
  kind: 'gpu',
  name: 'NVIDIA H100 80GB HBM3',
  index: 0,
  computeCapability: '9.0',
  driverVersion: '13.0',
  multiprocessors: 132,
  memory: 80 * 2 ** 30,
  uuid: 'GPU-8c4a3f1e-0000-1111-2222-333344445555',
};
const second: GpuDevice = { ...first, index: 1, uuid: 'MIG-0b1c2d3e-0000-1111-2222-333344445555' };

test.each([
  ['0', first],
  ['1', second],
  ['GPU-8c4a', first],
])('a program sees only the GPU that the setting %s names', (gpu, device) => {
  expect(programEnvironment(device, { gpu })).toEqual({ CUDA_VISIBLE_DEVICES: device.uuid });
});

test.each([undefined, 'auto', ''])('%s leaves it all of them', (gpu) => {
  expect(programEnvironment(first, gpu === undefined ? {} : { gpu })).toEqual({});
});

test("launch.json's word is the last about devices, and the trace stays", () => {
  const launch = { env: { CUDA_VISIBLE_DEVICES: '0,1', DEPTH: '3' } };
  expect(programEnvironment(second, { gpu: '1', launch }, { CUDA_INJECTION64_PATH: '/cache/trace.so' })).toEqual({
    CUDA_VISIBLE_DEVICES: '0,1',
    DEPTH: '3',
    CUDA_INJECTION64_PATH: '/cache/trace.so',
  });
});
