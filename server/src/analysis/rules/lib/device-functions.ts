import type { Analysis } from '../../model/build';
import type { FunctionFacts } from '../../model/facts';
import type { LaunchView } from './common';
import { Divergence } from './divergence';
import { launchesByKernel } from './launched';
import { isDevice, usable } from './per-function';

export interface DeviceFunction {
  readonly fn: FunctionFacts;
  readonly views: readonly LaunchView[];
  readonly divergence: () => Divergence;
}

/** The kernels and device functions something may be concluded from, with their launches. */
export function deviceFunctions(analysis: Analysis): DeviceFunction[] {
  const launches = launchesByKernel(analysis);
  return analysis.evaluator.index.facts.flatMap((unit) =>
    unit.functions
      .filter((fn) => isDevice(fn) && usable(fn, unit))
      .map((fn) => {
        const views = launches.get(fn) ?? [];
        let divergence: Divergence | undefined;
        return { fn, views, divergence: () => (divergence ??= new Divergence(fn, views, analysis)) };
      }),
  );
}
