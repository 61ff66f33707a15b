import type { SyntaxNode } from '../parse';
import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { FunctionFacts } from '../model/facts';
import { parameterAccess } from './lib/accesses';
import { globalAxis, upperBound, type UpperBound } from './lib/bounds';
import { axes } from './lib/common';
import { alternatives, conditionsAt, type Held } from './lib/conditions';
import { indexForm } from './lib/index-form';
import { component, direct, influencesOf, nothing } from './lib/influence';
import { isDevice, perFunction } from './lib/per-function';
import { msg, type Fix, type Report, type Rule } from './rule';

/**
 * `if (x >= width && y >= height) return;` lets everything through that is inside on one of the axes only; it takes `||`. The same holds for
 * `if (x < width || y < height)`, which takes `&&`.
 */
export const wrongGuardOperator: Rule = {
  id: 'wrong-guard-operator',
  severity: 'error',
  summary: 'A guard for two axes holds already when one of them is inside.',
  run: perFunction(isDevice, check),
};

function check(fn: FunctionFacts, { evaluator }: Analysis): Report[] {
  const influences = influencesOf(fn, evaluator);
  const reports = new Map<SyntaxNode, Report>();
  for (const node of bodyOf(fn).of('subscript_expression')) {
    const place = parameterAccess(node, fn, evaluator);
    const used = place ? direct(influences.of(place.index)) : nothing;
    if (!place || used === nothing) continue;
    const all = conditionsAt(node, fn);
    for (const held of all) {
      if (reports.has(held.condition)) continue;
      const parts = alternatives(held);
      if (parts.length < 2) continue;
      const bounds = parts.map((part) => upperBound(part, influences));
      const known = bounds.filter((bound): bound is UpperBound => bound !== undefined);
      const on = known.map(({ left }) => axisOf(left));
      // Each a size on an axis of its own, and the access uses all of them.
      const whole =
        known.length === parts.length &&
        new Set(on).size === on.length &&
        on.every((axis) => axis !== undefined && (used & component('threadIdx', axis)) !== 0);
      if (!whole || !known.some(({ right }) => isStride(right, place.index)) || boundElsewhere(all, held)) continue;
      reports.set(held.condition, report(held, known));
    }
  }
  return [...reports.values()];

  function axisOf(left: SyntaxNode): string | undefined {
    const form = indexForm(left, fn, evaluator);
    return form && globalAxis(form);
  }

  /** The row length that the index multiplies with: `x < width` and `y * width + x`. */
  function isStride(right: SyntaxNode, index: SyntaxNode): boolean {
    const [size, form] = [indexForm(right, fn, evaluator), indexForm(index, fn, evaluator)];
    if (!size || !form || size.terms.size !== 1) return false;
    const [[id, factor]] = [...size.terms] as [[string, bigint]];
    if (id !== '')
      return [...form.terms.keys()].some((m) => form.factors(m).includes(id) && form.factors(m).length > 1);
    return factor > 1n && [...form.terms].some(([m, n]) => m !== '' && n % factor === 0n);
  }

  /** Another condition keeps the threads within one of the axes. */
  function boundElsewhere(all: readonly Held[], except: Held): boolean {
    return all.some(
      (held) =>
        held !== except &&
        upperBound(held, influences) &&
        axes.some((axis) => axis === axisOf(upperBound(held, influences)!.left)),
    );
  }
}

function report({ condition, holds }: Held, bounds: readonly UpperBound[]): Report {
  const names = bounds.map(({ left }) => left.text);
  const [wrong, right] = holds ? ['||', '&&'] : ['&&', '||'];
  const message = holds
    ? msg("'||' lets threads through that are inside in {0} or in {1} only: both have to be", names[0]!, names[1]!)
    : msg("'&&' stops only threads that are outside in {0} and in {1}: one of them is enough", names[0]!, names[1]!);
  return { span: condition.span, message, fixes: operatorFix(condition, wrong, right) };
}

function operatorFix(condition: SyntaxNode, wrong: string, right: string): Fix[] {
  const edits = [...condition.walk()]
    .filter((node) => node.type === wrong && node.field === 'operator')
    .map(({ span }) => ({ span, newText: right }));
  return edits.length === 0 ? [] : [{ title: msg("Use '{0}'", right), edits, preferred: true }];
}
