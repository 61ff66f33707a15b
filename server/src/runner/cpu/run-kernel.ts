/** *Run Kernel* on the CPU. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type {
  CheckRequest,
  Comparison,
  CpuDevice,
  Finding,
  LaunchPlan,
  RunFailure,
  RunResult,
} from '../../../../protocol/src';
import type { ProcessResult } from '../../process';
import { diskProblem } from '../../toolchain';
import type { CpuRunRequest, RunContext } from '../backend';
import { comparisonOf } from '../check/comparison';
import { inputChanged, notFinite, sizeMismatch } from '../check/findings';
import { plannedMemory, type PlannedMemory } from '../planned-memory';
import { keptSamples, timeStatistics } from '../statistics';
import { driverSource } from './driver';
import { execute, type Execution } from './execute';
import { executionFailure } from './outcome';
import { prepare, type Prepared } from './prepare';
import type { Report } from './report';

const timeNote = () => l10n.t('Ran on the CPU, with memory checks: the time says nothing about a GPU.');
const uncheckedTimeNote = () => l10n.t('Ran on the CPU: the time says nothing about a GPU.');
const cooperativeNote = () => l10n.t('The kernel synchronises its whole grid, so it was launched cooperatively.');

export async function runKernelOnCpu(request: CpuRunRequest, context: RunContext): Promise<RunResult> {
  const { plan } = request;
  const ran = await runDriver(request, context, l10n.t('Running {0} on the CPU', plan.kernel));
  if ('status' in ran) return ran;
  const { prepared, execution, device } = ran;
  const { report, output, result } = execution;
  const failure = failureOf(ran, request, context);
  // The kernel's time stands, whatever its reference does.
  if (failure !== undefined && !(report.inReference && report.samples.length > 0 && failure.status !== 'cancelled')) {
    return { ...failure, plan };
  }
  if (failure === undefined && (!report.finished || report.samples.length === 0)) {
    return { ...(await withoutReport(result, context)), output, plan, device };
  }
  const memory = plannedMemory(plan);
  const comparison = comparisonOfRun(plan, memory, report, failure);
  return {
    status: 'ok',
    plan,
    device,
    time: timeStatistics(report.samples, false),
    samples: keptSamples(report.samples),
    output,
    findings: findingsOf(report, memory),
    ...(comparison === undefined ? {} : { comparison }),
    notes: [
      prepared.checked ? timeNote() : uncheckedTimeNote(),
      ...prepared.notes,
      ...(prepared.project.usesGridSync ? [cooperativeNote()] : []),
    ],
    buildTime: prepared.buildTime,
  };
}

/**
 * Compares the results that a run left in `folder`, a file for each of the plan's memory under its number, with those of
 * the plan's reference function, or else of the kernel on the CPU.
 */
export async function compareOnCpu(
  request: CpuRunRequest & { readonly folder: string; readonly check: CheckRequest },
  context: RunContext,
): Promise<Comparison> {
  const { check, folder } = request;
  const plan = { ...request.plan, check };
  const what = check.reference ?? l10n.t('{0} on the CPU', plan.kernel);
  const ran = await runDriver({ ...request, plan }, context, l10n.t('Comparing with {0}', what), folder);
  if ('status' in ran) return notCompared(ran, check);
  const failure = failureOf(ran, request, context);
  if (failure !== undefined) return notCompared(failure, check);
  const { report, result } = ran.execution;
  if (!report.finished) return { status: 'notCompared', message: (await withoutReport(result, context)).message };
  return comparisonOf(report.compared, plannedMemory(plan), check);
}

interface DriverRun {
  readonly prepared: Prepared;
  readonly execution: Execution;
  readonly device: CpuDevice;
}

