import type { Analysis } from '../model/build';
import { threadsPerBlock } from '../model/devices';
import type { Memory } from '../model/environment';
import type { Expr } from '../model/expression';
import type { LaunchFacts } from '../model/facts';
import { bare, Symbolic } from '../model/symbolic';
import { axes, decidableLaunches, type LaunchView } from './lib/common';
import { gridForm } from './lib/grid-form';
import { launchedKernel, rememberByLaunch, type LaunchedKernel } from './lib/launched-kernel';
import { isLeftOut, sizeAt, sizeTests, type SizeTest } from './lib/thread-index';
import { msg, type Message, type Report, type Rule } from './rule';

/**
 * Each thread handles one element, the kernel asks whether its index is below the size, and the launch has fewer threads than that: the
 * rest of the elements is never touched, and no error tells.
 */
export const gridTooSmall: Rule = {
  id: 'grid-too-small',
  severity: 'warning',
  summary: 'A launch has fewer threads than the kernel has elements to process.',
  run: (analysis) => decidableLaunches(analysis).flatMap((view) => check(view, analysis)),
};

function check(view: LaunchView, analysis: Analysis): Report[] {
  const { kernelFacts, facts } = view;
  if (!kernelFacts) return [];
  const message = rememberByLaunch(memory, kernelFacts, facts, analysis, () => search(view, analysis));
  return message ? [{ span: view.launch.grid.span, message }] : [];
}

const memory: Memory<WeakMap<LaunchFacts, Message | undefined>> = new WeakMap();

function search(view: LaunchView, analysis: Analysis): Message | undefined {
  const launched = launchedKernel(view, analysis);
  // A kernel that asks for the grid's size goes on from block to block.
  if (!launched || /\b(?:gridDim|grid_size|num_blocks)\b/.test(launched.fn.body?.text ?? '')) return undefined;
  if ([...launched.grid, ...launched.block].includes(0) || (launched.threads ?? 0) > threadsPerBlock) return undefined;
  const symbolic = new Symbolic(analysis.evaluator);
  for (const test of sizeTests(launched, analysis)) {
    const message = shortfall(test, view, launched, symbolic);
    if (message) return message;
  }
  return undefined;
}

function shortfall(
  test: SizeTest,
  view: LaunchView,
  launched: LaunchedKernel,
  symbolic: Symbolic,
): Message | undefined {
  const at = axes.indexOf(test.axis) as 0 | 1 | 2;
  const [blocks, threads] = [launched.grid[at], launched.block[at]];
  const [expr, size] = [view.grid.exprs[at], sizeAt(test, launched)];
  if (!size || threads === undefined || (test.factor !== 'blockDim' && Number(test.factor) !== threads))
    return undefined;
  if (toldElsewhere(test, view, expr, symbolic)) return undefined;
  const count = symbolic.integer(size);
  const name = test.size.text;
  // A constant of the file is the size of the problem where the host works with it too.
  if (test.parameter === undefined && !new RegExp(`\\b${name}\\b`).test(view.facts.function?.body?.text ?? ''))
    return undefined;
  if (count !== undefined && blocks !== undefined) {
    const total = BigInt(blocks * threads);
    if (total >= count) return undefined;
    return msg(
      "{0} × {1} = {2} threads along {3} for '{4}' = {5}: the last {6} elements are not processed",
      blocks,
      threads,
      String(total),
      test.axis,
      name,
      String(count),
      String(count - total),
    );
  }
  const division = symbolic.ceilDivision(expr) ?? symbolic.floorDivision(expr);
  const divisor = division && symbolic.integer(division.divisor);
  if (!division || divisor === undefined || divisor <= BigInt(threads) || !symbolic.same(division.count, size))
    return undefined;
  // A block of two dimensions for a kernel of one: that is told as such.
  if (divisor === BigInt(launched.threads ?? 0)) return undefined;
  return msg(
    "the grid is made for blocks of {0} threads along {1}, but a block has {2}: the last elements of '{3}' are not processed",
    String(divisor),
    test.axis,
    threads,
    name,
  );
}

/** What rounds down, calls `ceil` on integers or has no such dimension is the business of other rules. */
function toldElsewhere({ axis }: SizeTest, view: LaunchView, expr: Expr, symbolic: Symbolic): boolean {
  if (gridForm(view, axis, symbolic)?.rounds === 'down' || (axis !== 'x' && isLeftOut(expr))) return true;
  const inner = bare(expr);
  return inner.kind === 'call' && /\bceilf?$/.test(inner.callee);
}
