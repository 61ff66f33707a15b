/** The environment of a program: which GPU it sees, and what launch.json says of it. */
import path from 'node:path';
import { expect, test } from 'vitest';
import type { GpuDevice } from '../../../protocol/src';
import { runProcess } from '../../../server/src/process';
import { conversational } from '../../../server/src/runner/gpu/conversation';
import { programEnvironment } from '../../../server/src/runner/gpu/program';
import { folderWith, has } from '../../protocol/files';

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

test.skipIf(process.platform !== 'linux' || !(await has('g++')))('a question comes before its answer', async () => {
  const source =
    '#include <cstdio>\nint main() { char n[9]; printf("Who? "); scanf("%8s", n); printf("Hello, %s.\\n", n); }\n';
  const folder = await folderWith({ 'ask.cpp': source });
  const program = path.join(folder, 'ask');
  await runProcess('g++', [path.join(folder, 'ask.cpp'), '-o', program], { timeLimitMs: 60_000 });
  const { file, args, env } = conversational(program, []);
  let output = '';
  let answer = () => {};
  const result = await runProcess(file, args, {
    env,
    timeLimitMs: 20_000,
    onStart: (input) => (answer = () => input.write('Ada\n')),
    onOutput: (text) => {
      output += text;
      if (output === 'Who? ') answer();
    },
  });
  expect(result).toMatchObject({ status: 'exited', code: 0 });
  expect(output).toBe('Who? Hello, Ada.\n');
});

test('what cannot be run is started as it is', () => {
  expect(conversational('/nowhere/program', ['-n'])).toEqual({ file: '/nowhere/program', args: ['-n'], env: {} });
});
