/** Where a kernel faulted on the GPU, found out behind the run. */
import * as l10n from '@vscode/l10n';
import type { RunResult } from '../../../protocol/src';
import { findLine, wantsLine, type SanitizeKernelRequest } from '../profiler/sanitizer';
import type { RunContext } from '../runner';

type Request = Omit<SanitizeKernelRequest, 'toolkit'> & {
  readonly toolkit: SanitizeKernelRequest['toolkit'] | undefined;
};

/**
 * A fault whose line the driver does not tell is shown at once; its line follows when compute-sanitizer has run the same
 * plan. Cancelling that leaves the fault as it is.
 */
export async function withFaultLine(
  result: RunResult,
  request: Request,
  context: RunContext,
  show: (result: RunResult) => void = () => undefined,
): Promise<RunResult> {
  const { toolkit } = request;
  if (toolkit === undefined || result.device?.kind !== 'gpu' || !wantsLine(result)) return result;
  show(result);
  context.onProgress?.('run', l10n.t('Finding the line of the fault with compute-sanitizer'));
  return findLine(result, { ...request, toolkit }, context);
}
