/**
 * Launches one kernel a few times for a tool that watches the process (a profiler, a memory checker): no channel to a
 * server, no timing, no kernels of our own. `gpu-once.js <job file>`; the job is a `OnceJob` in JSON.
 */
import './language';
import { readFileSync, writeFileSync } from 'node:fs';
import { onceFailure, placedMemoryFile, type OnceFailure, type OnceJob, type PlacedMemory } from '../once-job';
import { initialize } from './devices';
import { Driver, DriverError, NoDriver, PlanMismatch } from './driver';
import { launcherOf, materialize } from './launch';

function main(file: string | undefined): void {
  if (file === undefined) throw new Error('gpu-once takes the path of a job file.');
  const job = JSON.parse(readFileSync(file, 'utf8')) as OnceJob;
  const driver = new Driver();
  initialize(driver);
  const device = driver.int('cuDeviceGet', job.device);
  driver.call('cuCtxSetCurrent', driver.handle('cuDevicePrimaryCtxRetain', device));
  const stream = driver.handle('cuStreamCreate', 0);

  const image = readFileSync(job.image);
  const module = driver.handle('cuModuleLoadData', image);
  const kernel = driver.handle('cuModuleGetFunction', module, job.symbol);
  const loaded = { driver, stream, module, image, kernel };
  const { memory, parameters, free } = materialize(loaded, job, { guards: false });
  // A memory checker speaks of addresses; this is what they are.
  const placed = memory.buffers.map(({ planned: { name, element }, address, bytes }): PlacedMemory => {
    return { name, address: address.toString(), bytes, elementBytes: element.bytes };
  });
  writeFileSync(placedMemoryFile(file), JSON.stringify(placed));
  if (job.launches > 1) memory.keepBackups();
  const launcher = launcherOf(loaded, job, parameters);
  driver.call('cuCtxSynchronize');

  for (let launch = 0; launch < job.launches; launch++) {
    if (launch > 0) memory.restore();
    driver.call('cuCtxSynchronize');
    driver.call('cuProfilerStart');
    launcher.launch();
    driver.call('cuCtxSynchronize');
    driver.call('cuProfilerStop');
  }
  // A memory checker counts what was never freed.
  launcher.free();
  free();
  driver.call('cuModuleUnload', module);
  driver.call('cuDevicePrimaryCtxRelease', device);
  driver.flushStandardOutput();
}

function failureOf(error: unknown): OnceFailure | undefined {
  if (error instanceof NoDriver) return { kind: 'noDriver', message: error.message };
  if (error instanceof PlanMismatch) return { kind: 'plan', message: error.message };
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