async function runDriver(
  { plan, source, compiler }: CpuRunRequest,
  context: RunContext,
  progress: string,
  compareWith?: string,
): Promise<DriverRun | RunFailure> {
  // The kernel itself does not run then, so what only a GPU can do in it is no obstacle.
  const referenceOnly = compareWith !== undefined && plan.check?.reference !== undefined;
  if (plan.cluster !== undefined && !referenceOnly) {
    const message = l10n.t(
      'Thread block clusters are not available on the CPU: run this kernel on a GPU of compute capability 9.0 or newer.',
    );
    return { status: 'unsupported', message, places: [], plan };
  }
  const driverName = path.join(path.dirname(source.file), '<Kernel Lens driver>');
  const prepared = await prepare(
    {
      source,
      compiler,
      kernel: {
        name: referenceOnly ? '' : plan.kernel,
        reference: plan.check?.reference,
        driver: (project) => driverSource(plan, project.usesGridSync, driverName),
      },
    },
    context,
  );
  if (prepared.status !== 'ready') return { ...prepared, plan };

  context.onProgress?.('run', progress);
  const execution = await execute({
    program: prepared.program,
    workingFolder: path.dirname(source.file),
    cacheDirectory: context.cacheDirectory,
    timeLimitMs: context.timeLimit * 1000,
    signal: context.signal,
    ...(context.onOutput === undefined ? {} : { onOutput: context.onOutput }),
    ...(compareWith === undefined ? {} : { compareWith }),
    ...(plan.check === undefined ? {} : { tolerance: plan.check.tolerance }),
  });
  const { threads } = execution.report;
  return { prepared, execution, device: { ...prepared.device, ...(threads === undefined ? {} : { threads }) } };
}

function failureOf({ prepared, execution, device }: DriverRun, { plan }: CpuRunRequest, context: RunContext) {
  const mismatch = execution.report.planMismatch;
  const [x, y, z] = plan.grid;
  if (mismatch === undefined)
    return executionFailure(execution, prepared.project.files, context.timeLimit, device, x * y * z);
  return { status: 'planFailed', message: sizeMismatch(mismatch), plan, device } satisfies RunFailure;
}

async function withoutReport(result: ProcessResult, { cacheDirectory }: RunContext): Promise<RunFailure> {
  const problem = await diskProblem('', cacheDirectory);
  if (problem !== undefined) return { status: 'buildFailed', diagnostics: [], message: problem, disk: true };
  const code = result.status === 'exited' ? result.code : 0;
  // The driver ends with 0 only when it has written its report.
  const message =
    code === 0
      ? l10n.t('The run has no result: its report could not be read.')
      : l10n.t('The run has no result: it ended with exit code {0}.', code);
  return { status: 'kernelFaulted', fault: 'other', message };
}

function findingsOf(report: Report, memory: readonly PlannedMemory[]): Finding[] {
  const about = (number: number, make: (planned: PlannedMemory) => Finding): Finding[] => {
    const planned = memory[number];
    return planned === undefined ? [] : [make(planned)];
  };
  return [
    ...report.changed.flatMap(({ memory: number, index }) => about(number, (planned) => inputChanged(planned, index))),
    ...report.notFinite.flatMap(({ memory: number, nan, infinite, first }) =>
      about(number, (planned) => notFinite(planned, nan, infinite, first)),
    ),
  ];
}

/** What the plan's check came to on the CPU, where only a reference function can say something else than the kernel. */
function comparisonOfRun(
  { check }: LaunchPlan,
  memory: readonly PlannedMemory[],
  report: Report,
  failure: RunFailure | undefined,
): Comparison | undefined {
  if (check === undefined) return undefined;
  if (failure !== undefined) return notCompared(failure, check);
  if (check.reference === undefined) {
    const message = l10n.t(
      'The kernel ran on the CPU, so there is nothing to compare it with. Name a function that computes the same: check=reference(1e-5).',
    );
    return { status: 'notCompared', message };
  }
  return comparisonOf(report.compared, memory, check);
}

function notCompared(failure: RunFailure, { reference }: CheckRequest): Comparison {
  const who = reference ?? l10n.t('the kernel on the CPU');
  const why =
    failure.status === 'timedOut'
      ? l10n.t(
          '{0} did not end within {1} s. Use a smaller problem size for the check, or raise kernelLens.run.timeLimit.',
          who,
          failure.limitSeconds,
        )
      : failure.message;
  return { status: 'notCompared', message: l10n.t('The answer was not checked: {0}', why) };
}
