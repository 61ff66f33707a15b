import type { Analysis } from '../model/build';
import type { Expr } from '../model/expression';
import { Symbolic } from '../model/symbolic';
import { decidableLaunches, type LaunchView } from './lib/common';
import { launchedKernel } from './lib/launched-kernel';
import { exchangedBounds } from './lib/exchanged-bounds';
import { divisionOf } from './lib/round-up';
import { sizeAt, sizeTests } from './lib/thread-index';
import { msg, type Fix, type Report, type Rule } from './rule';

/**
 * The kernel counts columns along x and rows along y, and the grid is made the other way round. For a square nothing shows; else a part
 * of the rows or columns is never touched.
 */
export const gridAxesSwapped: Rule = {
  id: 'grid-axes-swapped',
  severity: 'error',
  summary: "The grid's x and y are computed from each other's size.",
  run: (analysis) => {
    const symbolic = new Symbolic(analysis.evaluator);
    return decidableLaunches(analysis).flatMap((view) => check(view, analysis, symbolic));
  },
};

function check(view: LaunchView, analysis: Analysis, symbolic: Symbolic): Report[] {
  const launched = launchedKernel(view, analysis);
  const counts = [0, 1].map((axis) => countOf(view.grid.exprs[axis as 0 | 1], symbolic));
  if (!launched || !counts[0] || !counts[1]) return [];
  // Where the kernel's own rows say otherwise, its bounds are what is exchanged.
  if (exchangedBounds(launched.fn, analysis).length > 0) return [];
  const tests = sizeTests(launched, analysis);
  const [alongX, alongY] = [tests.find(({ axis }) => axis === 'x'), tests.find(({ axis }) => axis === 'y')];
  if (!alongX || !alongY) return [];
  const [columns, rows] = [sizeAt(alongX, launched), sizeAt(alongY, launched)];
  if (!columns || !rows || symbolic.same(columns, rows)) return [];
  if (!symbolic.same(counts[0], rows) || !symbolic.same(counts[1], columns)) return [];
  const message = msg(
    "'{0}' counts '{1}' along x and '{2}' along y, but the grid has them the other way round",
    launched.kernel.name,
    alongX.size.text,
    alongY.size.text,
  );
  return [{ span: view.launch.grid.span, message, fixes: swapFix(view) }];
}

function countOf(grid: Expr, symbolic: Symbolic): Expr | undefined {
  return (symbolic.ceilDivision(grid) ?? symbolic.floorDivision(grid))?.count;
}

/** Exchanges the divisions where both divide by the same. */
function swapFix({ grid, facts }: LaunchView): Fix[] {
  const [x, y] = [divisionOf(grid, 'x', facts.function), divisionOf(grid, 'y', facts.function)];
  if (!x || !y || x.child('right')?.text !== y.child('right')?.text) return [];
  const edits = [
    { span: x.span, newText: y.text },
    { span: y.span, newText: x.text },
  ];
  return [{ title: msg('Exchange x and y of the grid'), edits, preferred: true }];
}
