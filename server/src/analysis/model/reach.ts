/** Which value a variable has at a place: the last assignment that surely ran, or why that cannot be said. */
import type { SyntaxNode } from '../parse';
import type { FunctionFacts, Variable, VariableEvent } from './facts';

export type Reaching = { readonly event: VariableEvent } | { readonly why: string };

const branches = new Set([
  'if_statement',
  'else_clause',
  'while_statement',
  'for_statement',
  'for_range_loop',
  'case_statement',
  'switch_statement',
  'conditional_expression',
  'lambda_expression',
  'preproc_if',
  'preproc_ifdef',
  'preproc_else',
  'preproc_elif',
  'preproc_elifdef',
  'catch_clause',
]);
/** No person assigns a variable so often; generated code that does would take quadratic time. */
const mostEvents = 400;
const loops = new Set(['for_statement', 'while_statement', 'do_statement', 'for_range_loop']);

/** The variable that `name` means at `at`, if the function declares one. */
export function findVariable(fn: FunctionFacts, name: string, at: SyntaxNode): Variable | undefined {
  let found: Variable | undefined;
  for (const variable of fn.variables.get(name) ?? []) {
    if (!variable.scope.contains(at) || variable.node.offset > at.offset) continue;
    if (!found || variable.scope.length <= found.scope.length) found = variable;
  }
  return found;
}

/** What happens to `variable`, in the order of the text. */
export function eventsOf(fn: FunctionFacts, variable: Variable): VariableEvent[] {
  const events = fn.events.get(variable.name) ?? [];
  const rivals = fn.variables.get(variable.name) ?? [];
  if (rivals.length === 1) return events;
  return events.filter((event) =>
    event === variable.initial
      ? true
      : !rivals.some((other) => other.initial === event) && findVariable(fn, variable.name, event.node) === variable,
  );
}

/** The last of `events` that surely ran before `at`. */
export function reachingEvent(variable: Variable, events: readonly VariableEvent[], at: SyntaxNode): Reaching {
  if (events.length > mostEvents) return { why: 'changes too often to be followed' };
  const others = events.filter((event) => event !== variable.initial);
  if (others.length > 0 && capturedByLambda(variable, at)) return { why: 'changes, and is used in a lambda' };
  let last: VariableEvent | undefined;
  let doubt: string | undefined;
  for (const event of inOrder(events)) {
    if (event.node === at || exclusive(event.node, at)) continue;
    if (runsAfter(event, at)) continue;
    if (dominates(event.node, at)) {
      last = event;
      doubt = undefined;
    } else {
      doubt = event.action.kind === 'unknown' ? event.action.why : 'is assigned conditionally';
    }
  }
  if (doubt !== undefined) return { why: doubt };
  if (!last) return { why: variable.kind === 'parameter' ? 'is a parameter' : 'has no initial value here' };
  // Each pass of a `do` loop that is over may have changed it again.
  if (insideFinishedLoop(last.node, at)) return { why: 'changes in a loop' };
  const carried = others.some((event) => event !== last && carriedByLoop(variable, event.node, last.node, at));
  return carried ? { why: 'changes in a loop' } : { event: last };
}

/** The events whose values `at` may see; too many rather than too few. */
export function eventsReaching(variable: Variable, events: readonly VariableEvent[], at: SyntaxNode): VariableEvent[] {
  if (events.length > mostEvents) return [...events];
  const before = inOrder(events).filter((e) => e.node !== at && !exclusive(e.node, at) && !runsAfter(e, at));
  // `x += 1` and `a[i] = 1` leave something of the value before.
  const last = before.filter((e) => replaces(e) && dominates(e.node, at)).pop();
  const start = last?.node ?? variable.node;
  return events.filter(
    (e) =>
      e === last ||
      (before.includes(e) && e.node.offset > start.offset) ||
      (e !== variable.initial && carriedByLoop(variable, e.node, start, at)),
  );
}

function replaces({ member, action }: VariableEvent): boolean {
  return member === undefined && (action.kind === 'value' || action.kind === 'arguments');
}

function inOrder(events: readonly VariableEvent[]): VariableEvent[] {
  return [...events].sort((a, b) => a.node.offset - b.node.offset);
}

/** After `at` in the text, around it (the right side is read first), or in the update of a loop whose body holds `at`. */
function runsAfter(event: VariableEvent, at: SyntaxNode): boolean {
  if (event.node.offset >= at.offset || event.node.contains(at)) return true;
  for (const node of event.node.upwards()) {
    if (node.field === 'update' && node.parent?.type === 'for_statement') return node.parent.contains(at);
  }
  return false;
}

function capturedByLambda(variable: Variable, at: SyntaxNode): boolean {
  for (const node of at.upwards()) {
    if (node === variable.scope) return false;
    if (node.type === 'lambda_expression') return true;
  }
  return false;
}

/** Whether `event` runs whenever `at` is reached. */
function dominates(event: SyntaxNode, at: SyntaxNode): boolean {
  let child = event;
  for (const node of event.upwards()) {
    if (node.contains(at)) return true;
    if (node !== event && mayBeSkipped(node, child)) return false;
    child = node;
  }
  return true;
}

/** Whether `node` may be reached without running its part `child`. */
function mayBeSkipped(node: SyntaxNode, child: SyntaxNode): boolean {
  if (node.type === 'binary_expression')
    return /^(&&|\|\|)$/.test(node.child('operator')?.text ?? '') && child.field === 'right';
  if (!branches.has(node.type)) return false;
  return child.field !== 'condition' && child.field !== 'initializer' && child.type !== 'condition_clause';
}

/** Whether the two stand in different arms of one `if`, `#if` or `switch`. */
function exclusive(event: SyntaxNode, at: SyntaxNode): boolean {
  let child = event;
  for (const node of event.upwards()) {
    if (node !== event && node.contains(at)) {
      const arm = node.children.find((candidate) => candidate.contains(at));
      if (node.type === 'if_statement') return child.field === 'consequence' && arm?.field === 'alternative';
      if (node.type === 'preproc_if' || node.type === 'preproc_ifdef')
        return child !== arm && arm?.field === 'alternative';
      return false;
    }
    child = node;
  }
  return false;
}

function insideFinishedLoop(event: SyntaxNode, at: SyntaxNode): boolean {
  for (const node of event.upwards()) {
    if (node.contains(at)) return false;
    if (node.type === 'do_statement') return true;
  }
  return false;
}

/** Whether a loop brings the effect of `event` round to `at`, past `last`. */
function carriedByLoop(variable: Variable, event: SyntaxNode, last: SyntaxNode, at: SyntaxNode): boolean {
  for (const node of event.upwards()) {
    if (node === variable.scope && node.type !== 'for_statement') return false;
    if (loops.has(node.type) && node.contains(at)) {
      const body = node.child('body');
      // Assigned afresh in each pass before it is used: nothing is carried.
      if (!body?.contains(last)) return true;
    }
  }
  return false;
}
