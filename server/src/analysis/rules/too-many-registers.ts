import { launchedInstantiations } from '../compiled';
import { multiprocessorOf } from '../model/devices';
import { registersOfBlock } from '../model/occupancy';
import type { Kernel } from '../model/types';
import type { CompiledKernel, Target } from '../target';
import { decidableLaunches, known, knownDimensions, type LaunchView } from './lib/common';
import { msg, type Fix, type Report, type Rule } from './rule';

/**
 * The compiler gave each thread so many registers that a block of this size has not enough of them: the launch fails with
 * cudaErrorLaunchOutOfResources. Speaks only of what was compiled from this very text.
 */
export const tooManyRegisters: Rule = {
  id: 'too-many-registers',
  severity: 'error',
  summary: 'A block needs more registers than it can have.',
  run: (analysis, { compiled, computeCapability }) =>
    compiled === undefined
      ? []
      : decidableLaunches(analysis).flatMap((view) => check(view, { compiled, computeCapability })),
};

function check(
  { launch, kernel }: LaunchView,
  { compiled, computeCapability }: { compiled: NonNullable<Target['compiled']>; computeCapability: number | undefined },
): Report[] {
  const block = knownDimensions(launch.block);
  if (!block || !kernel) return [];
  const threads = Number(block[0] * block[1] * block[2]);
  if (threads > 1024) return [];
  const bound = kernel.maxThreads && known(kernel.maxThreads.value);
  // The compiler keeps such a block within the limit.
  if (bound !== undefined && bound >= BigInt(threads)) return [];
  const all = launchedInstantiations(kernel, launch, compiled);
  const aimed = all.filter((instantiation) => instantiation.computeCapability === computeCapability);
  const candidates = aimed.length > 0 ? aimed : all;
  const failing = candidates.flatMap((instantiation) => excess(instantiation, threads));
  const least = failing[0];
  // Which of several instantiations runs is not always told apart: all of them have to fail.
  if (!least || failing.length < candidates.length) return [];
  const message = msg(
    'a block of {0} threads with {1} registers each takes {2} registers; {3} gives a block {4}: the launch will fail',
    threads,
    least.registers,
    least.taken,
    `sm_${least.computeCapability}`,
    least.limit,
  );
  return [{ span: launch.block.span, message, fixes: boundFix(kernel, threads) }];
}

function excess(instantiation: CompiledKernel, threads: number) {
  const device = multiprocessorOf(instantiation.computeCapability);
  if (!device) return [];
  const taken = registersOfBlock(device, instantiation.registers, threads);
  return taken > device.registersPerBlock ? [{ ...instantiation, taken, limit: device.registersPerBlock }] : [];
}

/** With the largest block promised, the compiler spills instead. */
function boundFix(kernel: Kernel, threads: number): Fix[] {
  if (kernel.maxThreads) return [];
  const { start } = kernel.nameSpan;
  const edits = [{ span: { start, end: start }, newText: `__launch_bounds__(${threads}) ` }];
  return [
    { title: msg('Promise the compiler at most {0} threads: {1}', threads, `__launch_bounds__(${threads})`), edits },
  ];
}
