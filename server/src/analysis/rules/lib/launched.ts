/** What the launches of a file say about its kernels. */
import type { Analysis } from '../../model/build';
import type { Memory } from '../../model/environment';
import type { Evaluator } from '../../model/evaluator';
import type { FunctionFacts } from '../../model/facts';
import { axes, decidableLaunches, grouped, known, once, type LaunchView } from './common';
import { functionsOf, isKernel } from './per-function';
import type { Report } from '../rule';
import { component, direct, influencesOf, nothing, throughMemory, type Influence } from './influence';

/** The kernels of the file that are launched in it, each with its launches. */
export function launchesByKernel(analysis: Analysis): ReadonlyMap<FunctionFacts, readonly LaunchView[]> {
  return once(byAnalysis, analysis, () => {
    const launched = decidableLaunches(analysis).filter((view): view is LaunchedView => view.kernelFacts !== undefined);
    return grouped(launched, ({ kernelFacts }) => kernelFacts);
  });
}

type LaunchedView = LaunchView & { readonly kernelFacts: FunctionFacts };

const byAnalysis = new WeakMap<Analysis, ReadonlyMap<FunctionFacts, readonly LaunchView[]>>();

/** The kernels that something may be concluded from, each with its launches: none where nothing of the file launches it. */
export function launchedKernels(
  analysis: Analysis,
): { readonly fn: FunctionFacts; readonly views: readonly LaunchView[] }[] {
  const launched = launchesByKernel(analysis);
  return functionsOf(analysis, isKernel).map((fn) => ({ fn, views: launched.get(fn) ?? [] }));
}

/** What `find` sees in a kernel, kept until the kernel changes, and reported under the components that its launches give values to. */
export function reportedWhereActive<Found>(
  find: (fn: FunctionFacts, analysis: Analysis) => readonly Found[],
  report: (found: Found, active: Influence, launched: boolean, analysis: Analysis) => Report[],
): (analysis: Analysis) => Report[] {
  const memory: Memory<readonly Found[]> = new WeakMap();
  return (analysis) => {
    const { evaluator } = analysis;
    return launchedKernels(analysis).flatMap(({ fn, views }) => {
      const found = evaluator.index.environment.remember(memory, fn, () => find(fn, analysis));
      if (found.length === 0) return [];
      const active = activeComponents(fn, views, evaluator);
      return found.flatMap((one) => report(one, active, views.length > 0, analysis));
    });
  };
}

const usedMemory: Memory<Influence> = new WeakMap();

/**
 * The components of threadIdx and blockIdx that have more than one value: the kernel reads them and no launch says that there is one
 * only, or some launch says that there are several.
 */
export function activeComponents(fn: FunctionFacts, views: readonly LaunchView[], evaluator: Evaluator): Influence {
  const used = evaluator.index.environment.remember(usedMemory, fn, () => {
    const whole = influencesOf(fn, evaluator).of(fn.body);
    return direct(whole) | throughMemory(whole);
  });
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
