import type { SyntaxNode } from '../parse';
import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { FunctionFacts } from '../model/facts';
import { findAllocation } from '../model/lookups';
import { Symbolic } from '../model/symbolic';
import { parameterAccess } from './lib/accesses';
import { countedAxes, globalAxis, sameForm, upperBound, valueAtLaunch, type UpperBound } from './lib/bounds';
import { known, type LaunchView } from './lib/common';
import { conditionsAt } from './lib/conditions';
import { indexForm } from './lib/index-form';
import { direct, influencesOf, nothing } from './lib/influence';
import { launchedKernels } from './lib/launched';
import type { Memory } from '../model/environment';
import { msg, type Fix, type Report, type Rule } from './rule';

/** The guard lets the index be as large as the number of elements: one thread uses what lies behind the last of them. */
export const offByOneGuard: Rule = {
  id: 'off-by-one-guard',
  severity: 'warning',
  summary: 'A guard lets one thread too many through.',
  run: (analysis) => {
    const { index } = analysis.evaluator;
    const symbolic = new Symbolic(analysis.evaluator);
    return launchedKernels(analysis).flatMap(({ fn, views }) => {
      const suspects = index.environment.remember(memory, fn, () => findSuspects(fn, analysis));
      if (suspects.length === 0) return [];
      const found = suspects.find((suspect) => isCount(suspect, fn, views, analysis, symbolic));
      return found ? [report(found)] : [];
    });
  },
};

interface Suspect {
  readonly bound: UpperBound;
  readonly parameter: number;
  readonly access: SyntaxNode;
}

const memory: Memory<readonly Suspect[]> = new WeakMap();
/** Arrays that have one element more than there are rows: where each of them begins. */
const offsets = /ptr|off|prefix|scan|start|begin|end|bound|row|cum|edge|node|knot|displ|indptr/i;
const counts =
  /^(?:n|num|size|len|length|count|total|nelem\w*|n_?elements|num_?elements|num\w+|\w*size|\w+count|width|height|rows|cols)$/i;

/** `a[i]` under `i <= n`, with no narrower bound. */
function findSuspects(fn: FunctionFacts, { evaluator }: Analysis): Suspect[] {
  const influences = influencesOf(fn, evaluator);
  const suspects: Suspect[] = [];
  for (const node of bodyOf(fn).of('subscript_expression')) {
    const place = parameterAccess(node, fn, evaluator);
    if (!place || direct(influences.of(place.index)) === nothing) continue;
    const form = indexForm(place.index, fn, evaluator);
    // Only the thread's own number: another index may begin at 1.
    if (!form || globalAxis(form) === undefined) continue;
    const own = conditionsAt(node, fn).flatMap((held) => {
      const bound = upperBound(held, influences);
      const left = bound && indexForm(bound.left, fn, evaluator);
      return left && sameForm(left, form) ? [bound] : [];
    });
    const [only] = own;
    if (only?.inclusive && own.length === 1) suspects.push({ bound: only, parameter: place.parameter, access: node });
  }
  return suspects;
}

function isCount(
  { bound, parameter }: Suspect,
  fn: FunctionFacts,
  views: readonly LaunchView[],
  analysis: Analysis,
  symbolic: Symbolic,
): boolean {
  const array = fn.parameters[parameter]?.variable.name ?? '';
  if (offsets.test(array)) return false;
  // Without a launch to ask, the name has to say it.
  if (views.length === 0) {
    const named = fn.parameters.some(({ variable }) => variable.name === bound.right.text);
    return named && counts.test(bound.right.text);
  }
  return views.every((view) => {
    const allocation = findAllocation(analysis.model, view.launch, parameter);
    const bytes = allocation && known(allocation.bytes.value);
    const type = view.kernel?.parameters[parameter]?.type;
    const size = type && analysis.evaluator.types.size(type.base, type.pointers - 1);
    const most = symbolic.integer(valueAtLaunch(bound.right, fn, view, analysis));
    if (bytes !== undefined && size !== undefined && most !== undefined) return bytes / BigInt(size) === most;
    if (allocation && /\+|pad|align/i.test(allocation.bytes.text)) return false;
    return countedAxes(bound.right, fn, view, analysis, symbolic).length > 0;
  });
}

function report({ bound, access }: Suspect): Report {
  const { node, right } = bound;
  return {
    span: node.span,
    message: msg(
      'the guard lets the index {0} through, but the last element of {1} is {0} - 1',
      right.text,
      `'${access.child('argument')!.text}'`,
    ),
    fixes: operatorFix(node),
  };
}

const tighter: Record<string, string> = { '<=': '<', '>=': '>', '<': '<=', '>': '>=' };

/** `i <= n` becomes `i < n`; `if (i > n) return` becomes `if (i >= n) return`. */
function operatorFix(node: SyntaxNode): Fix[] {
  const operator = node.child('operator');
  const newText = operator && tighter[operator.text];
  if (!operator || newText === undefined) return [];
  return [{ title: msg("Use '{0}'", newText), edits: [{ span: operator.span, newText }], preferred: true }];
}
