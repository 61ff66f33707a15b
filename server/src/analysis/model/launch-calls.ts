/** Launches through the runtime's functions: `cudaLaunchKernel(k, grid, block, args, …)`, `cudaLaunchKernelEx(&config, k, …)`. */
import type { SyntaxNode } from '../parse';
import { unparenthesized } from '../parse/node';
import type { CallFacts, FunctionFacts, LaunchFacts, Variable, VariableEvent } from './facts';
import { eventsOf, findVariable, reachingEvent } from './reach';

export const launchFunction = /^(?:::)?(cudaLaunchKernel|cudaLaunchCooperativeKernel|cudaLaunchKernelExC?)$/;

/** Fields of `cudaLaunchConfig_t`, in its order, as far as a launch in `<<<>>>` has them. */
const configFields = ['gridDim', 'blockDim', 'dynamicSmemBytes'] as const;

/** The launch behind such a call. What cannot be told is left out: without grid or block the launch counts as broken. */
export function readLaunchCall(call: CallFacts): LaunchFacts | undefined {
  const name = launchFunction.exec(call.callee)?.[1];
  const [first, second, third, fourth] = call.arguments;
  if (name === undefined || !first || !second) return undefined;
  if (!name.startsWith('cudaLaunchKernelEx')) {
    const callee = kernelIn(first);
    if (!callee || !third) return undefined;
    const configArguments = [second, third, ...call.arguments.slice(4, 6)];
    return { ...common(call, callee, 'call'), config: call.node, configArguments, ...pointedArguments(fourth, call) };
  }
  const callee = kernelIn(second);
  if (!callee) return undefined;
  const rest = name.endsWith('C')
    ? pointedArguments(third, call)
    : { arguments: call.arguments.slice(2), argumentsKnown: true };
  return { ...common(call, callee, 'config'), config: first, configArguments: configOf(first, call), ...rest };
}

function common(call: CallFacts, callee: SyntaxNode, form: LaunchFacts['form']) {
  return { node: call.node, callee, form, function: call.function };
}

/** `k` of `(void*)k`, `&k`, `reinterpret_cast<const void*>(&k<float>)`. */
export function kernelIn(node: SyntaxNode): SyntaxNode | undefined {
  const inner = unparenthesized(node);
  switch (inner.type) {
    case 'cast_expression':
      return kernelIn(inner.child('value')!);
    case 'pointer_expression':
      return kernelIn(inner.child('argument')!);
    case 'call_expression': {
      const [only, more] = inner.child('arguments')?.children ?? [];
      const cast = /^(?:reinterpret|static|const)_cast\b/.test(inner.child('function')?.text ?? '');
      return cast && only && !more ? kernelIn(only) : undefined;
    }
    case 'identifier':
    case 'template_function':
    case 'qualified_identifier':
      return inner;
    default:
      return undefined;
  }
}

const unknownArguments = { arguments: [], argumentsKnown: false };

/** What an array of pointers to arguments points to: `void* args[] = {&a, &n}`. */
function pointedArguments(
  node: SyntaxNode | undefined,
  { node: at, function: fn }: CallFacts,
): Pick<LaunchFacts, 'arguments' | 'argumentsKnown'> {
  if (!node || /^(?:0|NULL|nullptr)$/.test(node.text)) return { arguments: [], argumentsKnown: true };
  const name = kernelIn(node);
  const variable = fn && name?.type === 'identifier' ? findVariable(fn, name.text, at) : undefined;
  if (!variable || variable.kind !== 'variable') return unknownArguments;
  const changes = changesOf(fn!, variable);
  const list = variable.initial?.node.child('value');
  const targets =
    list?.type === 'initializer_list'
      ? changes.length === 0
        ? list.children.map(pointed)
        : []
      : assignedElements(changes, variable, at);
  const known = targets.flatMap((target) => target ?? []);
  return known.length > 0 && known.length === targets.length
    ? { arguments: known, argumentsKnown: true }
    : unknownArguments;
}

/** What happens to a variable besides its initial value and being passed on. */
function changesOf(fn: FunctionFacts, variable: Variable): VariableEvent[] {
  return eventsOf(fn, variable).filter((event) => event !== variable.initial && event.action.kind !== 'passed');
}

/** `args[0] = &a; args[1] = &n;`, each element once and surely. */
function assignedElements(
  changes: readonly VariableEvent[],
  variable: Variable,
  at: SyntaxNode,
): (SyntaxNode | undefined)[] {
  const elements: (SyntaxNode | undefined)[] = [];
  for (const event of changes) {
    const index = event.node.child('left')?.child('indices')?.text.slice(1, -1) ?? '';
    const right = event.node.child('right');
    const surely = 'event' in reachingEvent({ ...variable, initial: event }, [event], at);
    if (!/^\d$/.test(index) || elements[Number(index)] || !right || !surely) return [];
    elements[Number(index)] = pointed(right);
  }
  return Array.from(elements);
}

/** `a` of `&a` and `(void*)&a`. */
function pointed(node: SyntaxNode): SyntaxNode | undefined {
  const inner = unparenthesized(node);
  if (inner.type === 'cast_expression') return pointed(inner.child('value')!);
  return inner.type === 'pointer_expression' && inner.child('operator')?.text === '&'
    ? inner.child('argument')
    : undefined;
}

/** Grid, block and shared memory of a `cudaLaunchConfig_t` variable, where each was last given a value. */
function configOf(node: SyntaxNode, { node: at, function: fn }: CallFacts): SyntaxNode[] {
  const name = kernelIn(node);
  const variable = fn && name?.type === 'identifier' ? findVariable(fn, name.text, at) : undefined;
  if (!variable || variable.kind !== 'variable' || variable.type.pointers > 0) return [];
  const events = eventsOf(fn!, variable).filter((event) => !onlyLooksAt(event.node));
  const values: SyntaxNode[] = [];
  for (const field of configFields) {
    const relevant = events.filter(({ member }) => member === undefined || member.split('.')[0] === field);
    const reaching = reachingEvent(variable, relevant, at);
    if ('why' in reaching) return [];
    const value = fieldValue(reaching.event, field, variable);
    if (value) values.push(value);
    // What a list leaves out is 0; anything else that is not understood leaves nothing to say about the launch.
    else if (reaching.event !== variable.initial || values.length < 2 || !isList(reaching.event)) return [];
  }
  return values;
}

function fieldValue(event: VariableEvent, field: string, variable: Variable): SyntaxNode | undefined {
  if (event.member === field) return event.action.kind === 'value' ? event.node.child('right') : undefined;
  const list = event === variable.initial && isList(event) ? event.node.child('value') : undefined;
  if (event.member !== undefined || !list) return undefined;
  const pairs = list.children.filter((child) => child.type === 'initializer_pair');
  if (pairs.length === 0) return list.children[configFields.indexOf(field as (typeof configFields)[number])];
  return pairs.find((pair) => pair.child('designator')?.text === `.${field}`)?.child('value');
}

function isList({ node }: VariableEvent): boolean {
  return node.child('value')?.type === 'initializer_list';
}

/** `&config` for a function of the runtime, which reads it. */
function onlyLooksAt(node: SyntaxNode): boolean {
  const call = node.type === 'pointer_expression' && node.parent?.type === 'argument_list' ? node.parent.parent : node;
  return call?.type === 'call_expression' && /^(?:::)?cuda[A-Z]/.test(call.child('function')?.text ?? '');
}
