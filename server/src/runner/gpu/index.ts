/** Runs kernels and programs on this machine's NVIDIA GPU. */
import * as l10n from '@vscode/l10n';
import type { GpuChoice, ProgramResult, RunResult } from '../../../../protocol/src';
import type { GpuRunRequest, RunContext } from '../backend';
import { buildKernel, disposeWarmBuilds } from './build';
import { deviceLaunch } from './device-launch';
import { tooLarge } from './fits';
import { kernelClock } from './kernel-clock';
import { buildAndRunProgram, type GpuProgramRequest } from './program';
import { report } from './report';
import { GpuRunner, type DevicesOutcome } from './runner';
import { selectGpu, type GpuSelection } from './select';

export type { DevicesOutcome } from './runner';

/** Milliseconds of measuring, once the first launch is done. */
const measureBudgetMs = 1500;
/** Milliseconds for a few launches of a kernel that takes longer than that by itself. */
const patienceMs = 15_000;
/** A device may be plugged into a container or a laptop at any time, but not twice a minute. */
const devicesFreshMs = 30_000;

let runner: GpuRunner | undefined;
let known: { readonly at: number; readonly answer: Promise<DevicesOutcome> } | undefined;

function theRunner(): GpuRunner {
  return (runner ??= new GpuRunner());
}

/** The devices that can run kernels, or the sentence that says why there are none. Remembered for half a minute. */
export function queryDevices(): Promise<DevicesOutcome> {
  if (known === undefined || performance.now() - known.at > devicesFreshMs) {
    known = { at: performance.now(), answer: theRunner().devices() };
  }
  return known.answer;
}

/** Ends what is kept warm; resolves when its files are gone. */
export async function disposeGpuRunner(): Promise<void> {
  runner?.dispose();
  runner = undefined;
  known = undefined;
  await disposeWarmBuilds();
}

export async function runKernelOnGpu(request: GpuRunRequest, context: RunContext): Promise<RunResult> {
  const { plan, coldCache } = request;
  const device = await queryGpu(request.gpu ?? 'auto');
  if ('reason' in device) return { status: 'noDevice', message: device.reason, plan };
  const memory = tooLarge(plan, device);
  if (memory !== undefined) {
    return { status: 'launchFailed', code: 'CUDA_ERROR_OUT_OF_MEMORY', message: memory, plan, device };
  }
  if (context.signal.aborted) return { status: 'cancelled', message: l10n.t('Cancelled.'), plan, device };

  context.onProgress?.('build', l10n.t('Building {0} for {1}', plan.kernel, device.name));
  // The context takes some 300 ms, and nvcc longer.
  theRunner().prepare(device.index);
  const clock = kernelClock(request.toolkit, context.cacheDirectory);
  const built = await buildKernel({ ...request, computeCapability: device.computeCapability }, context);
  if (built.status !== 'ok') return { ...built, device };

  context.onProgress?.('run', l10n.t('Running {0} on {1}', plan.kernel, device.name));
  const timeLimitMs = context.timeLimit * 1000;
  const activityLibrary = await clock;
  const outcome = await theRunner().run(
    {
      ...deviceLaunch(plan, device.index, built.symbol),
      image: built.image,
      ...(request.results === undefined ? {} : { results: request.results }),
      coldCache,
      budgetMs: Math.min(request.budgetMs ?? measureBudgetMs, timeLimitMs / 2),
      patienceMs: Math.min(patienceMs, timeLimitMs / 2),
      ...(activityLibrary === undefined ? {} : { activityLibrary }),
    },
    {
      signal: context.signal,
      timeLimitMs,
      ...(context.onOutput === undefined ? {} : { onOutput: context.onOutput }),
    },
  );
  built.afterwards();
  const prints = outcome.type === 'timedOut' && Buffer.from(built.image).includes('vprintf');
  const { timeLimit } = context;
  const { buildTime, notes } = built;
  return report(outcome, { plan, device, coldCache, buildTime, timeLimit, prints, notes });
}

export async function runProgramOnGpu(request: GpuProgramRequest, context: RunContext): Promise<ProgramResult> {
  const device = await queryGpu(request.gpu ?? 'auto');
  if ('reason' in device) return { status: 'noDevice', message: device.reason };
  return buildAndRunProgram(request, device, context);
}

/** The device that a run takes, by the setting `run.gpu`. */
export async function queryGpu(wish: string): Promise<GpuSelection> {
  const answer = await queryDevices();
  return 'reason' in answer ? answer : selectGpu(answer.devices, wish);
}

/** Every device with what it is busy with now. */
export async function queryGpus(wish: string): Promise<readonly GpuChoice[] | { readonly reason: string }> {
  const answer = await queryDevices();
  if ('reason' in answer) return answer;
  const states = await theRunner().states();
  const chosen = selectGpu(answer.devices, wish);
  return answer.devices.map((device, index) => ({ device, state: states[index] ?? {}, chosen: device === chosen }));
}
