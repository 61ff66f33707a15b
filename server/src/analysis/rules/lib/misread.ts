/** Comparisons that the grammar takes for templates. */
import type { FunctionFacts } from '../../model/facts';
import { findVariable } from '../../model/reach';
import type { SyntaxNode } from '../../parse';

/** `i < n && a[i] > *most` is read as a product with the template `i<n && a[i]>`. */
export function isTemplateOfVariable(node: SyntaxNode, fn: FunctionFacts): boolean {
  const name = node.type === 'template_function' || node.type === 'template_type' ? node.child('name') : undefined;
  return name !== undefined && findVariable(fn, name.text, node) !== undefined;
}

/** The access is a part of such a comparison: what guards it is not seen. */
export function isMisread(access: SyntaxNode, fn: FunctionFacts): boolean {
  return [...access.upwards()].some((node) => {
    // `i<n && a[i]>(b[i])` is a call, `i<n && a[i]> * b[i]` a product.
    const head = node.child('function') ?? node.child('left');
    return isTemplateOfVariable(node, fn) || (head !== undefined && isTemplateOfVariable(head, fn));
  });
}
