/** Where a kernel faulted: the driver tells the kind of a fault only, compute-sanitizer its line, thread and address. */
import * as l10n from '@vscode/l10n';
import type { Dim3, LaunchPlan, RunFailure } from '../../../../protocol/src';
import type { SanitizerFinding } from '../../../../protocol/src/sanitize';
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

/** Seconds without the tool, which gets twenty times as long, for each attempt. */
const patience = 0.5;
/**
 * Blocks of the second attempt. The tool takes microseconds for each error, so a launch whose every thread errs would take
 * minutes: a few of its blocks show the same.
 */
const fewBlocks = 64;

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
  let found: SanitizerFinding | undefined;
  // A launch that is small already has nothing more to show.
  for (const plan of new Set([request.plan, ofBlocks(request.plan, fewBlocks)])) {
    if (signal.aborted) return fault;
    const answer = await sanitizeKernel({ ...request, plan }, ['memcheck'], quiet);
    if (answer.status !== 'ok') return fault;
    found = answer.findings.find(({ location, thread }) => location !== undefined && thread !== undefined);
    if (found !== undefined) break;
  }
  if (found?.location === undefined) {
    if (signal.aborted) return fault;
    const advice = l10n.t('compute-sanitizer did not find the line; with a smaller problem it may.');
    return { ...fault, message: `${fault.message} ${advice}` };
  }
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

/** The first blocks of a launch, along x first; the plan itself where it has no more. */
export function ofBlocks(plan: LaunchPlan, most: number): LaunchPlan {
  const [x, y, z] = plan.grid;
  // Blocks of a cluster belong together.
  if (x * y * z <= most || plan.cluster !== undefined) return plan;
  const width = Math.min(x, most);
  const height = Math.min(y, Math.max(1, Math.floor(most / width)));
  const depth = Math.min(z, Math.max(1, Math.floor(most / (width * height))));
  return { ...plan, grid: [width, height, depth] };
}

function whoFaulted(block: Dim3 | undefined, thread: Dim3 | undefined): string {
  return block === undefined || thread === undefined
    ? ''
    : l10n.t('It was thread ({0}) of block ({1}).', thread.join(', '), block.join(', '));
}
