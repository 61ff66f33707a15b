/** Elements of `__shared__` arrays that a function names. */
import { bodyOf } from '../../model/body';
import type { FunctionFacts } from '../../model/facts';
import { findVariable } from '../../model/reach';
import type { SyntaxNode } from '../../parse';

export interface SharedElement {
  /** The whole of `s[i][j]`. */
  readonly node: SyntaxNode;
  readonly name: string;
  /** The indices as written, without blanks: `[i][j]`. */
  readonly index: string;
  readonly reads: boolean;
  readonly writes: boolean;
}

export function sharedElements(fn: FunctionFacts): SharedElement[] {
  return bodyOf(fn)
    .of('subscript_expression')
    .flatMap((node) => {
      // `s[i]` is part of `s[i][j]`.
      if (node.parent?.type === 'subscript_expression' && node.field === 'argument') return [];
      let base = node;
      while (base.type === 'subscript_expression') base = base.child('argument') ?? node;
      if (base.type !== 'identifier') return [];
      if (findVariable(fn, base.text, base)?.specifiers.has('__shared__') !== true) return [];
      const index = node.text.slice(base.text.length).replace(/\s+/g, '');
      return [{ node, name: base.text, index, ...useOf(node) }];
    });
}

function useOf(node: SyntaxNode): { reads: boolean; writes: boolean } {
  let place = node;
  while (place.parent?.type === 'field_expression' || place.parent?.type === 'parenthesized_expression')
    place = place.parent;
  const parent = place.parent;
  if (parent?.type === 'assignment_expression' && place.field === 'left') {
    return { reads: parent.child('operator')?.text !== '=', writes: true };
  }
  if (parent?.type === 'update_expression') return { reads: true, writes: true };
  const address = parent?.type === 'pointer_expression' && parent.child('operator')?.text === '&';
  return { reads: true, writes: address };
}
