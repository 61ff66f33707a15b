/** Tells how a run ended that did not end well. */
import * as l10n from '@vscode/l10n';
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
  if (result.status === 'cancelled') return { ...cancelled(), output, device };
  const failure = failureOf(report, { files, output: result.stderr });
  if (failure !== undefined) return { ...failure, output, device };
  switch (result.status) {
    case 'timedOut':
      return {
        status: 'timedOut',
        limitSeconds: timeLimit,
        message: l10n.t(
          'The run was stopped after {0} s. A loop may never end, or the size is too large for the CPU: try a smaller one, or raise kernelLens.run.timeLimit.',
          timeLimit,
        ),
        output,
        device,
      };
    case 'signaled':
      return {
        status: 'kernelFaulted',
        fault: 'hostFault',
        message:
          result.signal === 'SIGKILL'
            ? l10n.t('The system killed the process, probably because it used too much memory.')
            : l10n.t('The process ended by {0}.', result.signal),
        output,
        device,
      };
    case 'notStarted':
      return {
        status: 'buildFailed',
        diagnostics: [],
        message: l10n.t('The built program could not be started: {0}', result.message),
        output,
        device,
      };
    case 'exited':
      return undefined;
  }
}
