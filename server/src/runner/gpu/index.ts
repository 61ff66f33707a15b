/** Runs kernels and programs on this machine's NVIDIA GPU. */
import type { GpuDevice, ProgramResult, RunResult } from '../../../../protocol/src';
import type { GpuRunRequest, RunContext } from '../backend';
import { buildKernel } from './build';
import { buildAndRunProgram } from './program';
import { report } from './report';
import { GpuRunner, type DevicesOutcome } from './runner';

export type { DevicesOutcome } from './runner';
export type GpuProgramRequest = Omit<GpuRunRequest, 'plan' | 'coldCache'>;

/** Milliseconds of measuring, once the first launch is done. */
const measureBudgetMs = 1500;
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

/** Ends the warm runner process. */
export function disposeGpuRunner(): void {
  runner?.dispose();
  runner = undefined;
  known = undefined;
}

export async function runKernelOnGpu(request: GpuRunRequest, context: RunContext): Promise<RunResult> {
  const { plan, coldCache } = request;
  const device = await firstDevice();
  if ('reason' in device) return { status: 'noDevice', message: device.reason, plan };
  if (context.signal.aborted) return { status: 'cancelled', message: 'Cancelled.', plan, device };

  context.onProgress?.('build', `Building ${plan.kernel} for ${device.name}`);
  const built = await buildKernel({ ...request, computeCapability: device.computeCapability }, context);
  if (built.status !== 'ok') return { ...built, device };

  context.onProgress?.('run', `Running ${plan.kernel} on ${device.name}`);
  const timeLimitMs = context.timeLimit * 1000;
  const outcome = await theRunner().run(
    {
      device: device.index,
      image: built.image,
      symbol: built.symbol,
      grid: plan.grid,
      block: plan.block,
      sharedBytes: plan.sharedBytes,
      cooperative: plan.cooperative ?? false,
      arguments: plan.arguments,
      coldCache,
      budgetMs: Math.min(measureBudgetMs, timeLimitMs / 2),
    },
    {
      signal: context.signal,
      timeLimitMs,
      ...(context.onOutput === undefined ? {} : { onOutput: context.onOutput }),
    },
  );
  return report(outcome, { plan, device, coldCache, buildTime: built.buildTime, timeLimit: context.timeLimit });
}

export async function runProgramOnGpu(request: GpuProgramRequest, context: RunContext): Promise<ProgramResult> {
  const device = await firstDevice();
  if ('reason' in device) return { status: 'noDevice', message: device.reason };
  return buildAndRunProgram(request, device, context);
}

async function firstDevice(): Promise<GpuDevice | { readonly reason: string }> {
  const answer = await queryDevices();
  if ('reason' in answer) return answer;
  return answer.devices[0] ?? { reason: 'The NVIDIA driver is installed but lists no GPU. Check nvidia-smi.' };
}
