/** Indices as polynomials over threadIdx, blockIdx, blockDim, gridDim and whatever else they are made of. */
import type { SyntaxNode } from '../../parse';
import type { Evaluator } from '../../model/evaluator';
import type { FunctionFacts } from '../../model/facts';
import { Polynomial } from '../../model/polynomial';

/** The expression with its names followed; nothing where it divides, calls, selects or reads memory. */
export function indexForm(node: SyntaxNode, fn: FunctionFacts, evaluator: Evaluator): Polynomial | undefined {
  const resolved = evaluator.resolveText(node.text, { at: node, function: fn });
  return Polynomial.of(resolved, (expr) => {
    const folded = evaluator.fold(expr);
    return 'ok' in folded && typeof folded.ok.value === 'bigint' ? folded.ok.value : undefined;
  });
}

/** Names of the built-in variables that occur, each with its id. */
export function builtinIds({ unknowns }: Polynomial): Map<string, string> {
  const ids = new Map<string, string>();
  for (const { id, name } of unknowns.values()) {
    if (/^(?:threadIdx|blockIdx|blockDim|gridDim)\.[xyz]$/.test(name)) ids.set(name, id);
  }
  return ids;
}
