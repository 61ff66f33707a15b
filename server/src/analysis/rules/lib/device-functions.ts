import type { Analysis } from '../../model/build';
import type { FunctionFacts } from '../../model/facts';
import { once, type LaunchView } from './common';
import { Divergence } from './divergence';
import { launchesByKernel } from './launched';
import { functionsOf, isDevice } from './per-function';

export interface DeviceFunction {
  readonly fn: FunctionFacts;
  readonly views: readonly LaunchView[];
  readonly divergence: () => Divergence;
}

const byAnalysis = new WeakMap<Analysis, readonly DeviceFunction[]>();

/** The kernels and device functions something may be concluded from, with their launches. */
export function deviceFunctions(analysis: Analysis): readonly DeviceFunction[] {
  return once(byAnalysis, analysis, () => {
    const launches = launchesByKernel(analysis);
    return functionsOf(analysis, isDevice).map((fn) => {
      const views = launches.get(fn) ?? [];
      let divergence: Divergence | undefined;
      return { fn, views, divergence: () => (divergence ??= new Divergence(fn, views, analysis)) };
    });
  });
}
