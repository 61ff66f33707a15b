import type { SyntaxNode } from '../parse';
import { unparenthesized } from '../parse/node';
import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { Evaluator } from '../model/evaluator';
import type { FunctionFacts } from '../model/facts';
import { eventsOf, findVariable } from '../model/reach';
import { assignedValue } from '../model/threads';
import { comparison, conditionsAt } from './lib/conditions';
import {
  blocks,
  component,
  componentNames,
  direct,
  everything,
  influencesOf,
  isUnknown,
  nothing,
  threads,
  throughMemory,
  type Influence,
} from './lib/influence';
import { reportedWhereActive } from './lib/launched';
import { sharedPlace, type Place } from './lib/places';
import { singledAt, takesTurns } from './lib/single-thread';
import { msg, type Report, type Rule } from './rule';

/** Threads with different values store them at one and the same place: which of them stays is chance. */
export const conflictingStores: Rule = {
  id: 'conflicting-stores',
  severity: 'warning',
  summary: 'Several threads store different values at the same place.',
  run: reportedWhereActive(findStores, report),
};

interface Store {
  readonly place: Place;
  /** Components of threadIdx and blockIdx that choose the place, or of which one value only gets here. */
  readonly separated: Influence;
  /** Components with which the value surely changes. */
  readonly varies: Influence;
}

function findStores(fn: FunctionFacts, { evaluator }: Analysis): Store[] {
  if (takesTurns(fn.body?.text ?? '')) return [];
  const influences = influencesOf(fn, evaluator);
  return bodyOf(fn)
    .of('assignment_expression')
    .flatMap((node): Store[] => {
      const [left, right] = [node.child('left'), node.child('right')];
      const whole = node.child('operator')?.text === '=' && node.parent?.type === 'expression_statement';
      const place = whole && left ? sharedPlace(left, fn, evaluator.index) : undefined;
      // What is read there too is a matter of sums.
      if (!place || !right || right.text.replace(/\s+/g, '').includes(place.node.text.replace(/\s+/g, ''))) return [];
      const index = place.indices.reduce((sum, i) => sum | influences.of(i), nothing);
      // A place that was looked up may be another for each thread.
      if (isUnknown(index | influences.of(right)) || throughMemory(index) !== nothing) return [];
      if (place.indices.some((i) => isUnwritten(i, fn, evaluator))) return [];
      if (!isPlainlyReached(node, fn, evaluator)) return [];
      const alone = singledAt(node, fn, evaluator);
      const varies = variation(right, fn, evaluator, 0);
      return isUnknown(alone) || varies === nothing ? [] : [{ place, separated: direct(index) | alone, varies }];
    });
}

/** `int at = YOUR_INDEX;`: the index is a name that nothing declares, an exercise to fill in or a macro from elsewhere. */
function isUnwritten(index: SyntaxNode, fn: FunctionFacts, evaluator: Evaluator): boolean {
  return [...index.walk()].some((node) => {
    const variable = node.type === 'identifier' ? findVariable(fn, node.text, node) : undefined;
    const value = variable?.initial && assignedValue(variable.initial.node);
    if (value?.type !== 'identifier' || findVariable(fn, value.text, value)) return false;
    const { kind } = evaluator.resolveText(value.text, { at: value, function: fn });
    return (kind === 'opaque' || kind === 'name') && !evaluator.index.variables.has(value.text);
  });
}

/** By bounds and what is the same for all threads: a search lets one thread through, and a store under its condition is meant. */
function isPlainlyReached(node: SyntaxNode, fn: FunctionFacts, evaluator: Evaluator): boolean {
  const influences = influencesOf(fn, evaluator);
  return conditionsAt(node, fn).every((held) => {
    const bits = influences.of(held.condition);
    return bits === nothing || (throughMemory(bits) === nothing && comparison(held) !== undefined);
  });
}

/** Components of threadIdx and blockIdx that surely change the value: added, multiplied, or the index of what is read. */
function variation(node: SyntaxNode, fn: FunctionFacts, evaluator: Evaluator, depth: number): Influence {
  const inner = unparenthesized(node);
  const again = (part: SyntaxNode | undefined): Influence =>
    part && depth < 12 ? variation(part, fn, evaluator, depth + 1) : nothing;
  switch (inner.type) {
    case 'field_expression': {
      const object = inner.child('argument')?.text;
      if (object === 'threadIdx' || object === 'blockIdx') return component(object, inner.child('field')?.text ?? '');
      return again(inner.child('argument'));
    }
    case 'binary_expression':
      if (!/^[-+*/]$/.test(inner.child('operator')?.text ?? '')) return nothing;
      return again(inner.child('left')) | again(inner.child('right'));
    case 'unary_expression':
      return inner.child('operator')?.text === '-' ? again(inner.child('argument')) : nothing;
    case 'cast_expression':
      return again(inner.child('value'));
    case 'subscript_expression':
      return sharedPlace(inner, fn, evaluator.index) ? again(inner.child('indices')?.children[0]) : nothing;
    case 'identifier':
      return variationOfName(inner, fn, again);
    default:
      return nothing;
  }
}

/** A variable with one value, or a sum that only grows. */
function variationOfName(
  name: SyntaxNode,
  fn: FunctionFacts,
  again: (part: SyntaxNode | undefined) => Influence,
): Influence {
  const variable = findVariable(fn, name.text, name);
  if (!variable || variable.kind !== 'variable' || variable.type.pointers + variable.type.arrays > 0) return nothing;
  if (variable.specifiers.has('__shared__')) return nothing;
  const events = eventsOf(fn, variable);
  const changes = events.filter((event) => event !== variable.initial);
  if (changes.length === 0) return again(variable.initial?.node.child('value'));
  const grows = changes.every(
    ({ action, node }) => action.kind === 'compound' && node.type === 'assignment_expression',
  );
  // What runs before the store in the text counts; a counter that goes on by strides keeps its start.
  if (!grows || changes.some(({ node }) => node.offset > name.offset)) return nothing;
  return changes.reduce(
    (sum, { node }) => sum | again(assignedValue(node)),
    again(variable.initial?.node.child('value')),
  );
}

function report({ place, separated, varies }: Store, active: Influence, launched: boolean): Report[] {
  const scope = place.memory === 'shared' ? threads : everything;
  const missing = active & scope & varies & ~separated;
  if (missing === nothing) return [];
  // Without a launch, a kernel that reads threadIdx may still have blocks of one thread on that axis.
  if (!launched && (missing & blocks) === nothing && (separated & threads) !== 0) return [];
  const message = msg(
    'threads that differ in {0} store different values in the same {1}: one of them stays, by chance',
    componentNames(missing).join(', '),
    `'${place.node.text}'`,
  );
  return [{ span: place.node.span, message }];
}
