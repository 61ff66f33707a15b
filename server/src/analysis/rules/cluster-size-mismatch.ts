import type { Analysis } from '../model/build';
import { splitArguments } from '../model/tokens';
import { axes, decidableLaunches, known, type LaunchView } from './lib/common';
import { launchedKernel } from './lib/launched-kernel';
import { msg, type Report, type Rule } from './rule';

/** A kernel with `__cluster_dims__` needs a grid of whole clusters; any other launch fails and nothing runs. */
export const clusterSizeMismatch: Rule = {
  id: 'cluster-size-mismatch',
  severity: 'error',
  summary: 'The grid of a launch is not made of whole thread block clusters.',
  run: (analysis) => decidableLaunches(analysis).flatMap((view) => check(view, analysis)),
};

function check(view: LaunchView, analysis: Analysis): Report[] {
  const launched = launchedKernel(view, analysis);
  const sizes = /__cluster_dims__\s*\(([^()]*)\)/.exec(launched?.fn.whole.text.split('{')[0] ?? '')?.[1];
  if (!launched || sizes === undefined) return [];
  for (const [index, text] of splitArguments(sizes).entries()) {
    const axis = axes[index];
    const cluster = launched.integerOf(text);
    const blocks = axis && known(view.launch.grid[axis]);
    if (cluster === undefined || cluster <= 0n || blocks === undefined || blocks % cluster === 0n) continue;
    const message = msg(
      "gridDim.{0} = {1} is not a multiple of {2}, the size of the clusters of '{3}'",
      axis!,
      String(blocks),
      String(cluster),
      launched.kernel.name,
    );
    return [{ span: view.launch.grid.span, message }];
  }
  return [];
}
