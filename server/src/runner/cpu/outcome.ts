/** Tells how a run ended that did not end well. */
import type { CpuDevice, RunFailure } from '../../../../protocol/src';
import type { Execution } from './execute';
import { failureOf } from './faults';
import { cancelled } from './prepare';

/** The failure of an execution, or undefined when the process ended by itself and nothing was reported. */
export function executionFailure(
  execution: Execution,
  files: readonly string[],
  timeLimit: number,
  device: CpuDevice,
): RunFailure | undefined {
  const { result, report, output } = execution;
  if (result.status === 'cancelled') return { ...cancelled, output, device };
  const failure = failureOf(report, { files, output: result.stderr });
  if (failure !== undefined) return { ...failure, output, device };
  switch (result.status) {
    case 'timedOut':
      return {
        status: 'timedOut',
        limitSeconds: timeLimit,
        message:
          `The run was stopped after ${timeLimit} s. A loop may never end, or the size is too large for the CPU: ` +
          'try a smaller one, or raise kernelLens.run.timeLimit.',
        output,
        device,
      };
    case 'signaled':
      return {
        status: 'kernelFaulted',
        fault: 'hostFault',
        message:
          result.signal === 'SIGKILL'
            ? 'The system killed the process, probably because it used too much memory.'
            : `The process ended by ${result.signal}.`,
        output,
        device,
      };
    case 'notStarted':
      return {
        status: 'buildFailed',
        diagnostics: [],
        message: `The built program could not be started: ${result.message}`,
        output,
        device,
      };
    case 'exited':
      return undefined;
  }
}
