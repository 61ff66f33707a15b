import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { FunctionFacts, Variable } from '../model/facts';
import type { SyntaxNode } from '../parse';
import { unparenthesized } from '../parse/node';
import { decidableLaunchesIn, once } from './lib/common';
import { variableOf } from './lib/elements';
import { callsOf, isOnly, perHostFunction, pointersOf } from './lib/host';
import { canFollow, insertLine, lineOf, usesThrust, waitsBetween } from './lib/host-order';
import { msg, type Fix, type Report, type Rule } from './rule';

/** The host looks at memory that a kernel or an asynchronous copy is still writing: it finds the old values, or some of each. */
export const missingSyncBeforeHostRead: Rule = {
  id: 'missing-sync-before-host-read',
  severity: 'warning',
  summary: 'Host code accesses results without waiting for the kernel or copy that writes them.',
  run: perHostFunction(/^(?:<<<|cudaMemcpyAsync)$/, check),
};

/** Something that writes behind the host's back. */
interface Writer {
  readonly node: SyntaxNode;
  readonly variable: Variable;
  readonly what: string;
}

function check(fn: FunctionFacts, analysis: Analysis): Report[] {
  if (usesThrust(fn)) return [];
  const writers = [...launches(fn, analysis), ...copies(fn, analysis)];
  const reported = new Set<Writer>();
  if (writers.length === 0) return [];
  return accesses(fn, analysis).flatMap(({ node, variable }): Report[] => {
    const writer = writers
      .filter((candidate) => candidate.variable === variable && candidate.node.offset < node.offset)
      .pop();
    if (!writer || reported.has(writer) || !canFollow(writer.node, node)) return [];
    const statement = lineOf(node);
    const around = (call: SyntaxNode): boolean => call.contains(writer.node) || call.contains(node);
    if (waitsBetween(fn, writer.node.offset, node.offset, analysis, around)) return [];
    // Calls in the same statement run in an order of their own.
    if (statement && callsBefore(statement, node)) return [];
    reported.add(writer);
    const message = msg(
      "'{0}' may not have been written by {1} yet: nothing waits for it before this access",
      variable.name,
      writer.what,
    );
    return [{ span: node.span, message, fixes: synchronize(writer.node) }];
  });
}

function callsBefore(statement: SyntaxNode, node: SyntaxNode): boolean {
  return [...statement.walk()].some(
    (inner) =>
      inner.type === 'call_expression' &&
      inner.offset < node.offset &&
      !inner.contains(node) &&
      !inner.has('kernel_call_syntax'),
  );
}

/** Launches that are given managed memory which the kernel writes, and `__managed__` variables that it writes. */
function launches(fn: FunctionFacts, analysis: Analysis): Writer[] {
  const pointers = pointersOf(fn, analysis);
  return decidableLaunchesIn(fn, analysis)
    .filter(({ kernel }) => kernel !== undefined)
    .flatMap(({ facts, kernel, kernelFacts }): Writer[] => {
      const what = `'${kernel!.name}'`;
      const given = facts.arguments.flatMap((argument, index): Writer[] => {
        const access = kernel!.parameters[index]?.access;
        const name = rootName(argument);
        const variable = name && variableOf(name, fn, analysis);
        if (!variable || (access !== 'write' && access !== 'readwrite')) return [];
        return isOnly(pointers.of(argument), 'managed') ? [{ node: facts.node, variable, what }] : [];
      });
      const named = managedVariables(analysis)
        .filter(({ name }) => writes(kernelFacts, name))
        .map((variable): Writer => ({ node: facts.node, variable, what }));
      return [...given, ...named];
    });
}

const managedByAnalysis = new WeakMap<Analysis, readonly Variable[]>();

function managedVariables(analysis: Analysis): readonly Variable[] {
  return once(managedByAnalysis, analysis, () =>
    analysis.evaluator.index.facts.flatMap(({ variables }) =>
      variables.filter(({ specifiers }) => specifiers.has('__managed__')),
    ),
  );
}

