/** One job: load, fill, launch once, measure. */
import { writeSync } from 'node:fs';
import type { BufferArgument } from '../../../../../protocol/src';
import type { FailedStage, FromRunner, KernelFacts, RunJob } from '../messages';
import { limitsOf } from './devices';
import { DriverError, functionAttribute, result, type Driver } from './driver';
import { Sampler } from './measure';
import { DeviceMemory } from './memory';
import { encodeParameters } from './parameters';
import type { Session } from './session';

type Answer = Extract<FromRunner, { type: 'measured' | 'failed' }>;

/** Dynamic shared memory above this is granted only to a kernel that asks for it. */
const sharedWithoutAsking = 48 * 1024;

/** `CU_JIT_ERROR_LOG_BUFFER` and its size. */
const jitErrorLog = 5;
const jitErrorLogBytes = 6;

export async function runJob(
  driver: Driver,
  session: Session,
  id: number,
  job: RunJob,
  onLaunching: () => void,
): Promise<Answer> {
  const { stream } = session;
  const memory = new DeviceMemory(driver, stream);
  const limits = limitsOf(driver, session.device);
  let stage: FailedStage = 'load';
  let module: bigint | undefined;
  let facts: KernelFacts | undefined;
  const cleanUp: (() => void)[] = [];
  try {
    module = loadModule(driver, job.image);
    const kernel = driver.handle('cuModuleGetFunction', module, job.symbol);
    facts = factsOf(driver, kernel, job);

    stage = 'allocate';
    const planned = job.arguments.filter((argument): argument is BufferArgument => argument.kind === 'buffer');
    const buffers = memory.createBuffers(planned);
    const parameters = encodeParameters(driver, kernel, job.arguments, buffers);
    cleanUp.push(() => parameters.free());
    const restored = memory.keepBackups(buffers);
    driver.call('cuCtxSynchronize');

    stage = 'launch';
    const [gx, gy, gz] = job.grid;
    const [bx, by, bz] = job.block;
    if (job.sharedBytes > sharedWithoutAsking - facts.staticSharedBytes) {
      driver.call('cuFuncSetAttribute', kernel, functionAttribute.maxDynamicSharedBytes, job.sharedBytes);
      facts = factsOf(driver, kernel, job);
    }
    const shape = [kernel, gx, gy, gz, bx, by, bz, job.sharedBytes, stream, parameters.pointers] as const;
    const launch = job.cooperative
      ? () => driver.call('cuLaunchCooperativeKernel', ...shape)
      : () => driver.call('cuLaunchKernel', ...shape, null);
    const cold = job.coldCache && session.flush !== undefined;
    const sampler = new Sampler(driver, stream, session.eventOverhead, {
      prepare: () => {
        memory.restore(buffers.values());
        // Reading through the cache takes tens of microseconds: time to enqueue the sample behind it.
        session.flush?.enqueue(stream);
        if (!cold) {
          launch();
          memory.restore(buffers.values());
        }
      },
      launch,
    });
    cleanUp.push(() => sampler.free());

    onLaunching();
    const first = await sampler.single(() => (stage = 'execute'));
    driver.call('cuCtxSynchronize');
    endFirstOutput(driver, job.marker);
    const samples = await sampler.measure(first, job.budgetMs);
    return {
      type: 'measured',
      id,
      samples,
      coldCache: cold,
      restored,
      eventOverhead: session.eventOverhead,
      facts,
      limits,
    };
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    endFirstOutput(driver, job.marker);
    return {
      type: 'failed',
      id,
      stage,
      code: error.code,
      name: error.errorName,
      detail: error.detail,
      limits,
      ...(facts === undefined ? {} : { facts }),
    };
  } finally {
    for (const step of cleanUp) step();
    memory.free();
    if (module !== undefined) driver.raw.cuModuleUnload(module);
  }
}

function loadModule(driver: Driver, image: Uint8Array): bigint {
  const logBytes = 4096;
  const log = driver.koffi.alloc('uint8_t', logBytes);
  try {
    const text = new Uint8Array(driver.koffi.view(log, logBytes)).fill(0);
    const options = Buffer.alloc(8);
    options.writeInt32LE(jitErrorLog, 0);
    options.writeInt32LE(jitErrorLogBytes, 4);
    const values = Buffer.alloc(16);
    values.writeBigUInt64LE(log, 0);
    values.writeBigUInt64LE(BigInt(logBytes), 8);
    const module = Buffer.alloc(8);
    const code = driver.raw.cuModuleLoadDataEx(module, image, 2, options, values);
    if (code === result.success) return module.readBigUInt64LE();
    throw driver.error(code, 'cuModuleLoadDataEx', Buffer.from(text.slice(0, text.indexOf(0))).toString('utf8'));
  } finally {
    driver.koffi.free(log);
  }
}

function factsOf(driver: Driver, kernel: bigint, job: RunJob): KernelFacts {
  const [x, y, z] = job.block;
  const blocks = Buffer.alloc(4);
  // A block that is too large has no occupancy; the launch itself will say so.
  driver.raw.cuOccupancy(blocks, kernel, x * y * z, job.sharedBytes);
  return {
    registersPerThread: driver.functionAttribute('registers', kernel),
    staticSharedBytes: driver.functionAttribute('staticSharedBytes', kernel),
    localBytesPerThread: driver.functionAttribute('localBytes', kernel),
    constantBytes: driver.functionAttribute('constantBytes', kernel),
    maxThreadsPerBlock: driver.functionAttribute('maxThreadsPerBlock', kernel),
    blocksPerMultiprocessor: blocks.readInt32LE(),
  };
}

/**
 * Device printf goes through the C library's buffer, which a pipe delays: it is emptied, and the marker behind it tells
 * the server where the first launch's output ends.
 */
function endFirstOutput(driver: Driver, marker: string): void {
  driver.flushStandardOutput();
  writeSync(1, marker);
}
