/** How a launch's grid relates to the work: one division a dimension, rounding up or down. */
import { bodyOf } from '../../model/body';
import type { Analysis } from '../../model/build';
import type { Expr } from '../../model/expression';
import { bare, type Symbolic, type Division } from '../../model/symbolic';
import type { Parameter } from '../../model/types';
import type { SyntaxNode } from '../../parse';
import { axes, type Axis, type LaunchView } from './common';

export interface GridForm extends Division {
  readonly rounds: 'up' | 'down';
  /** Adds a block even where the division is exact. */
  readonly always: boolean;
}

/** The division behind the grid on `axis`, if its divisor is the block's size there. */
export function gridForm(view: LaunchView, axis: Axis, symbolic: Symbolic): GridForm | undefined {
  const at = axes.indexOf(axis);
  const grid = view.grid.exprs[at as 0 | 1 | 2];
  const block = view.block.exprs[at as 0 | 1 | 2];
  const up = symbolic.ceilDivision(grid);
  if (up) return symbolic.same(up.divisor, block) ? { ...likely(up, view, symbolic), rounds: 'up' } : undefined;
  const down = symbolic.floorDivision(grid);
  if (!down || !symbolic.same(down.divisor, block)) return undefined;
  return { ...likely(down, view, symbolic), rounds: 'down', always: false };
}

/** A count that an unknown function is given, `fill(data, n)`, is what it was made unless that function changes it: an exact one is believed. */
function likely<T extends Division>(division: T, { facts }: LaunchView, symbolic: Symbolic): T {
  const count = bare(division.count);
  const size = symbolic.integer(division.divisor);
  if (count.kind !== 'opaque' || size === undefined || size < 1n) return division;
  const events = (facts.function?.events.get(count.name) ?? []).filter(({ action }) => action.kind !== 'passed');
  const [first, second] = events;
  if (second || first?.action.kind !== 'value' || first.member !== undefined) return division;
  const value = symbolic.integerOf(first.action.text, { at: first.node, function: facts.function });
  return value !== undefined && value % size === 0n
    ? { ...division, count: { kind: 'number', value: { type: 'i64', value } } }
    : division;
}

/** The function around the launch asks for the remainder of a division by the block's size: it knows about sizes that do not divide. */
export function checksRemainder(
  view: LaunchView,
  { divisor }: Division,
  { evaluator }: Analysis,
  symbolic: Symbolic,
): boolean {
  const fn = view.facts.function;
  for (const node of fn ? bodyOf(fn).of('binary_expression') : []) {
    if (node.child('operator')?.text !== '%') continue;
    const right = node.child('right');
    if (right && symbolic.same(evaluator.resolveText(right.text, { at: right, function: fn }), divisor)) return true;
  }
  return false;
}

/** The kernel's parameters, pointers aside, that the launch gives this count. */
export function parametersGiven(
  count: Expr,
  { facts, kernel }: LaunchView,
  { evaluator }: Analysis,
  symbolic: Symbolic,
): Parameter[] {
  return facts.arguments.flatMap((argument, index) => {
    const parameter = kernel?.parameters[index];
    if (!parameter || parameter.type.pointers > 0) return [];
    const value = evaluator.resolveText(argument.text, { at: argument, function: facts.function });
    return symbolic.same(value, count) ? [parameter] : [];
  });
}

/** Whether `count` is a multiple of `size` whatever its unknowns are: `blocks * 256`, `(n / 256) * 256`. */
export function isMultiple(count: Expr, size: Expr, symbolic: Symbolic, depth = 0): boolean {
  const e = bare(count);
  if (depth > 8) return false;
  if (symbolic.same(e, size)) return true;
  const [number, divisor] = [symbolic.integer(e), symbolic.integer(size)];
  if (number !== undefined) return divisor !== undefined && divisor > 0n && number % divisor === 0n;
  if (e.kind !== 'binary') return false;
  if (e.op === '*')
    return (
      isMultiple(e.left, size, symbolic, depth + 1) ||
      isMultiple(e.right, size, symbolic, depth + 1) ||
      productMultiple(e, size, symbolic)
    );
  if (e.op === '+' || e.op === '-')
    return isMultiple(e.left, size, symbolic, depth + 1) && isMultiple(e.right, size, symbolic, depth + 1);
  if (e.op === '<<') {
    const shift = symbolic.integer(e.right);
    return (
      shift !== undefined &&
      divisor !== undefined &&
      divisor > 0n &&
      shift >= 0n &&
      shift < 64n &&
      (1n << shift) % divisor === 0n
    );
  }
  return false;
}

/** `4 * n * 64` is a multiple of 256. */
function productMultiple(expr: Expr, size: Expr, symbolic: Symbolic): boolean {
  const divisor = symbolic.integer(size);
  if (divisor === undefined || divisor <= 0n) return false;
  let constant = 1n;
  const visit = (e: Expr): void => {
    const inner = bare(e);
    const value = symbolic.integer(inner);
    if (value !== undefined) constant *= value;
    else if (inner.kind === 'binary' && inner.op === '*') {
      visit(inner.left);
      visit(inner.right);
    }
  };
  visit(expr);
  return constant !== 0n && constant % divisor === 0n;
}

/** The statement a node stands in. */
export function statementOf(node: SyntaxNode): SyntaxNode {
  for (const outer of node.upwards()) {
    if (/_statement$|^declaration$/.test(outer.type)) return outer;
  }
  return node;
}
