/** Indices that leave an array by a fixed number of elements, whatever the number of elements is. */
import type { Analysis } from '../../model/build';
import { bodyOf } from '../../model/body';
import type { Memory } from '../../model/environment';
import type { FunctionFacts } from '../../model/facts';
import type { Polynomial } from '../../model/polynomial';
import { Symbolic } from '../../model/symbolic';
import type { SyntaxNode } from '../../parse';
import { parameterAccess } from './accesses';
import { hasElements } from './array-elements';
import { countedAxes, globalAxis, upperBound } from './bounds';
import type { Axis, LaunchView } from './common';
import { conditionsAt } from './conditions';
import { indexForm } from './index-form';
import { influencesOf, nothing } from './influence';

export interface Overrun {
  readonly node: SyntaxNode;
  readonly parameter: number;
  /** The parameter that holds the number of elements. */
  readonly count: string;
  /** How far the index goes past the last element, or, below zero, before the first one. */
  readonly by: bigint;
}

/** `a[i + 1]`, `a[i - 1]`, `a[n - i]` for each `i < n`, of an array that a launch gives `n` elements. */
export function findOverrun(fn: FunctionFacts, view: LaunchView, analysis: Analysis): Overrun | undefined {
  const { index } = analysis.evaluator;
  const suspects = index.environment.remember(memory, fn, () => findSuspects(fn, analysis));
  if (suspects.length === 0) return undefined;
  const symbolic = new Symbolic(analysis.evaluator);
  return suspects.find(
    ({ bound, axis, parameter }) =>
      // A grid of exactly as many threads as there are elements: the first and the last of them are there.
      countedAxes(bound, fn, view, analysis, symbolic).includes(axis) &&
      hasElements([bound.text], parameter, fn, view, analysis, symbolic),
  );
}

interface Suspect extends Overrun {
  readonly bound: SyntaxNode;
  readonly axis: Axis;
}

const memory: Memory<readonly Suspect[]> = new WeakMap();

function findSuspects(fn: FunctionFacts, { evaluator }: Analysis): Suspect[] {
  const influences = influencesOf(fn, evaluator);
  return bodyOf(fn)
    .of('subscript_expression')
    .flatMap((node): Suspect[] => {
      const place = parameterAccess(node, fn, evaluator);
      if (!place || influences.of(place.index) === nothing) return [];
      // Exactly one condition asks about the thread, `i < n`, and nothing else is known about it.
      const [held, ...others] = conditionsAt(node, fn).filter(({ condition }) => influences.of(condition) !== nothing);
      const bound = held && others.length === 0 ? upperBound(held, influences) : undefined;
      if (!bound || bound.inclusive || bound.right.type !== 'identifier') return [];
      const thread = indexForm(bound.left, fn, evaluator);
      const form = indexForm(place.index, fn, evaluator);
      const count = indexForm(bound.right, fn, evaluator);
      const axis = thread && globalAxis(thread);
      if (!form || !count || axis === undefined) return [];
      const by = constantOf(form.plus(thread!, -1n)) ?? pastEnd(constantOf(form.plus(thread!, 1n)?.plus(count, -1n)));
      if (by === undefined || by === 0n) return [];
      return [{ node, parameter: place.parameter, count: bound.right.text, by, bound: bound.right, axis }];
    });
}

/** The first thread reads `n + k`, which is `k + 1` elements past the last. */
function pastEnd(constant: bigint | undefined): bigint | undefined {
  return constant !== undefined && constant >= 0n ? constant + 1n : undefined;
}

function constantOf(form: Polynomial | undefined): bigint | undefined {
  if (!form || form.terms.size > 1) return undefined;
  return form.terms.size === 0 ? 0n : form.terms.get('');
}
