import type { Analysis } from '../model/build';
import type { Expr } from '../model/expression';
import { Symbolic } from '../model/symbolic';
import { axes, decidableLaunches, known, type LaunchView } from './lib/common';
import { gridForm } from './lib/grid-form';
import { launchedKernel, type LaunchedKernel } from './lib/launched-kernel';
import { sizeTests, type SizeTest } from './lib/thread-index';
import { msg, type Message, type Report, type Rule } from './rule';

/**
 * Each thread handles one element, the kernel asks whether its index is below the size, and the launch has fewer threads than that: the
 * rest of the elements is never touched, and no error tells.
 */
export const gridTooSmall: Rule = {
  id: 'grid-too-small',
  severity: 'warning',
  summary: 'A launch has fewer threads than the kernel has elements to process.',
  run: (analysis) => {
    const symbolic = new Symbolic(analysis.evaluator);
    return decidableLaunches(analysis).flatMap((view) => check(view, analysis, symbolic));
  },
};

function check(view: LaunchView, analysis: Analysis, symbolic: Symbolic): Report[] {
  const launched = launchedKernel(view, analysis);
  // A kernel that asks for the grid's size goes on from block to block.
  if (!launched || /\b(?:gridDim|grid_size|num_blocks)\b/.test(launched.fn.body?.text ?? '')) return [];
  if ([...launched.grid, ...launched.block].includes(0)) return [];
  for (const test of sizeTests(launched)) {
    const message = shortfall(test, view, launched, analysis, symbolic);
    if (message) return [{ span: view.launch.grid.span, message }];
  }
  return [];
}

function shortfall(
  { axis, factor, parameter }: SizeTest,
  view: LaunchView,
  { fn, grid, block, threads: whole }: LaunchedKernel,
  { evaluator }: Analysis,
  symbolic: Symbolic,
): Message | undefined {
  const argument = view.facts.arguments[parameter];
  const at = axes.indexOf(axis) as 0 | 1 | 2;
  const [blocks, threads] = [grid[at], block[at]];
  if (!argument || threads === undefined || (factor !== 'blockDim' && Number(factor) !== threads)) return undefined;
  // What rounds down is the business of another rule.
  if (gridForm(view, axis, symbolic)?.rounds === 'down') return undefined;
  const size: Expr = evaluator.resolveText(argument.text, { at: argument, function: view.facts.function });
  const count = known(evaluator.evaluate(size));
  const { name } = fn.parameters[parameter]!.variable;
  if (count !== undefined && blocks !== undefined) {
    const total = BigInt(blocks * threads);
    if (total >= count) return undefined;
    return msg(
      "{0} × {1} = {2} threads along {3} for '{4}' = {5}: the last {6} elements are not processed",
      blocks,
      threads,
      String(total),
      axis,
      name,
      String(count),
      String(count - total),
    );
  }
  const division = symbolic.ceilDivision(view.grid.exprs[at]) ?? symbolic.floorDivision(view.grid.exprs[at]);
  const divisor = division && symbolic.integer(division.divisor);
  if (!division || divisor === undefined || divisor <= BigInt(threads) || !symbolic.same(division.count, size))
    return undefined;
  // A block of two dimensions for a kernel of one: that is told as such.
  if (divisor === BigInt(whole ?? 0)) return undefined;
  return msg(
    "the grid is made for blocks of {0} threads along {1}, but a block has {2}: the last elements of '{3}' are not processed",
    String(divisor),
    axis,
    threads,
    name,
  );
}
