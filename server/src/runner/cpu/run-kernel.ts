/** *Run Kernel* on the CPU. */
import path from 'node:path';
import type { RunResult } from '../../../../protocol/src';
import type { CpuRunRequest, RunContext } from '../backend';
import { keptSamples, timeStatistics } from '../statistics';
import { driverSource } from './driver';
import { execute } from './execute';
import { executionFailure } from './outcome';
import { prepare } from './prepare';

const timeNote = 'Ran on the CPU, with memory checks: the time says nothing about a GPU.';
const uncheckedTimeNote = 'Ran on the CPU: the time says nothing about a GPU.';
const cooperativeNote = 'The kernel synchronises its whole grid, so it was launched cooperatively.';

export async function runKernelOnCpu(request: CpuRunRequest, context: RunContext): Promise<RunResult> {
  const { plan, source } = request;
  const driverName = path.join(path.dirname(source.file), '<Kernel Lens driver>');
  const prepared = await prepare(
    {
      source,
      compiler: request.compiler,
      kernel: { name: plan.kernel, driver: (project) => driverSource(plan, project.usesGridSync, driverName) },
    },
    context,
  );
  if (prepared.status !== 'ready') return { ...prepared, plan };

  context.onProgress?.('run', `Running ${plan.kernel} on the CPU`);
  const execution = await execute({
    program: prepared.program,
    workingFolder: path.dirname(source.file),
    cacheDirectory: context.cacheDirectory,
    timeLimitMs: context.timeLimit * 1000,
    signal: context.signal,
    ...(context.onOutput === undefined ? {} : { onOutput: context.onOutput }),
  });
  const { report, output, result } = execution;
  const device = { ...prepared.device, ...(report.threads === undefined ? {} : { threads: report.threads }) };
  const failure = executionFailure(execution, prepared.project.files, context.timeLimit, device);
  if (failure !== undefined) return { ...failure, plan };
  if (!report.finished || report.samples.length === 0) {
    const code = result.status === 'exited' ? result.code : 0;
    // The driver ends with 0 only when it has written its report.
    const why = code === 0 ? 'Its report could not be read: the disk may be full.' : `It ended with exit code ${code}.`;
    return {
      status: 'kernelFaulted',
      fault: 'other',
      message: `The run has no result. ${why}`,
      output,
      plan,
      device,
    };
  }
  return {
    status: 'ok',
    plan,
    device,
    time: timeStatistics(report.samples, false),
    samples: keptSamples(report.samples),
    output,
    notes: [
      prepared.notes.length === 0 ? timeNote : uncheckedTimeNote,
      ...prepared.notes,
      ...(prepared.project.usesGridSync ? [cooperativeNote] : []),
    ],
    buildTime: prepared.buildTime,
  };
}
