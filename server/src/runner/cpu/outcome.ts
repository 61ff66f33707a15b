/** Tells how a run ended that did not end well. */
import * as l10n from '@vscode/l10n';
import type { CpuDevice, RunFailure } from '../../../../protocol/src';
import type { Execution } from './execute';
import { failureOf } from './faults';
import { cancelled } from './prepare';
import type { Report } from './report';

/** The failure of an execution, or undefined when the process ended by itself and nothing was reported. */
export function executionFailure(
  execution: Execution,
  files: readonly string[],
  timeLimit: number,
  device: CpuDevice,
  /** Blocks of the one launch that there is; absent of a program. */
  blocks?: number,
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
        message: stopped(timeLimit, report.progress, blocks),
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

/** Blocks that end one after another tell a launch that is too large from one that never ends. */
function stopped(timeLimit: number, progress: Report['progress'], blocks: number | undefined): string {
  if (blocks === undefined) {
    return l10n.t(
      'The run was stopped after {0} s. A loop may never end, or the size is too large for the CPU: try a smaller one, or raise kernelLens.run.timeLimit.',
      timeLimit,
    );
  }
  if (progress === undefined) {
    return l10n.t(
      'The run was stopped after {0} s, in which no block came to its end. A loop may never end, or each thread has too much to do for the CPU: try a smaller size, or raise kernelLens.run.timeLimit.',
      timeLimit,
    );
  }
  const seconds = Math.round(progress.ms / 1000);
  if (seconds < timeLimit / 2) {
    return l10n.t(
      'The run was stopped after {0} s. {1} of {2} blocks came to their end, the last of them after {3} s: a loop in another may never end.',
      timeLimit,
      progress.blocks,
      blocks,
      seconds,
    );
  }
  return l10n.t(
    'The run was stopped after {0} s, in which {1} of {2} blocks ended without a fault. The size is too large for the CPU: try a smaller one, or raise kernelLens.run.timeLimit.',
    timeLimit,
    progress.blocks,
    blocks,
  );
}
