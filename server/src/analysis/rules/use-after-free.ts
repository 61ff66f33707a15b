import { bodyOf } from '../model/body';
import type { FunctionFacts } from '../model/facts';
import { findVariable } from '../model/reach';
import type { SyntaxNode } from '../parse';
import { callsOf, launchesIn, perHostFunction, type ApiCall } from './lib/host';
import { msg, type Report, type Rule } from './rule';

/** Device memory is freed, and then freed again, copied or given to a kernel. */
export const useAfterFree: Rule = {
  id: 'use-after-free',
  severity: 'error',
  summary: 'Device memory is used or freed after it has been freed.',
  run: perHostFunction(/^cudaFree/, check),
};

const frees = /^cudaFree(?:Host|Async)?$/;

function check(fn: FunctionFacts): Report[] {
  const calls = callsOf(fn);
  // A graph can allocate the memory anew.
  if (calls.some(({ name }) => /^cudaGraph/.test(name))) return [];
  return calls
    .filter(({ name }) => frees.test(name))
    .flatMap((free) => [...later(free, fn, calls), ...again(free, fn)]);

  function later(free: ApiCall, within: FunctionFacts, all: readonly ApiCall[]): Report[] {
    const [pointer] = free.arguments;
    const statement = blockStatement(free.node);
    if (pointer?.type !== 'identifier' || !statement) return [];
    const block = statement.parent!;
    const end = firstChange(pointer, free.node, within, block);
    const follows = (node: SyntaxNode): boolean =>
      node.offset > free.node.offset &&
      node.offset < end &&
      block.contains(node) &&
      !inLambda(node, block) &&
      reached(statement, node);
    const isPointer = (node: SyntaxNode): boolean =>
      node.type === 'identifier' &&
      node.text === pointer.text &&
      findVariable(within, node.text, node) === findVariable(within, pointer.text, pointer);
    const second = all.find(
      ({ name, node, arguments: args }) => frees.test(name) && follows(node) && args[0] && isPointer(args[0]),
    );
    const copy = all.find(
      ({ name, node, arguments: args }) => /^cudaMem(?:cpy|set)/.test(name) && follows(node) && args.some(isPointer),
    );
    const launch = launchesIn(within).find(
      (node) => follows(node) && (node.child('arguments')?.children ?? []).some(isPointer),
    );
    const reports: Report[] = [];
    if (second)
      reports.push({ span: second.arguments[0]!.span, message: msg("'{0}' is freed a second time", pointer.text) });
    const use = [
      copy && { node: copy.node, args: copy.arguments },
      launch && { node: launch, args: launch.child('arguments')!.children },
    ]
      .filter((found) => found !== undefined)
      .sort((a, b) => a.node.offset - b.node.offset)[0];
    if (use && (!second || use.node.offset < second.node.offset)) {
      return [
        { span: use.args.find(isPointer)!.span, message: msg("'{0}' is used after it has been freed", pointer.text) },
      ];
    }
    return reports;
  }
}

/** `for (…) cudaFree(d);` of memory from outside the loop. */
function again(free: ApiCall, fn: FunctionFacts): Report[] {
  const [pointer] = free.arguments;
  const variable = pointer?.type === 'identifier' ? findVariable(fn, pointer.text, pointer) : undefined;
  if (!pointer || !variable || variable.type.reference) return [];
  let child: SyntaxNode = free.node;
  for (const node of free.node.upwards()) {
    if (
      /^(?:if_statement|switch_statement|conditional_expression|lambda_expression|preproc_\w+|do_statement|for_range_loop)$/.test(
        node.type,
      )
    )
      return [];
    if (/^(?:for|while)_statement$/.test(node.type) && node !== child) {
      if (child.field !== 'body' || node.contains(variable.node)) return [];
      const leaves = [...node.walk()].some(
        ({ type, text }) => /^(?:return|break|goto|throw)_statement$/.test(type) || /^exit\b/.test(text),
      );
      const set = (fn.events.get(pointer.text) ?? []).some(
        ({ node: at, action }) => action.kind !== 'passed' && node.contains(at),
      );
      return leaves || set
        ? []
        : [{ span: pointer.span, message: msg("'{0}' is freed in every pass of the loop", pointer.text) }];
    }
    child = node;
  }
  return [];
}

/** The statement of a block that consists of this call, with nothing but a check around it. */
function blockStatement(call: SyntaxNode): SyntaxNode | undefined {
  for (const node of call.upwards()) {
    if (node.type === 'expression_statement') return node.parent?.type === 'compound_statement' ? node : undefined;
    if (!/^(?:call_expression|argument_list|assignment_expression|parenthesized_expression)$/.test(node.type))
      return undefined;
  }
  return undefined;
}

/** Where the variable may get another value after the call, or control may leave what follows. */
function firstChange(pointer: SyntaxNode, call: SyntaxNode, fn: FunctionFacts, block: SyntaxNode): number {
  const changes = (fn.events.get(pointer.text) ?? [])
    .filter(({ node, action, member }) => member === undefined && action.kind !== 'passed' && node.offset > call.offset)
    .map(({ node }) => statementStart(node));
  const handed = (fn.events.get(pointer.text) ?? [])
    .filter(({ action, node }) => action.kind === 'passed' && !/^cuda/.test(action.callee) && node.offset > call.offset)
    .map(({ node }) => node.offset);
  const leaves = bodyOf(fn)
    .of('return_statement')
    .filter(({ parent, offset }) => parent === block && offset > call.offset)
    .map(({ offset }) => offset);
  return Math.min(block.offset + block.length, ...changes, ...handed, ...leaves);
}

function statementStart(node: SyntaxNode): number {
  for (const outer of node.upwards()) if (/_statement$|^declaration$/.test(outer.type)) return outer.offset;
  return node.offset;
}

/** Not in a branch of `#if` or after a label. */
function reached(statement: SyntaxNode, node: SyntaxNode): boolean {
  const block = statement.parent!;
  for (const outer of node.upwards()) {
    if (outer === block) return true;
    if (/^(?:preproc_\w+|labeled_statement|case_statement|ERROR)$/.test(outer.type)) return false;
  }
  return false;
}

function inLambda(node: SyntaxNode, block: SyntaxNode): boolean {
  for (const outer of node.upwards()) {
    if (outer === block) return false;
    if (outer.type === 'lambda_expression') return true;
  }
  return false;
}
