import type { Analysis } from '../model/build';
import { axes, decidableLaunches, type LaunchView } from './lib/common';
import { msg, type Report, type Rule } from './rule';

/** Limits of every compute capability since 3.0. */
const most = { x: 2n ** 31n - 1n, y: 65535n, z: 65535n };

/** A grid that is longer than any GPU accepts: the launch fails with cudaErrorInvalidConfiguration and nothing runs. */
export const gridDimLimit: Rule = {
  id: 'grid-dim-limit',
  severity: 'error',
  summary: 'A dimension of the grid is larger than any GPU accepts.',
  run: (analysis) => decidableLaunches(analysis).flatMap((view) => check(view, analysis)),
};

function check({ grid, launch }: LaunchView, { evaluator }: Analysis): Report[] {
  for (const [index, axis] of axes.entries()) {
    // The dimension as computed, before it becomes unsigned.
    const folded = evaluator.fold(grid.exprs[index as 0 | 1 | 2]);
    if (!('ok' in folded)) continue;
    const size = BigInt(Math.trunc(Number(folded.ok.value)));
    const { span } = launch.grid;
    if (size < 0n) return [{ span, message: msg('gridDim.{0} = {1} cannot be launched', axis, String(size)) }];
    if (size <= most[axis]) continue;
    const message = msg(
      'gridDim.{0} = {1} cannot be launched; the limit is {2}',
      axis,
      String(size),
      String(most[axis]),
    );
    return [{ span, message }];
  }
  return [];
}
