/** One job: load, fill, launch once, measure. */
import { writeSync } from 'node:fs';
import type { ClockReading, FailedStage, FromRunner, KernelFacts, RunJob } from '../messages';
import { ActivityClock } from './activity';
import { limitsOf } from './devices';
import { DriverError, PlanMismatch, result, type Driver } from './driver';
import { Inspection } from './inspection';
import { launcherOf, materialize } from './launch';
import { Sampler } from './measure';
import type { Nvml } from './nvml';
import { writeResults } from './results';
import type { Session } from './session';

type Answer = Extract<FromRunner, { type: 'measured' | 'failed' }>;

/** `CU_JIT_ERROR_LOG_BUFFER` and its size. */
const jitErrorLog = 5;
const jitErrorLogBytes = 6;

export async function runJob(
  driver: Driver,
  session: Session,
  nvml: Nvml | undefined,
  id: number,
  job: RunJob,
  onLaunching: () => void,
): Promise<Answer> {
  const { stream } = session;
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
    const loaded = { driver, stream, module, image: job.image, kernel };
    const { memory, parameters, free } = materialize(loaded, job, { guards: true });
    cleanUp.push(free);
    const restored = memory.keepBackups();
    const inspection = new Inspection(driver, stream, session.helpers, memory);
    driver.call('cuCtxSynchronize');

    stage = 'launch';
    const launching = launcherOf(loaded, job, parameters);
    cleanUp.push(launching.free);
    const { launch } = launching;
    facts = factsOf(driver, kernel, job);
    const cold = job.coldCache && session.flush !== undefined;
    const launcher = {
      prepare: () => {
        memory.restore();
        // Reading through the cache takes tens of microseconds: time to enqueue the sample behind it.
        session.flush?.enqueue(stream);
        if (!cold) {
          launch();
          memory.restore();
        }
      },
      launch,
      kernelsBefore: (session.flush?.kernels ?? 0) + (cold ? 0 : 1),
    };
    const { uuid, eventOverhead } = session;
    const clocks: ClockReading[] = [];
    const observe = () => {
      const reading = uuid === undefined ? undefined : nvml?.clocks(uuid);
      if (reading !== undefined) clocks.push(reading);
    };
    const activity = activityClock(driver, job.activityLibrary);
    const sampler = new Sampler(driver, stream, launcher, { eventOverhead, activity, observe });
    cleanUp.push(() => sampler.free());

    onLaunching();
    const first = await sampler.single(() => (stage = 'execute'));
    driver.call('cuCtxSynchronize');
    endFirstOutput(driver, job.marker);
    inspection.afterFirstLaunch();
    const resultsProblem = job.results === undefined ? undefined : writeResults(driver, memory, job.results);
    const { samples, ...sampling } = await sampler.measure(first, job.budgetMs, job.patienceMs);
    driver.call('cuCtxSynchronize');
    return {
      type: 'measured',
      id,
      samples,
      findings: inspection.findings(),
      ...(resultsProblem === undefined ? {} : { resultsProblem }),
      sampling,
      clocks,
      state: (uuid && nvml?.limits(uuid)) || {},
      coldCache: cold,
      restored,
      eventOverhead,
      facts,
      limits,
    };
  } catch (error) {
    if (!(error instanceof DriverError || error instanceof PlanMismatch)) throw error;
    endFirstOutput(driver, job.marker);
    const known = { limits, ...(facts === undefined ? {} : { facts }) };
    if (error instanceof PlanMismatch) {
      return { type: 'failed', id, stage: 'plan', code: 0, name: '', detail: error.message, ...known };
    }
    return {
      type: 'failed',
      id,
      stage,
      code: error.code,
      name: error.errorName,
      detail: error.detail,
      ...known,
    };
  } finally {
    for (const step of cleanUp) step();
    if (module !== undefined) driver.raw.cuModuleUnload(module);
  }
}

let opened: { readonly library: string; readonly clock: ActivityClock | undefined } | undefined;

/** Loaded once a process. */
function activityClock(driver: Driver, library: string | undefined): ActivityClock | undefined {
  if (library === undefined) return undefined;
  if (opened?.library !== library) opened = { library, clock: ActivityClock.open(driver.koffi, library) };
  return opened.clock;
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
