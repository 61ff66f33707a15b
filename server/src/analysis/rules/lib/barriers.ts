/** Barriers of the whole block, and what decides which threads reach them. */
import type { SyntaxNode } from '../../parse';
import { bodyOf } from '../../model/body';
import type { Memory } from '../../model/environment';
import type { Evaluator } from '../../model/evaluator';
import type { FunctionFacts } from '../../model/facts';
import { lastPart, type FileIndex } from '../../model/file-index';
import { findVariable } from '../../model/reach';

export interface Gate {
  readonly kind: 'if' | 'else' | 'switch' | 'loop' | 'exit';
  readonly condition: SyntaxNode;
  /** The statement with the condition; for an exit the `break` or `continue`. */
  readonly statement: SyntaxNode;
}

export interface Barrier {
  readonly node: SyntaxNode;
  /** As it is called in messages. */
  readonly name: string;
  /** From the inside out. */
  readonly gates: readonly Gate[];
}

export const syncthreads = /^__syncthreads(?:_and|_or|_count)?$/;

/** The barriers of a function that surely stand in its code: not in lambdas or under `#if`. */
export function barriersOf(fn: FunctionFacts, evaluator: Evaluator): readonly Barrier[] {
  return evaluator.index.environment.remember(memory, fn, () => {
    const barriers: Barrier[] = [];
    for (const node of bodyOf(fn).of('call_expression')) {
      const name = barrierName(node, fn, evaluator.index, 1);
      const gates = name === undefined ? undefined : gatesOf(node, fn.body!);
      if (name !== undefined && gates) barriers.push({ node, name, gates });
    }
    return barriers;
  });
}

const memory: Memory<readonly Barrier[]> = new WeakMap();

/** What a call waits at, if it waits for the whole block. */
export function barrierName(node: SyntaxNode, fn: FunctionFacts, index: FileIndex, depth: number): string | undefined {
  const callee = node.child('function');
  if (!callee) return undefined;
  const args = node.child('arguments')?.children ?? [];
  if (callee.type === 'field_expression') {
    const object = callee.child('argument');
    return callee.child('field')?.text === 'sync' && object && isBlockGroup(object, fn)
      ? `${callee.text}()`
      : undefined;
  }
  if (callee.type !== 'identifier' && callee.type !== 'qualified_identifier') return undefined;
  const name = lastPart(callee.text);
  if (syncthreads.test(name)) return `${name}()`;
  if (name === 'sync' && args.length === 1) return isBlockGroup(args[0]!, fn) ? `${callee.text}()` : undefined;
  const macro = index.macro(name);
  if (macro && 'body' in macro) return /^__syncthreads\s*\(\s*\)\s*;?$/.test(macro.body) ? `${name}()` : undefined;
  return depth > 0 && waits(name, args.length, index, depth) ? `${name}()` : undefined;
}

/** `thread_block g = this_thread_block()`, and that itself. */
function isBlockGroup(node: SyntaxNode, fn: FunctionFacts): boolean {
  if (node.type === 'call_expression') return /(?:^|::)this_thread_block\s*\(\s*\)$/.test(node.text);
  if (node.type !== 'identifier') return false;
  const variable = findVariable(fn, node.text, node);
  if (!variable) return false;
  if (/(?:^|::)thread_block$/.test(variable.type.base)) return true;
  return variable.type.base === 'auto' && /this_thread_block\s*\(\s*\)$/.test(variable.initial?.node.text ?? '');
}

/** A function of the file that every caller leaves only through a barrier. */
function waits(name: string, count: number, index: FileIndex, depth: number): boolean {
  const own = index.functions.get(name) ?? [];
  const fn = own.length === 1 ? own[0]!.value : undefined;
  if (!fn?.body || fn.parameters.length !== count || !fn.specifiers.has('__device__')) return false;
  return bodyOf(fn)
    .of('call_expression')
    .some((node) => {
      if (barrierName(node, fn, index, depth - 1) === undefined) return false;
      return (
        gatesOf(node, fn.body!)?.length === 0 &&
        !bodyOf(fn)
          .of('return_statement')
          .some((r) => r.start < node.start)
      );
    });
}

/** Nothing where the place belongs to a lambda or to one of several configurations. */
export function gatesOf(node: SyntaxNode, body: SyntaxNode): Gate[] | undefined {
  const gates: Gate[] = [];
  let child = node;
  for (const outer of node.upwards()) {
    if (outer === body) break;
    if (outer.type === 'lambda_expression' || outer.type.startsWith('preproc_')) return undefined;
    if (outer !== child) gates.push(...gateAt(outer, child, node));
    child = outer;
  }
  return gates;
}

function gateAt(outer: SyntaxNode, child: SyntaxNode, node: SyntaxNode): Gate[] {
  const condition = outer.child('condition');
  switch (outer.type) {
    case 'if_statement':
      if (!condition || child === condition) return [];
      return [{ kind: child.field === 'alternative' ? 'else' : 'if', condition, statement: outer }];
    case 'conditional_expression':
      if (!condition || child === condition) return [];
      return [{ kind: child.field === 'alternative' ? 'else' : 'if', condition, statement: outer }];
    case 'switch_statement':
      return condition && child !== condition ? [{ kind: 'switch', condition, statement: outer }] : [];
    case 'while_statement':
    case 'do_statement':
    case 'for_statement': {
      if (child.field === 'initializer') return [];
      const exits = child.field === 'body' ? loopExits(child, node) : [];
      return condition ? [...exits, { kind: 'loop', condition, statement: outer }] : exits;
    }
    case 'binary_expression': {
      const left = outer.child('left');
      if (!/^(&&|\|\|)$/.test(outer.child('operator')?.text ?? '') || child === left || !left) return [];
      return [{ kind: 'if', condition: left, statement: outer }];
    }
    default:
      return [];
  }
}

/** `break` anywhere in the loop and `continue` before `node`, by the conditions they stand under. */
function loopExits(body: SyntaxNode, node: SyntaxNode): Gate[] {
  const exits: Gate[] = [];
  const visit = (at: SyntaxNode, conditions: readonly SyntaxNode[], inSwitch: boolean): void => {
    if (/^(?:for|while|do)_statement$|^for_range_loop$|^lambda_expression$|_expression$/.test(at.type)) return;
    const leaves =
      (at.type === 'break_statement' && !inSwitch) || (at.type === 'continue_statement' && at.start < node.start);
    // An arm that holds the barrier itself is a gate of its own.
    if (leaves) for (const condition of conditions) exits.push({ kind: 'exit', condition, statement: at });
    const condition = at.type === 'if_statement' ? at.child('condition') : undefined;
    const inner = condition && !at.contains(node) ? [...conditions, condition] : conditions;
    for (const child of at.children) {
      if (child !== condition) visit(child, inner, inSwitch || at.type === 'switch_statement');
    }
  };
  for (const child of body.children) visit(child, [], false);
  return exits;
}
