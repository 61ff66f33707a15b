import { bodyOf } from '../../model/body';
import type { Evaluator } from '../../model/evaluator';
import type { FunctionFacts, Variable } from '../../model/facts';
import type { SyntaxNode } from '../../parse';

export interface StaticShared {
  readonly bytes: number;
  readonly variables: readonly { readonly variable: Variable; readonly bytes: number }[];
}

/** The shared variables of a fixed and known size that a kernel declares and uses; others can only add to them. */
export function staticShared(fn: FunctionFacts, evaluator: Evaluator): StaticShared {
  const variables: { variable: Variable; bytes: number }[] = [];
  for (const variable of [...fn.variables.values()].flat()) {
    const { specifiers, node } = variable;
    if (!specifiers.has('__shared__') || specifiers.has('extern') || conditional(node) || !used(variable, fn)) continue;
    const bytes = variableBytes(variable, fn, evaluator);
    if (bytes !== undefined) variables.push({ variable, bytes });
  }
  return { bytes: variables.reduce((sum, { bytes }) => sum + bytes, 0), variables };
}

function variableBytes({ type, node }: Variable, fn: FunctionFacts, evaluator: Evaluator): number | undefined {
  if (type.extents.length !== type.arrays) return undefined;
  let bytes = evaluator.types.size(type.base, type.pointers);
  // A template's type parameter hides a type of that name.
  if (bytes === undefined || fn.templateParameters.some((p) => p.text.split(/[\s=.]+/).includes(type.base)))
    return undefined;
  for (const extent of type.extents) {
    const folded = evaluator.fold(evaluator.resolveText(extent.text, { at: node, function: fn }));
    if (!('ok' in folded)) return undefined;
    bytes *= Number(folded.ok.value);
  }
  return bytes;
}

function used({ name, node }: Variable, fn: FunctionFacts): boolean {
  return bodyOf(fn)
    .of('identifier')
    .some((other) => other.text === name && other.offset !== node.offset);
}

function conditional(node: SyntaxNode): boolean {
  for (const outer of node.upwards()) if (outer.type.startsWith('preproc_')) return true;
  return false;
}
