/** Where a kernel faulted: the driver tells the kind of a fault only, compute-sanitizer its line, thread and address. */
import * as l10n from '@vscode/l10n';
import type { Dim3, RunFailure } from '../../../../protocol/src';
import type { RunContext } from '../../runner';
import { sanitizeKernel, type SanitizeKernelRequest } from './request';

type Fault = Extract<RunFailure, { status: 'kernelFaulted' }>;

/** Faults whose line memcheck can tell. */
const findable: ReadonlySet<Fault['fault']> = new Set([
  'illegalAddress',
  'misalignedAddress',
  'illegalInstruction',
  'other',
]);

/** Seconds without the tool, which gets twenty times as long: nobody waits much longer for a line than for the run itself. */
const patience = 1;

export function wantsLine(result: { readonly status: string }): result is Fault {
  const fault = result as Fault;
  return fault.status === 'kernelFaulted' && fault.location === undefined && findable.has(fault.fault);
}

/** The same fault at its line, or as it was where memcheck finds nothing, is missing or is cancelled. */
export async function findLine(fault: Fault, request: SanitizeKernelRequest, context: RunContext): Promise<Fault> {
  const { signal, cacheDirectory, onProgress } = context;
  // What the kernel prints has been printed.
  const quiet: RunContext = {
    signal,
    cacheDirectory,
    timeLimit: Math.min(context.timeLimit, patience),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
  const answer = await sanitizeKernel(request, ['memcheck'], quiet);
  if (answer.status !== 'ok') return fault;
  const found = answer.findings.find(({ location, thread }) => location !== undefined && thread !== undefined);
  if (found?.location === undefined) return fault;
  const { location, block, thread } = found;
  // Of other faults the tool knows the place, and the driver's words say more.
  const message = found.kind === 'access' ? found.message : `${fault.message} ${whoFaulted(block, thread)}`.trim();
  return {
    ...fault,
    message,
    location,
    ...(block === undefined ? {} : { block }),
    ...(thread === undefined ? {} : { thread }),
  };
}

function whoFaulted(block: Dim3 | undefined, thread: Dim3 | undefined): string {
  return block === undefined || thread === undefined
    ? ''
    : l10n.t('It was thread ({0}) of block ({1}).', thread.join(', '), block.join(', '));
}
