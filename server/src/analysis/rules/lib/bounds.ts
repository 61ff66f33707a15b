/** Upper bounds that a kernel sets its thread's numbers, and what they come to at a launch. */
import type { SyntaxNode } from '../../parse';
import type { Analysis } from '../../model/build';
import type { Expr } from '../../model/expression';
import type { FunctionFacts } from '../../model/facts';
import type { Polynomial } from '../../model/polynomial';
import type { Symbolic } from '../../model/symbolic';
import { axes, type Axis, type LaunchView } from './common';
import { comparison, mirror, type Held } from './conditions';
import { gridForm } from './grid-form';
import { direct, isUnknown, nothing, type Influences } from './influence';

export interface UpperBound {
  /** Depends on the thread. */
  readonly left: SyntaxNode;
  /** Is the same for all threads. */
  readonly right: SyntaxNode;
  /** `left` may be as large as `right`. */
  readonly inclusive: boolean;
  /** The comparison as written. */
  readonly node: SyntaxNode;
}

/** `i < n` or `i <= n`, however it is written: `n > i`, or what is left after `if (i >= n) return`. */
export function upperBound(held: Held, influences: Influences): UpperBound | undefined {
  const compared = comparison(held);
  if (!compared) return undefined;
  for (const { left, op, right } of [compared, mirror(compared)]) {
    const [a, b] = [influences.of(left), influences.of(right)];
    if (!op.startsWith('<') || isUnknown(a | b) || direct(a) === nothing || b !== nothing) continue;
    return { left, right, inclusive: op === '<=', node: held.condition };
  }
  return undefined;
}

/** An expression of the kernel, with the values that a launch gives to its parameters. */
export function valueAtLaunch(
  node: SyntaxNode,
  fn: FunctionFacts,
  { facts }: LaunchView,
  { evaluator }: Analysis,
): Expr {
  const bindings = new Map<string, Expr>();
  fn.parameters.forEach(({ variable }, index) => {
    const argument = facts.arguments[index];
    if (!argument || variable.type.pointers > 0 || fn.events.get(variable.name)?.length) return;
    bindings.set(variable.name, evaluator.resolveText(argument.text, { at: argument, function: facts.function }));
  });
  return evaluator.resolveText(node.text, { at: node, function: fn, bindings });
}

/** The axes on which the launch starts as many threads as `node` says, rounded up to whole blocks. */
export function countedAxes(
  node: SyntaxNode,
  fn: FunctionFacts,
  view: LaunchView,
  analysis: Analysis,
  symbolic: Symbolic,
): Axis[] {
  const value = valueAtLaunch(node, fn, view, analysis);
  return axes.filter((axis) => {
    const form = gridForm(view, axis, symbolic);
    return form?.rounds === 'up' && symbolic.same(form.count, value);
  });
}

/** The axis whose `blockIdx · blockDim + threadIdx` this is, and nothing else; blockDim may be a number. */
export function globalAxis({ terms, unknowns }: Polynomial): Axis | undefined {
  if (terms.size !== 2) return undefined;
  const names = [...terms].map(([monomial, coefficient]) => {
    const factors = monomial.split('\u0001').map((id) => unknowns.get(id)?.name ?? '');
    return { factors: factors.sort().join('*'), coefficient };
  });
  return axes.find((axis) =>
    [names, [...names].reverse()].some(
      ([thread, block]) =>
        thread!.factors === `threadIdx.${axis}` &&
        thread!.coefficient === 1n &&
        ((block!.factors === `blockDim.${axis}*blockIdx.${axis}` && block!.coefficient === 1n) ||
          (block!.factors === `blockIdx.${axis}` && block!.coefficient > 1n)),
    ),
  );
}

/** Whether two polynomials are the same. */
export function sameForm(a: Polynomial, b: Polynomial): boolean {
  return a.terms.size === b.terms.size && [...a.terms].every(([monomial, n]) => b.terms.get(monomial) === n);
}
