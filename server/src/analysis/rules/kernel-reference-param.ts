import type { FunctionFacts } from '../model/facts';
import type { TypeSizes } from '../model/types-of';
import type { SyntaxNode } from '../parse';
import { unparenthesized } from '../parse/node';
import { decidableLaunches, type LaunchView } from './lib/common';
import { msg, type Fix, type Report, type Rule } from './rule';

/** A reference is the address of a host variable. In the kernel it is dereferenced on the GPU, where that address means nothing. */
export const kernelReferenceParam: Rule = {
  id: 'kernel-reference-param',
  severity: 'warning',
  summary: 'A kernel takes a parameter by reference and is given a variable of the host.',
  run: (analysis) => {
    const told = new Set<SyntaxNode>();
    return decidableLaunches(analysis).flatMap((view) => check(view, analysis.evaluator.types, told));
  },
};

function check(view: LaunchView, types: TypeSizes, told: Set<SyntaxNode>): Report[] {
  const { kernelFacts: fn, kernel, facts } = view;
  if (!fn || !kernel) return [];
  return fn.parameters.flatMap(({ node, variable }, index): Report[] => {
    const argument = facts.arguments[index];
    if (!variable.type.reference || !argument || told.has(node) || node.text.includes('&&')) return [];
    if (!hostVariable(argument, facts.function, types)) return [];
    told.add(node);
    const message = msg(
      "'{0}' is a reference: the kernel gets the host's address of '{1}', which means nothing on the GPU",
      variable.name === '' ? node.text : variable.name,
      argument.text,
    );
    return [{ span: node.span, launch: argument.span, message, fixes: byValue(node) }];
  });
}

/**
 * A local variable or a number, of a type that has contents to read: nothing is read of a function object without members. `*managed`
 * and members of what a pointer names may lie in managed memory.
 */
function hostVariable(argument: SyntaxNode, fn: FunctionFacts | undefined, types: TypeSizes): boolean {
  const inner = unparenthesized(argument);
  if (inner.type === 'number_literal') return true;
  if (inner.type !== 'identifier' || !fn) return false;
  const variables = fn.variables.get(inner.text) ?? [];
  return (
    variables.length > 0 &&
    variables.every(({ type, specifiers }) => {
      const contents = types.number(type.base) !== undefined || (types.size(type.base, type.pointers) ?? 1) > 1;
      return contents && !type.reference && !specifiers.has('static');
    })
  );
}

function byValue(node: SyntaxNode): Fix[] {
  const declarator = node.first('reference_declarator') ?? node.first('abstract_reference_declarator');
  if (!declarator || !declarator.text.startsWith('&')) return [];
  const edits = [{ span: { start: declarator.start, end: declarator.start + 1 }, newText: '' }];
  return [{ title: msg('Pass by value'), edits, preferred: true }];
}
