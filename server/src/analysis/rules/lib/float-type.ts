/** Which expressions are floating-point, as far as that is certain. */
import type { SyntaxNode } from '../../parse';
import { unparenthesized } from '../../parse/node';
import type { Analysis } from '../../model/build';
import type { FunctionFacts } from '../../model/facts';
import { findVariable } from '../../model/reach';

const floating = /^(?:float|double|half|__half)$/;

/** What a type computes in, if it is a floating one. */
export function floatBase(base: string, { evaluator }: Analysis): 'float' | 'double' | undefined {
  const { base: resolved, pointers } = evaluator.types.resolve(base);
  if (pointers > 0 || !floating.test(resolved)) return undefined;
  return resolved === 'double' ? 'double' : 'float';
}

/** The type of a literal, a variable or an element, as far as it is a floating one. */
export function floatType(node: SyntaxNode, fn: FunctionFacts, analysis: Analysis): 'float' | 'double' | undefined {
  const inner = unparenthesized(node);
  if (inner.type === 'number_literal') {
    if (!/^[\d.]+(?:e[-+]?\d+)?[fF]?$/.test(inner.text) || !/[.eEfF]/.test(inner.text)) return undefined;
    return /[fF]$/.test(inner.text) ? 'float' : 'double';
  }
  if (inner.type === 'binary_expression' && /^[-+*/]$/.test(inner.child('operator')?.text ?? '')) {
    return floatType(inner.child('left')!, fn, analysis) ?? floatType(inner.child('right')!, fn, analysis);
  }
  let name = inner;
  let steps = 0;
  while (name.type === 'subscript_expression' || name.type === 'pointer_expression') {
    name = unparenthesized(name.child('argument')!);
    steps++;
  }
  const variable = name.type === 'identifier' ? findVariable(fn, name.text, name) : undefined;
  const type = variable?.type;
  return type && type.pointers + type.arrays === steps ? floatBase(type.base, analysis) : undefined;
}
