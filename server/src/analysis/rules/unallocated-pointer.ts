import type { Analysis } from '../model/build';
import type { FunctionFacts } from '../model/facts';
import { isDeclaredTwice } from '../model/named-variable';
import { eventsOf, findVariable } from '../model/reach';
import { takesByValue } from '../model/references';
import type { SyntaxNode } from '../parse';
import { callsOf, launchesIn, perHostFunction } from './lib/host';
import { msg, type Report, type Rule } from './rule';

/** A pointer without a value is given to a kernel or a copy: nothing has been allocated for it yet, or ever. */
export const unallocatedPointer: Rule = {
  id: 'unallocated-pointer',
  severity: 'error',
  summary: 'A pointer is used before memory has been allocated for it.',
  run: perHostFunction(/^(?:cudaMem(?:cpy|set)|<<<$)/, check),
};

function check(fn: FunctionFacts, analysis: Analysis): Report[] {
  const copies = callsOf(fn).filter(({ name }) => /^cudaMem(?:cpy|set)(?:Async)?$/.test(name));
  const pointers = [
    ...copies.flatMap(({ name, arguments: args }) => args.slice(0, /cpy/.test(name) ? 2 : 1)),
    ...launchesIn(fn).flatMap((launch) => launch.child('arguments')?.children ?? []),
  ].sort((a, b) => a.offset - b.offset);
  const reported = new Set<string>();
  return pointers.flatMap((node): Report[] => {
    if (node.type !== 'identifier' || reported.has(node.text) || !isUnset(node, fn, analysis)) return [];
    reported.add(node.text);
    return [{ span: node.span, message: msg("'{0}' has no value here: nothing has been allocated for it", node.text) }];
  });
}

function isUnset(name: SyntaxNode, fn: FunctionFacts, { evaluator }: Analysis): boolean {
  const variable = findVariable(fn, name.text, name);
  if (!variable || variable.kind !== 'variable' || variable.initial || variable.specifiers.size > 0) return false;
  const { type } = variable;
  if (type.pointers !== 1 || type.arrays > 0 || type.reference || isDeclaredTwice(variable, fn)) return false;
  for (const outer of name.upwards()) {
    // What a loop or a lambda did before is not followed.
    if (/^(?:lambda_expression|ERROR|preproc_\w+)$/.test(outer.type)) return false;
    if (outer === variable.scope) break;
    if (/^(?:for|while|do)_statement$|^for_range_loop$/.test(outer.type)) return false;
  }
  return eventsOf(fn, variable).every(({ node, action, member }) => {
    if (member !== undefined || node.type === 'ERROR') return false;
    if (
      action.kind === 'passed' &&
      takesByValue(evaluator.index, action.callee, action.index) &&
      /^(?:cuda|printf|free)/.test(action.callee)
    )
      return true;
    if (action.kind !== 'passed' && insideLambda(node)) return false;
    return node.offset > name.offset;
  });
}

function insideLambda(node: SyntaxNode): boolean {
  for (const outer of node.upwards()) if (outer.type === 'lambda_expression') return true;
  return false;
}
