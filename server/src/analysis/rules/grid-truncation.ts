import { bodyOf } from '../model/body';
import type { Analysis } from '../model/build';
import type { Expr } from '../model/expression';
import { bare, mentionsRemainder, Symbolic } from '../model/symbolic';
import { findAccesses, type KernelAccesses } from './lib/accesses';
import { axes, decidableLaunches, known, type Axis, type LaunchView } from './lib/common';
import { checksRemainder, gridForm, isMultiple, parametersGiven, type GridForm } from './lib/grid-form';
import { roundUpFix } from './lib/round-up';
import { msg, type Report, type Rule } from './rule';

/**
 * The grid is `n / block`, rounded down, and each thread handles one element: the last elements are never touched. The kernel runs and
 * reports no error; only the result is wrong.
 */
export const gridTruncation: Rule = {
  id: 'grid-truncation',
  severity: 'warning',
  summary: 'The number of blocks is rounded down, so the last elements are not processed.',
  run: (analysis) => {
    const symbolic = new Symbolic(analysis.evaluator);
    return decidableLaunches(analysis).flatMap((view) => check(view, analysis, symbolic));
  },
};

function check(view: LaunchView, analysis: Analysis, symbolic: Symbolic): Report[] {
  const { kernelFacts: fn, facts, launch } = view;
  // A kernel that asks for the grid's size goes on from block to block.
  if (!fn || /\bgridDim\b/.test(fn.body?.text ?? '')) return [];
  for (const axis of axes) {
    const form = gridForm(view, axis, symbolic);
    if (form?.rounds !== 'down' || known(launch.grid[axis]) === 0n) continue;
    const found = findAccesses(fn, analysis.evaluator);
    if (!found.accesses.some(({ uses }) => uses.some((use) => use.axis === axis))) continue;
    if (checksRemainder(view, form, analysis, symbolic)) continue;
    const report = truncated(view, axis, form, found, analysis, symbolic);
    if (report) return [{ ...report, fixes: roundUpFix(view.grid, axis, facts.function) }];
  }
  return [];
}

function truncated(
  view: LaunchView,
  axis: Axis,
  form: GridForm,
  found: KernelAccesses,
  analysis: Analysis,
  symbolic: Symbolic,
): Report | undefined {
  const { span } = view.launch.grid;
  const [count, size] = [symbolic.integer(form.count), symbolic.integer(form.divisor)];
  if (count !== undefined && size !== undefined) {
    const rest = size > 0n ? count % size : 0n;
    if (rest === 0n) return undefined;
    const message = msg(
      '{0} / {1} rounds down: the last {2} of {0} elements are not processed',
      String(count),
      String(size),
      String(rest),
    );
    return { severity: 'error', span, message };
  }
  // Without numbers the division may be exact by contract. A kernel that tests its index against the size says that it is not.
  if (isMultiple(form.count, form.divisor, symbolic) || roundedBefore(form.count, analysis)) return undefined;
  const name = comparedParameter(view, axis, form, found, analysis, symbolic);
  if (name === undefined) return undefined;
  const message = msg(
    "the grid is rounded down: unless '{0}' is a multiple of the block size, its last elements are not processed",
    name,
  );
  return { span, message };
}

/** What a user may write is no multiple of anything. */
const numberOfUser = /^(?:std::)?(?:ato(?:i|l|ll|f)|strtou?ll?|sto(?:i|u?ll?))$/;

/** The count has been divided or masked before it came here, in this function or under the same name in another. */
function roundedBefore(expr: Expr, analysis: Analysis, depth = 0): boolean {
  const e = bare(expr);
  if (depth > 8) return true;
  if (e.kind === 'opaque') return roundedElsewhere(e.name, analysis);
  if (e.kind === 'binary') {
    return (
      /^[/&%]$/.test(e.op) || roundedBefore(e.left, analysis, depth + 1) || roundedBefore(e.right, analysis, depth + 1)
    );
  }
  if (e.kind === 'conditional')
    return roundedBefore(e.then, analysis, depth + 1) || roundedBefore(e.otherwise, analysis, depth + 1);
  if (e.kind === 'call') return !numberOfUser.test(e.callee);
  return e.kind === 'index' || mentionsRemainder(e);
}

function roundedElsewhere(name: string, { evaluator }: Analysis): boolean {
  return evaluator.index.facts.some(({ functions }) =>
    functions.some((fn) =>
      (fn.events.get(name) ?? []).some(({ action }) => 'text' in action && /[%/&~]/.test(action.text)),
    ),
  );
}

/** The kernel's parameter that holds the count and that the kernel compares its index with on this axis. */
function comparedParameter(
  view: LaunchView,
  axis: Axis,
  form: GridForm,
  { dependence }: KernelAccesses,
  analysis: Analysis,
  symbolic: Symbolic,
): string | undefined {
  const { kernelFacts: fn } = view;
  const names = new Set(parametersGiven(form.count, view, analysis, symbolic).map(({ name }) => name));
  names.delete('');
  if (names.size === 0) return undefined;
  for (const node of fn ? bodyOf(fn).of('binary_expression') : []) {
    if (!/^(<|>=)$/.test(node.child('operator')?.text ?? '')) continue;
    const [left, right] = [node.child('left'), node.child('right')];
    if (right && names.has(right.text) && dependence.axesOf(left).includes(axis)) return right.text;
  }
  return undefined;
}
