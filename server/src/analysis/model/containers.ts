/** How many elements a container or an array has, where its declaration and what happens to it tell. */
import type { Evaluator, Place } from './evaluator';
import type { Expr } from './expression';
import type { FunctionFacts, Variable, VariableEvent } from './facts';
import { eventsOf, findVariable, reachingEvent } from './reach';
import { takesByValue } from './references';
import { isVector } from './size-changes';
import { splitArguments } from './tokens';

/** A longer list is cut short when the tree is read. */
const longestList = 64;

/** How many elements the variable has; the same unknown for two places between which that does not change. */
export function elementCount(name: string, place: Place, evaluator: Evaluator): Expr {
  const known = knownCount(name, place, evaluator);
  if (known) return known;
  const fn = place.function;
  const variable = fn && findVariable(fn, name, place.at);
  const changes = variable ? sizeEvents(variable, fn, evaluator).filter((event) => event !== variable.initial) : [];
  const before = changes.filter(({ node }) => node.offset < place.at.offset);
  const id = `${name}.size@${variable?.node.key ?? 'file'}#${before[before.length - 1]?.node.key ?? ''}`;
  return { kind: 'opaque', name: `${name}.size()`, id, why: `the number of elements of '${name}' is not known` };
}

/** What may change the variable's number of elements, its initial value among it. */
function sizeEvents(variable: Variable, fn: FunctionFacts, { index }: Evaluator): VariableEvent[] {
  return eventsOf(fn, variable).filter(
    ({ action, member }) =>
      (member === undefined || member === '.size') &&
      (action.kind !== 'passed' || !takesByValue(index, action.callee, action.index)),
  );
}

function knownCount(name: string, place: Place, evaluator: Evaluator): Expr | undefined {
  const fn = place.function;
  const local = fn && findVariable(fn, name, place.at);
  const variable = local ?? onlyGlobal(name, evaluator);
  if (!variable || variable.kind !== 'variable' || variable.type.pointers > 0) return undefined;
  if (variable.type.arrays > 0) return arrayLength(variable, place, evaluator);
  const { base } = variable.type;
  const array = /(?:^|::)array\s*<([\s\S]*)>$/.exec(base);
  if (array) return evaluator.resolveText(splitTemplate(array[1]!)[1] ?? '', place);
  if (!isVector(base) || !local || !fn) return undefined;
  const events = sizeEvents(variable, fn, evaluator);
  const start: VariableEvent = variable.initial ?? { node: variable.node, action: { kind: 'value', text: '0' } };
  const reaching = reachingEvent(
    { ...variable, initial: start },
    variable.initial ? events : [start, ...events],
    place.at,
  );
  // Nobody counts on an empty one: what fills it was not seen.
  if ('why' in reaching || (!variable.initial && reaching.event === start)) return undefined;
  return sizeAfter(reaching.event, start, { ...place, at: reaching.event.node }, evaluator);
}

function onlyGlobal(name: string, evaluator: Evaluator): Variable | undefined {
  const found = evaluator.index.variables.get(name);
  return found?.length === 1 ? found[0]!.value : undefined;
}

/** Elements of `T a[n]` and `T a[] = {…}`. */
export function arrayLength(variable: Variable, place: Place, evaluator: Evaluator): Expr | undefined {
  const { extents, arrays } = variable.type;
  if (extents.length === arrays) return evaluator.resolveText(extents[0]!.text, place);
  const list = variable.initial?.node.child('value');
  if (arrays !== 1 || list?.type !== 'initializer_list' || list.children.length > longestList) return undefined;
  return list.children.some((child) => child.type === 'initializer_pair') ? undefined : count(list.children.length);
}

function sizeAfter(
  { node, action, member }: VariableEvent,
  start: VariableEvent,
  place: Place,
  evaluator: Evaluator,
): Expr | undefined {
  if (member === '.size') return action.kind === 'value' ? evaluator.resolveText(action.text, place) : undefined;
  if (node !== start.node) return undefined;
  const value = node.child('value');
  if (value?.type === 'initializer_list')
    return value.children.length > longestList ? undefined : count(value.children.length);
  if (action.kind === 'value' && !value) return evaluator.resolveText(action.text, place);
  if (action.kind !== 'arguments' || action.texts.length > 2) return undefined;
  const size = evaluator.resolveText(action.texts[0] ?? '0', place);
  // `h(first, last)` copies a range.
  const number = 'ok' in evaluator.fold(size) || (size.kind === 'opaque' && isNumber(size.type, evaluator));
  return action.texts.length === 1 || number ? size : undefined;
}

function isNumber(type: string | undefined, evaluator: Evaluator): boolean {
  return type !== undefined && evaluator.types.number(type) !== undefined;
}

function count(value: number): Expr {
  return { kind: 'number', value: { type: 'u64', value: BigInt(value) } };
}

/** `float, 4` of `std::array<float, 4>`; commas inside nested templates do not split. */
function splitTemplate(text: string): string[] {
  return splitArguments(text.replace(/</g, '(').replace(/>/g, ')'));
}