function writes(kernel: FunctionFacts | undefined, name: string): boolean {
  if (!kernel || kernel.variables.has(name)) return false;
  return kernel.events.has(name) || new RegExp(`\\batomic\\w+\\(\\s*&\\s*${name}\\b`).test(kernel.body?.text ?? '');
}

/** `cudaMemcpyAsync(pinned, d, n, cudaMemcpyDeviceToHost)`: into pageable memory the copy is over when the call returns. */
function copies(fn: FunctionFacts, analysis: Analysis): Writer[] {
  return callsOf(fn).flatMap(({ name, node, arguments: args }): Writer[] => {
    const [destination, , , kind] = args;
    if (name !== 'cudaMemcpyAsync' || !destination || kind?.text !== 'cudaMemcpyDeviceToHost') return [];
    const found = pointersOf(fn, analysis).of(destination);
    const root = rootName(destination);
    const variable = root && variableOf(root, fn, analysis);
    const pinned = isOnly(found, 'pinned') && found.sources.every(({ api }) => api !== 'cudaHostRegister');
    return pinned && variable ? [{ node, variable, what: name }] : [];
  });
}

/** `p` of `p`, `p + n`, `&p[n]`. */
function rootName(argument: SyntaxNode): SyntaxNode | undefined {
  const node = unparenthesized(argument);
  switch (node.type) {
    case 'identifier':
      return node;
    case 'binary_expression':
      return node.child('left') && rootName(node.child('left')!);
    case 'pointer_expression':
    case 'subscript_expression':
      return node.child('argument') && rootName(node.child('argument')!);
    case 'cast_expression':
      return node.child('value') && rootName(node.child('value')!);
    default:
      return undefined;
  }
}

/** Where the host goes through a pointer, or names a `__managed__` variable. */
function accesses(fn: FunctionFacts, analysis: Analysis): { readonly node: SyntaxNode; readonly variable: Variable }[] {
  const body = bodyOf(fn);
  const places = [
    ...body.of('subscript_expression'),
    ...body.of('pointer_expression').filter((node) => node.child('operator')?.text === '*'),
    ...body.of('field_expression').filter((node) => node.child('operator')?.text === '->'),
  ].flatMap((node) => {
    const root = node.child('argument') && rootName(node.child('argument')!);
    const variable = root && variableOf(root, fn, analysis);
    // What a table of pointers holds does not change.
    const plain = variable?.type.pointers === 1 && variable.type.arrays === 0 && !variable.specifiers.has('volatile');
    return plain ? [{ node, variable }] : [];
  });
  const managed = body.of('identifier').flatMap((node) => {
    const variable = variableOf(node, fn, analysis);
    return variable?.specifiers.has('__managed__') === true && variable.type.arrays === 0 ? [{ node, variable }] : [];
  });
  return [...places, ...managed]
    .filter(({ node }) => isEvaluated(node, fn))
    .sort((a, b) => a.node.offset - b.node.offset);
}

function isEvaluated(node: SyntaxNode, fn: FunctionFacts): boolean {
  for (let outer = node.parent; outer && outer !== fn.body; outer = outer.parent) {
    // `while (*flag == 0)` waits by looking.
    if (/^(?:while|do)_statement$/.test(outer.type) && outer.child('condition')?.contains(node)) return false;
    if (/^(?:lambda_expression|sizeof_expression|kernel_call_syntax|decltype)$/.test(outer.type)) return false;
    if (outer.type === 'pointer_expression' && outer.child('operator')?.text === '&') return false;
    if (outer.type === 'call_expression' && outer.has('kernel_call_syntax')) return false;
  }
  return true;
}

function synchronize(writer: SyntaxNode): Fix[] {
  const statement = lineOf(writer);
  if (!statement) return [];
  const text = 'cudaDeviceSynchronize();';
  return [{ title: msg("Insert '{0}'", text), edits: [insertLine(statement, text, 'after')], preferred: true }];
}
