/** Places in memory that several threads can reach. */
import type { SyntaxNode } from '../../parse';
import { unparenthesized } from '../../parse/node';
import type { FunctionFacts, Variable } from '../../model/facts';
import type { FileIndex } from '../../model/file-index';
import { eventsOf, findVariable } from '../../model/reach';

export interface Place {
  /** The expression that names the place. */
  readonly node: SyntaxNode;
  readonly variable: Variable;
  readonly memory: 'global' | 'shared';
  /** What chooses the element; none for a scalar or `*p`. */
  readonly indices: readonly SyntaxNode[];
}

/** The place an expression names, if it is behind a kernel's pointer parameter, in shared memory or a variable of the device. */
export function sharedPlace(node: SyntaxNode, fn: FunctionFacts, index: FileIndex): Place | undefined {
  const indices: SyntaxNode[] = [];
  let inner = unparenthesized(node);
  for (;;) {
    if (inner.type === 'field_expression') inner = unparenthesized(inner.child('argument')!);
    else if (inner.type === 'subscript_expression') {
      indices.push(...(inner.child('indices')?.children ?? []));
      inner = unparenthesized(inner.child('argument')!);
    } else break;
  }
  if (inner.type === 'pointer_expression' && inner.child('operator')?.text === '*') {
    inner = unparenthesized(inner.child('argument')!);
    if (inner.type === 'binary_expression' && inner.child('operator')?.text === '+') {
      indices.push(inner.child('right')!);
      inner = unparenthesized(inner.child('left')!);
    }
  }
  if (inner.type !== 'identifier' || inner.text === 'threadIdx' || inner.text === 'blockIdx') return undefined;
  const found = memoryOf(inner, fn, index);
  return found && { node: unparenthesized(node), ...found, indices };
}

function memoryOf(
  name: SyntaxNode,
  fn: FunctionFacts,
  index: FileIndex,
): { variable: Variable; memory: Place['memory'] } | undefined {
  const variable = findVariable(fn, name.text, name);
  if (variable) {
    if (variable.specifiers.has('__shared__')) return { variable, memory: 'shared' };
    const parameter = fn.parameters.some((p) => p.variable === variable);
    const behind = parameter && variable.type.pointers + variable.type.arrays > 0 && !moved(fn, variable);
    // Unless something is read through it, the pointer itself is the thread's own.
    const used = name.parent !== undefined && name !== unparenthesized(name.parent);
    return behind && used ? { variable, memory: 'global' } : undefined;
  }
  const all = index.variables.get(name.text) ?? [];
  const only = all.length === 1 ? all[0]!.value : undefined;
  if (!only || only.owner !== '' || only.type.pointers > 0) return undefined;
  if (only.specifiers.has('__shared__')) return { variable: only, memory: 'shared' };
  const device = only.specifiers.has('__device__') || only.specifiers.has('__managed__');
  return device ? { variable: only, memory: 'global' } : undefined;
}

/** A pointer that is moved (`a += offset`) no longer starts where the argument does. */
export function moved(fn: FunctionFacts, variable: Variable): boolean {
  return eventsOf(fn, variable).some((event) => event.member === undefined && event.action.kind !== 'passed');
}
