/** Members of a struct that a function declares: `Config c = {256, 64}; c.blocks = 4;`. */
import type { Evaluator, Place } from './evaluator';
import type { Expr } from './expression';
import type { FunctionFacts, StructFacts, Variable, VariableEvent } from './facts';
import { isFloat } from './numbers';
import { eventsOf, reachingEvent } from './reach';
import { takesByValue } from './references';

/** The member's value, or which of its unknown values it has; nothing if the variable is no such struct or the member is left alone. */
export function memberValue(
  variable: Variable,
  member: string,
  fn: FunctionFacts,
  place: Place,
  evaluator: Evaluator,
): Expr | { readonly version: string } | undefined {
  const { type } = variable;
  const struct = evaluator.index.structs.get(evaluator.types.resolve(type.base).base);
  const field = struct?.fields.find(({ name }) => name === member);
  if (!struct || !field || type.pointers > 0 || type.arrays > 0 || type.reference || variable.kind !== 'variable')
    return undefined;
  // A store to one member of a union changes the others.
  const union = struct.node.type === 'union_specifier';
  const events = eventsOf(fn, variable).filter(
    ({ action, member: changed }) =>
      (union || changed === undefined || changed === member || changed.startsWith(`${member}.`)) &&
      (action.kind !== 'passed' || !takesByValue(evaluator.index, action.callee, action.index)),
  );
  const before = events.filter((event) => event !== variable.initial && event.node.offset < place.at.offset);
  const version = before.length === 0 ? undefined : { version: before[before.length - 1]!.node.key };
  const kind = field.type.pointers + field.type.arrays > 0 ? undefined : evaluator.types.number(field.type.base);
  const dimensions = /^(?:dim3|uint3)$/.test(field.type.base) && field.type.pointers === 0;
  // Only sizes are followed.
  if (union || (!dimensions && (kind === undefined || isFloat(kind)))) return version;
  const start: VariableEvent = variable.initial ?? { node: variable.node, action: { kind: 'arguments', texts: [] } };
  const reaching = reachingEvent(
    { ...variable, initial: start },
    variable.initial ? events : [start, ...events],
    place.at,
  );
  const text = 'event' in reaching ? memberText(reaching.event, start, struct, member, variable) : undefined;
  if (text === undefined || !('event' in reaching)) return version;
  const { event } = reaching;
  return evaluator.remembered(event, `${variable.name}.${member}`, place, () => {
    const value = evaluator.resolveText(text, { ...place, at: event.node, depth: (place.depth ?? 0) + 1 });
    return dimensions ? value : { kind: 'cast', type: field.type.base, operand: value };
  });
}

/** What the event gives to the member, as text. */
function memberText(
  event: VariableEvent,
  start: VariableEvent,
  struct: StructFacts,
  member: string,
  variable: Variable,
): string | undefined {
  if (event.member === member) return event.action.kind === 'value' ? event.action.text : undefined;
  if (event !== start || struct.opaque || struct.constructed) return undefined;
  const position = struct.fields.findIndex(({ name }) => name === member);
  const initial = struct.fields[position]?.initial;
  if (!variable.initial) return initial;
  const list = variable.initial.node.child('value');
  if (list?.type !== 'initializer_list') return undefined;
  const pairs = list.children.filter((child) => child.type === 'initializer_pair');
  const written =
    pairs.length > 0
      ? pairs.find((pair) => pair.child('designator')?.text === `.${member}`)?.child('value')
      : list.children[position];
  return written?.text ?? initial ?? '0';
}
