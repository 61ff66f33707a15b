/** Runs kernels and programs: chooses the place, turns what goes wrong into an answer. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { ProgramLaunch, ProgramResult, RunResult } from '../../../protocol/src';
import type { LaunchPlan } from '../../../protocol/src';
import type { Toolkit } from '../toolchain';
import { answered } from './answered';
import type { RunContext, SourceText } from './backend';
import { withCheck } from './check/against-cpu';
import { runKernelOnCpu, runProgramOnCpu } from './cpu';
import { disposeGpuRunner, queryDevices, runKernelOnGpu, runProgramOnGpu } from './gpu';

export type { ProcessInput } from '../process';
export { answered } from './answered';
export type { RunContext, SourceText } from './backend';
export { errorText } from './check/comparison';
export { withDefaultCheck } from './check/tolerance';
export { findCppCompiler } from './cpu';
export { queryDevices, queryGpu, queryGpus } from './gpu';
export { instantiationOf } from './gpu/instantiate';
export { prepareKernel, prepareProgram, type PreparedRun } from './gpu/prepare';
export {
  bestLaunch,
  candidatesOf,
  chooseLaunch,
  launchesIn,
  type LaunchingFile,
  knownOf,
  plannedInstantiation,
  plannedKernel,
  planLaunch,
  type PlanRequest,
} from './plan';

export type DeviceChoice = 'auto' | 'gpu' | 'cpu';

export interface RunProgramRequest {
  /** How a whole program is started; says nothing about a kernel. */
  readonly launch?: ProgramLaunch;
  readonly source: SourceText;
  readonly device: DeviceChoice;
  /** Setting `run.gpu`: which GPU, where there are several; absent: `auto`. */
  readonly gpu?: string;
  /** Undefined where no nvcc was found. */
  readonly toolkit: Toolkit | undefined;
  /** Setting `run.cppCompiler`, for runs on the CPU. */
  readonly compiler: string;
}

export interface RunKernelRequest extends RunProgramRequest {
  readonly plan: LaunchPlan;
  readonly coldCache: boolean;
  /** Milliseconds of measuring on a GPU; absent: what a run of its own takes. */
  readonly budgetMs?: number;
}

export async function runKernel(request: RunKernelRequest, context: RunContext): Promise<RunResult> {
  return answered(async () => {
    const result = await runSource(request, context);
    const { around, file } = request.source;
    if (result.status !== 'buildFailed' || result.disk === true || around === undefined) return result;
    // A header may take types and sizes from what stands before its #include.
    const whole = await runSource({ ...request, source: around }, context);
    if (whole.status === 'buildFailed' || whole.status === 'unsupported') return result;
    if (whole.status !== 'ok') return whole;
    const note = l10n.t(
      '{0} does not compile by itself, so {1}, which includes it, was compiled.',
      path.basename(file),
      path.basename(around.file),
    );
    return { ...whole, notes: [...whole.notes, note] };
  });
}

async function runSource(request: RunKernelRequest, context: RunContext): Promise<RunResult> {
  const place = await chooseDevice(request);
  if (place.kind === 'gpu') {
    return withCheck(request, context, (results) =>
      runKernelOnGpu({ ...request, toolkit: place.toolkit, ...(results === undefined ? {} : { results }) }, context),
    );
  }
  if (place.kind === 'cpu') return runKernelOnCpu(request, context);
  return { status: 'noDevice', message: place.why, plan: request.plan };
}

export async function runProgram(request: RunProgramRequest, context: RunContext): Promise<ProgramResult> {
  return answered(async () => {
    const place = await chooseDevice(request);
    if (place.kind === 'gpu') {
      return runProgramOnGpu({ ...request, toolkit: place.toolkit }, context);
    }
    if (place.kind === 'cpu') {
      const { launch } = request;
      if (launch?.program === undefined) return runProgramOnCpu(request, context);
      return {
        status: 'noDevice',
        message: l10n.t(
          '{0} was built for a GPU, and there is none here. Without "program", the file itself runs on the CPU.',
          launch.program,
        ),
      };
    }
    return { status: 'noDevice', message: place.why };
  });
}

/** Ends what is kept warm between runs; resolves when its files are gone. */
export async function disposeRunners(): Promise<void> {
  await disposeGpuRunner();
}

type Place =
  | { readonly kind: 'gpu'; readonly toolkit: Toolkit }
  | { readonly kind: 'cpu' }
  | { readonly kind: 'none'; readonly why: string };

/** `auto` is the GPU where one can be used and the CPU elsewhere; asked for by name, a GPU that is missing is said to be. */
export async function chooseDevice({ device, toolkit }: Pick<RunProgramRequest, 'device' | 'toolkit'>): Promise<Place> {
  if (device === 'cpu') return { kind: 'cpu' };
  if (toolkit === undefined) {
    if (device === 'auto') return { kind: 'cpu' };
    return {
      kind: 'none',
      why: l10n.t(
        'A run on the GPU needs nvcc, which was not found. Install the CUDA Toolkit or set kernelLens.cuda.path.',
      ),
    };
  }
  const answer = await queryDevices();
  if ('devices' in answer && answer.devices.length > 0) return { kind: 'gpu', toolkit };
  if (device === 'auto') return { kind: 'cpu' };
  return {
    kind: 'none',
    why: 'reason' in answer ? answer.reason : l10n.t('The NVIDIA driver lists no GPU. Check nvidia-smi.'),
  };
}
