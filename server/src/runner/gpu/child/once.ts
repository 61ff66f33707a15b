/**
 * Launches one kernel a few times for a tool that watches the process (a profiler, a memory checker): no channel to a
 * server, no timing, no kernels of our own. `gpu-once.js <job file>`; the job is a `OnceJob` in JSON.
 */
import { readFileSync } from 'node:fs';
import type { BufferArgument } from '../../../../../protocol/src';
import { onceFailure, type OnceFailure, type OnceJob } from '../once-job';
import { initialize } from './devices';
import { Driver, DriverError, functionAttribute, NoDriver } from './driver';
import { DeviceMemory } from './memory';
import { encodeParameters } from './parameters';

/** Dynamic shared memory above this is granted only to a kernel that asks for it. */
const sharedWithoutAsking = 48 * 1024;

function main(file: string | undefined): void {
  if (file === undefined) throw new Error('gpu-once takes the path of a job file.');
  const job = JSON.parse(readFileSync(file, 'utf8')) as OnceJob;
  const driver = new Driver();
  initialize(driver);
  const device = driver.int('cuDeviceGet', job.device);
  driver.call('cuCtxSetCurrent', driver.handle('cuDevicePrimaryCtxRetain', device));
  const stream = driver.handle('cuStreamCreate', 0);

  const module = driver.handle('cuModuleLoadData', readFileSync(job.image));
  const kernel = driver.handle('cuModuleGetFunction', module, job.symbol);
  const memory = new DeviceMemory(driver, stream);
  const planned = job.arguments.filter((argument): argument is BufferArgument => argument.kind === 'buffer');
  const buffers = memory.createBuffers(planned);
  const parameters = encodeParameters(driver, kernel, job.arguments, buffers);
  if (job.launches > 1) memory.keepBackups(buffers);
  if (job.sharedBytes > sharedWithoutAsking - driver.functionAttribute('staticSharedBytes', kernel)) {
    driver.call('cuFuncSetAttribute', kernel, functionAttribute.maxDynamicSharedBytes, job.sharedBytes);
  }
  driver.call('cuCtxSynchronize');

  const shape = [kernel, ...job.grid, ...job.block, job.sharedBytes, stream, parameters.pointers] as const;
  for (let launch = 0; launch < job.launches; launch++) {
    if (launch > 0) memory.restore(buffers.values());
    driver.call('cuCtxSynchronize');
    driver.call('cuProfilerStart');
    if (job.cooperative) driver.call('cuLaunchCooperativeKernel', ...shape);
    else driver.call('cuLaunchKernel', ...shape, null);
    driver.call('cuCtxSynchronize');
    driver.call('cuProfilerStop');
  }
  // A memory checker counts what was never freed.
  parameters.free();
  memory.free();
  driver.call('cuModuleUnload', module);
  driver.call('cuDevicePrimaryCtxRelease', device);
  driver.flushStandardOutput();
}

function failureOf(error: unknown): OnceFailure | undefined {
  if (error instanceof NoDriver) return { kind: 'noDriver', message: error.message };
  if (!(error instanceof DriverError)) return undefined;
  return {
    kind: 'driver',
    call: error.call,
    code: error.code,
    name: error.errorName,
    ...(error.detail === '' ? {} : { detail: error.detail }),
  };
}

try {
  main(process.argv[2]);
} catch (error) {
  const failure = failureOf(error);
  if (failure === undefined) throw error;
  process.stderr.write(`\n${onceFailure}${JSON.stringify(failure)}\n`);
  process.exitCode = 1;
}
