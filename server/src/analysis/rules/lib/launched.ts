/** What the launches of a file say about its kernels. */
import type { Analysis } from '../../model/build';
import type { Evaluator } from '../../model/evaluator';
import type { FunctionFacts } from '../../model/facts';
import { axes, decidableLaunches, known, type LaunchView } from './common';
import { component, direct, influencesOf, nothing, throughMemory, type Influence } from './influence';

/** The kernels of the file that are launched in it, each with its launches. */
export function launchesByKernel(analysis: Analysis): Map<FunctionFacts, LaunchView[]> {
  const byKernel = new Map<FunctionFacts, LaunchView[]>();
  for (const view of decidableLaunches(analysis)) {
    if (!view.kernelFacts) continue;
    const list = byKernel.get(view.kernelFacts);
    if (list) list.push(view);
    else byKernel.set(view.kernelFacts, [view]);
  }
  return byKernel;
}

/**
 * The components of threadIdx and blockIdx that have more than one value: the kernel reads them and no launch says that there is one
 * only, or some launch says that there are several.
 */
export function activeComponents(fn: FunctionFacts, views: readonly LaunchView[], evaluator: Evaluator): Influence {
  const whole = influencesOf(fn, evaluator).of(fn.body);
  const used = direct(whole) | throughMemory(whole);
  let active = nothing;
  for (const axis of axes) {
    const [thread, block] = [component('threadIdx', axis), component('blockIdx', axis)];
    if (severalOn(views, (used & thread) !== 0, ({ block }) => known(block[axis]))) active |= thread;
    if (severalOn(views, (used & block) !== 0, ({ grid }) => known(grid[axis]))) active |= block;
  }
  return active;
}

function severalOn(
  views: readonly LaunchView[],
  used: boolean,
  size: (launch: LaunchView['launch']) => bigint | undefined,
): boolean {
  const sizes = views.map(({ launch }) => size(launch));
  if (sizes.some((n) => n !== undefined && n > 1n)) return true;
  return used && (sizes.length === 0 || sizes.some((n) => n === undefined));
}
