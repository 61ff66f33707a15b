/** Which variable a name in a function means, and what it stands for. */
import type { SyntaxNode } from '../parse';
import type { Evaluator } from './evaluator';
import type { FunctionFacts, Variable } from './facts';
import { findVariable } from './reach';

/** The variable of the function or of the file; undefined where several could be meant, or another file has it. */
export function namedVariable(
  name: SyntaxNode,
  fn: FunctionFacts,
  { index }: Pick<Evaluator, 'index'>,
): Variable | undefined {
  const local = findVariable(fn, name.text, name);
  if (local) return isDeclaredTwice(local, fn) ? undefined : local;
  const globals = (index.variables.get(name.text) ?? []).filter(({ value }) => value.owner === '');
  const [only, ...others] = globals.map(({ value }) => value);
  if (only === undefined || others.length > 0) return undefined;
  return only.specifiers.has('extern') && only.type.arrays === 0 ? undefined : only;
}

/** Whether a variable's name is a pointer, an array that decays to one, or neither. */
export function shapeOf(variable: Variable, { types }: Evaluator): 'pointer' | 'array' | 'value' {
  const { type } = variable;
  if (pointsToArray(variable)) return 'pointer';
  if (type.arrays > 0 && type.pointers === 0) return 'array';
  const resolved = types.resolve(type.base);
  if (type.pointers > 0 || resolved.pointers > 0 || type.base === 'auto') return type.arrays > 0 ? 'array' : 'pointer';
  return 'value';
}

/** In both branches of an `#if`: the name has two meanings in one scope. */
export function isDeclaredTwice({ name, scope }: Variable, fn: FunctionFacts): boolean {
  return (fn.variables.get(name) ?? []).filter((other) => other.scope === scope).length > 1;
}

/** `float (*p)[N]`: a pointer to an array, where `float* p[N]` is an array of pointers. */
export function pointsToArray({ node, type }: Variable): boolean {
  return type.arrays > 0 && type.pointers > 0 && node.parent?.type === 'pointer_declarator';
}
