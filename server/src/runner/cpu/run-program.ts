/** *Run Program* on the CPU: the file with its own `main`. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { ProgramResult } from '../../../../protocol/src';
import type { CpuRunRequest, ProgramRequest, RunContext } from '../backend';
import { execute } from './execute';
import { executionFailure } from './outcome';
import { prepare } from './prepare';

const timeNote = () =>
  l10n.t('Ran on the CPU, with memory checks: times, also those the program prints, say nothing about a GPU.');

export async function runProgramOnCpu(
  request: Omit<CpuRunRequest, 'plan'> & ProgramRequest,
  context: RunContext,
): Promise<ProgramResult> {
  const { source, launch } = request;
  const prepared = await prepare({ source, compiler: request.compiler }, context);
  if (prepared.status !== 'ready') return prepared;

  context.onProgress?.('run', l10n.t('Running {0} on the CPU', path.basename(source.file)));
  const execution = await execute({
    program: prepared.program,
    workingFolder: launch?.cwd ?? path.dirname(source.file),
    ...(launch?.args === undefined ? {} : { args: launch.args }),
    ...(launch?.env === undefined ? {} : { env: launch.env }),
    cacheDirectory: context.cacheDirectory,
    timeLimitMs: (launch?.timeLimit ?? context.timeLimit) * 1000,
    signal: context.signal,
    ...(context.onOutput === undefined ? {} : { onOutput: context.onOutput }),
    ...(context.onStart === undefined ? {} : { onStart: context.onStart }),
  });
  const { result, report, output } = execution;
  const { device } = prepared;
  const failure = executionFailure(execution, prepared.project.files, launch?.timeLimit ?? context.timeLimit, device);
  if (failure !== undefined) return failure;
  return {
    status: 'ok',
    device,
    exitCode: result.status === 'exited' ? result.code : 0,
    output,
    wallTime: result.elapsed,
    buildTime: prepared.buildTime,
    kernels: report.kernels,
    notes: [timeNote(), ...prepared.notes],
  };
}
