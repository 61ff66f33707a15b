import { axes, decidableLaunches, isAskedFor, known, type LaunchView } from './lib/common';
import { msg, type Report, type Rule } from './rule';
import { roundUpFix } from './lib/round-up';

/** A grid or block without threads: the launch fails with cudaErrorInvalidConfiguration and nothing runs. */
export const zeroLaunchDim: Rule = {
  id: 'zero-launch-dim',
  severity: 'error',
  summary: 'A dimension of the grid or the block is zero.',
  run: (analysis) => decidableLaunches(analysis).flatMap((view) => check(view)),
};

function check(view: LaunchView): Report[] {
  const { launch, facts } = view;
  for (const kind of ['grid', 'block'] as const) {
    const value = launch[kind];
    const axis = axes.find((candidate) => known(value[candidate]) === 0n);
    if (!axis || isAskedFor(view, kind)) continue;
    const fixes = roundUpFix(view[kind], axis, facts.function);
    const message =
      fixes.length > 0
        ? msg('{0} is 0: the division rounds down, and nothing is launched', `${kind}Dim.${axis}`)
        : msg('{0} is 0: nothing is launched', `${kind}Dim.${axis}`);
    return [{ span: value.span, message, fixes }];
  }
  return [];
}
