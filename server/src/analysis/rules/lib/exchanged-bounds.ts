/** Kernels that compare the number within a row with something else than the row's length. */
import type { SyntaxNode } from '../../parse';
import type { Analysis } from '../../model/build';
import { bodyOf } from '../../model/body';
import type { Memory } from '../../model/environment';
import type { FunctionFacts } from '../../model/facts';
import type { Polynomial } from '../../model/polynomial';
import { parameterAccess } from './accesses';
import { globalAxis, sameForm, upperBound, type UpperBound } from './bounds';
import type { Axis } from './common';
import { conditionsAt } from './conditions';
import { indexForm } from './index-form';
import { direct, influencesOf, nothing } from './influence';

interface AxisBound extends UpperBound {
  readonly axis: Axis;
}

export interface ExchangedBounds {
  /** What runs along the row, and is compared with something else than the row's length. */
  readonly column: AxisBound;
  /** What is multiplied with the row's length, and compared with it. */
  readonly row: AxisBound;
  readonly access: SyntaxNode;
  /** Place of the array among the kernel's parameters. */
  readonly parameter: number;
}

const memory: Memory<readonly ExchangedBounds[]> = new WeakMap();

/** See `search`; kept until the kernel changes. */
export function exchangedBounds(fn: FunctionFacts, analysis: Analysis): readonly ExchangedBounds[] {
  return analysis.evaluator.index.environment.remember(memory, fn, () => search(fn, analysis));
}

/** `a[y * width + x]` under `y < width && x < height`. */
function search(fn: FunctionFacts, { evaluator }: Analysis): ExchangedBounds[] {
  const influences = influencesOf(fn, evaluator);
  const suspects: ExchangedBounds[] = [];
  for (const node of bodyOf(fn).of('subscript_expression')) {
    const place = parameterAccess(node, fn, evaluator);
    const form =
      place && direct(influences.of(place.index)) !== nothing ? indexForm(place.index, fn, evaluator) : undefined;
    if (!place || !form) continue;
    const bounds = conditionsAt(node, fn).flatMap((held): AxisBound[] => {
      const bound = upperBound(held, influences);
      const left = bound && indexForm(bound.left, fn, evaluator);
      const axis = left && globalAxis(left);
      return bound && axis !== undefined ? [{ ...bound, axis }] : [];
    });
    if (bounds.length !== 2 || bounds[0]!.axis === bounds[1]!.axis) continue;
    for (const [row, column] of [bounds, [...bounds].reverse()] as [AxisBound, AxisBound][]) {
      const [length, other] = [indexForm(row.right, fn, evaluator), indexForm(column.right, fn, evaluator)];
      if (
        !length ||
        !other ||
        sameForm(length, other) ||
        !isFlat(form, row.axis, column.axis, [...length.terms.keys()])
      )
        continue;
      suspects.push({ row, column, access: node, parameter: place.parameter });
    }
  }
  return suspects;
}

/** The row's thread number is multiplied with the row's length, the column's with nothing. */
function isFlat(form: Polynomial, row: Axis, column: Axis, [length]: readonly string[]): boolean {
  if (length === undefined || length === '') return false;
  let rowSeen = false;
  let columnSeen = false;
  for (const monomial of form.terms.keys()) {
    const names = form.factors(monomial).map((id) => form.unknowns.get(id)?.name);
    if (names.includes(`threadIdx.${row}`)) {
      if (names.length !== 2 || !form.factors(monomial).includes(length)) return false;
      rowSeen = true;
    } else if (names.includes(`threadIdx.${column}`)) {
      if (names.length !== 1) return false;
      columnSeen = true;
    }
  }
  return rowSeen && columnSeen;
}
