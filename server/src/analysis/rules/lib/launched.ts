/** What the launches of a file say about its kernels. */
import type { Analysis } from '../../model/build';
import type { FunctionFacts } from '../../model/facts';
import { axes, decidableLaunches, known, type Axis, type LaunchView } from './common';
import { component, nothing, type Influence } from './influence';

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
export function activeComponents(fn: FunctionFacts, views: readonly LaunchView[]): Influence {
  let active = nothing;
  for (const axis of axes) {
    if (severalOn(views, fn.threadAxes, axis, ({ block }) => known(block[axis])))
      active |= component('threadIdx', axis);
    if (severalOn(views, fn.blockAxes, axis, ({ grid }) => known(grid[axis]))) active |= component('blockIdx', axis);
  }
  return active;
}

function severalOn(
  views: readonly LaunchView[],
  read: string,
  axis: Axis,
  size: (launch: LaunchView['launch']) => bigint | undefined,
): boolean {
  const sizes = views.map(({ launch }) => size(launch));
  if (sizes.some((n) => n !== undefined && n > 1n)) return true;
  return read.includes(axis) && (sizes.length === 0 || sizes.some((n) => n === undefined));
}
