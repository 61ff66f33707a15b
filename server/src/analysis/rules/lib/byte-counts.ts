/** Calls of the runtime that take a number of bytes, and what such a number is made of. */
import type { SyntaxNode } from '../../parse';
import { unparenthesized } from '../../parse/node';
import { bodyOf } from '../../model/body';
import type { Analysis } from '../../model/build';
import type { Expr } from '../../model/expression';
import type { FunctionFacts } from '../../model/facts';
import { findVariable } from '../../model/reach';
import { assignedValue } from '../../model/threads';
import { callsOf, type ApiCall } from './host';
import { contained, elementOf, variableOf, type Element } from './elements';

export interface ByteCount {
  readonly call: ApiCall;
  readonly bytes: SyntaxNode;
  /** The pointers whose memory the bytes are in: one for an allocation or a memset, two for a copy. */
  readonly pointers: readonly SyntaxNode[];
  /** The first argument is the address of the pointer. */
  readonly allocates: boolean;
}

const places: Readonly<
  Record<string, { readonly bytes: number; readonly pointers: readonly number[]; readonly allocates?: true }>
> = {
  cudaMalloc: { bytes: 1, pointers: [0], allocates: true },
  cudaMallocAsync: { bytes: 1, pointers: [0], allocates: true },
  cudaMallocManaged: { bytes: 1, pointers: [0], allocates: true },
  cudaMallocHost: { bytes: 1, pointers: [0], allocates: true },
  cudaHostAlloc: { bytes: 1, pointers: [0], allocates: true },
  cudaMemcpy: { bytes: 2, pointers: [0, 1] },
  cudaMemcpyAsync: { bytes: 2, pointers: [0, 1] },
  cudaMemset: { bytes: 2, pointers: [0] },
  cudaMemsetAsync: { bytes: 2, pointers: [0] },
  cudaMemcpyToSymbol: { bytes: 2, pointers: [1] },
  cudaMemcpyFromSymbol: { bytes: 2, pointers: [0] },
};

export function byteCountsOf(fn: FunctionFacts): ByteCount[] {
  return callsOf(fn).flatMap((call): ByteCount[] => {
    const place = Object.hasOwn(places, call.name) ? places[call.name] : undefined;
    const bytes = place && call.arguments[place.bytes];
    const pointers = place?.pointers.map((i) => call.arguments[i]) ?? [];
    if (!bytes || !pointers.every((p) => p !== undefined)) return [];
    return [{ call, bytes, pointers, allocates: place?.allocates === true }];
  });
}

/** The elements that an allocation or copy is about, when all its known pointers agree and one is known. */
export function elementsOf(count: ByteCount, fn: FunctionFacts, analysis: Analysis): Element | undefined {
  const found = count.pointers.map((pointer) =>
    count.allocates ? allocatedElement(pointer, fn, analysis) : elementOf(pointer, fn, analysis),
  );
  const known = found.filter((element) => element !== undefined);
  const [first] = known;
  if (!first || !known.every(({ base, pointers }) => base === first.base && pointers === first.pointers))
    return undefined;
  // `(char*)d + offset` counts bytes of its own.
  return count.pointers.length === known.length || known.length > 0 ? first : undefined;
}

/** The variable of `&d`, `(void**)&d`, `reinterpret_cast<void**>(&d)`. */
export function allocatedVariable(pointer: SyntaxNode): SyntaxNode | undefined {
  let node = unparenthesized(pointer);
  for (let guard = 0; guard < 6; guard++) {
    if (node.type === 'cast_expression') node = unparenthesized(node.child('value') ?? node);
    else if (node.type === 'call_expression') {
      const [only] = node.child('arguments')?.children ?? [];
      if (!only || !/_cast\b/.test(node.child('function')?.text ?? '')) return undefined;
      node = unparenthesized(only);
    } else break;
  }
  return node.type === 'pointer_expression' && node.child('operator')?.text === '&'
    ? node.child('argument')
    : undefined;
}

function allocatedElement(pointer: SyntaxNode, fn: FunctionFacts, analysis: Analysis): Element | undefined {
  return elementOf(allocatedVariable(pointer), fn, analysis);
}

/** The factors of a product, parentheses and casts opened: `n`, `m`, `sizeof(float)`. */
export function factorsOf(node: SyntaxNode, depth = 0): SyntaxNode[] {
  const inner = unparenthesized(node);
  if (depth > 12) return [inner];
  if (inner.type === 'binary_expression' && inner.child('operator')?.text === '*') {
    return [inner.child('left'), inner.child('right')].flatMap((side) => (side ? factorsOf(side, depth + 1) : []));
  }
  if (inner.type === 'cast_expression') return factorsOf(inner.child('value') ?? inner, depth + 1);
  if (inner.type === 'call_expression' && /^(?:size_t|static_cast\b)/.test(inner.child('function')?.text ?? '')) {
    const args = inner.child('arguments')?.children ?? [];
    if (args.length === 1) return factorsOf(args[0]!, depth + 1);
  }
  return [inner];
}

/** The expression behind a name that is set once; otherwise the node itself. */
export function definitionOf(node: SyntaxNode, fn: FunctionFacts, depth = 0): SyntaxNode {
  const inner = unparenthesized(node);
  const variable = inner.type === 'identifier' && depth < 4 ? findVariable(fn, inner.text, inner) : undefined;
  if (!variable?.initial || variable.kind !== 'variable') return inner;
  const events = (fn.events.get(inner.text) ?? []).filter(({ action }) => action.kind !== 'passed');
  if ((fn.variables.get(inner.text) ?? []).length !== 1 || events.length !== 1) return inner;
  const value = assignedValue(variable.initial.node);
  const only = value?.type === 'argument_list' || value?.type === 'parameter_list' ? value.children[0] : value;
  return only ? definitionOf(only, fn, depth + 1) : inner;
}

/** Whether an expression has a `sizeof` in it, or behind one of its names. */
export function mentionsSizeof(node: SyntaxNode, fn: FunctionFacts, analysis: Analysis, depth = 0): boolean {
  if (depth > 6) return true;
  for (const inner of node.walk()) {
    if (inner.type === 'sizeof_expression') return true;
    if (inner.type !== 'identifier' || inner.field === 'function') continue;
    const macro = analysis.evaluator.index.macros.get(inner.text);
    if (macro?.some(({ value }) => /sizeof/.test(value.body))) return true;
    const variable = macro ? undefined : variableOf(inner, fn, analysis);
    for (const event of variable ? [variable.initial, ...(fn.events.get(inner.text) ?? [])] : []) {
      const sets = event && /^(?:value|arguments|compound)$/.test(event.action.kind);
      const value = sets ? assignedValue(event.node) : undefined;
      if (!value || value.contains(node)) continue;
      const found =
        value.unit === node.unit ? mentionsSizeof(value, fn, analysis, depth + 1) : /sizeof/.test(value.text);
      if (found) return true;
    }
  }
  return false;
}

export interface Count {
  readonly text: string;
  readonly expr: Expr;
}

const countsByFunction = new WeakMap<Analysis, WeakMap<FunctionFacts, readonly Count[]>>();

/** Expressions that this function surely uses as numbers of elements of more than one byte. */
export function elementCounts(fn: FunctionFacts, analysis: Analysis): readonly Count[] {
  let known = countsByFunction.get(analysis);
  if (!known) countsByFunction.set(analysis, (known = new WeakMap()));
  let counts = known.get(fn);
  if (!counts) known.set(fn, (counts = collectCounts(fn, analysis)));
  return counts;
}

function collectCounts(fn: FunctionFacts, analysis: Analysis): Count[] {
  const { evaluator } = analysis;
  const counts: Count[] = [];
  const add = (nodes: readonly SyntaxNode[]): void => {
    const [first] = nodes;
    if (!first) return;
    const text = nodes.map((node) => compact(node.text)).join('*');
    counts.push({
      text,
      expr: evaluator.resolveText(nodes.map((node) => `(${node.text})`).join('*'), { at: first, function: fn }),
    });
  };
  const body = bodyOf(fn);
  for (const product of body.of('binary_expression')) {
    if (product.child('operator')?.text !== '*' || isFactor(product)) continue;
    const factors = factorsOf(product);
    const sizes = factors.filter(({ type }) => type === 'sizeof_expression');
    const size =
      sizes.length === 1
        ? evaluator.evaluate(evaluator.resolveText(sizes[0]!.text, { at: product, function: fn }))
        : undefined;
    if (size?.known && Number(size.value) > 1) add(factors.filter(({ type }) => type !== 'sizeof_expression'));
  }
  for (const node of body.of('new_expression')) {
    const length = node.child('declarator')?.child('length');
    const type = node.child('type');
    const size = type && evaluator.types.size(type.text, 0);
    if (length && size !== undefined && size > 1) add(factorsOf(length));
  }
  for (const [, variables] of fn.variables) {
    for (const { type } of variables) {
      const size = evaluator.types.size(type.base, type.pointers);
      if (type.arrays > 0 && type.extents.length === type.arrays && size !== undefined && size > 1)
        add(type.extents.flatMap((e) => factorsOf(e)));
    }
  }
  for (const call of body.of('call_expression')) {
    const callee = call.child('function');
    const object =
      callee?.type === 'field_expression' && callee.child('field')?.text === 'size'
        ? callee.child('argument')
        : undefined;
    if (object?.type === 'identifier' && (contained(object, fn, analysis)?.size ?? 0) > 1) add([call]);
  }
  for (const loop of body.of('for_statement')) {
    const bound = loopBound(loop);
    if (!bound) continue;
    const indexes = [...(loop.child('body')?.walk() ?? [])].some(
      (node) =>
        node.type === 'subscript_expression' &&
        node.child('indices')?.text.replace(/[[\]\s]/g, '') === bound.name &&
        (elementOf(node.child('argument'), fn, analysis)?.size ?? 0) > 1,
    );
    if (indexes) add(factorsOf(bound.limit));
  }
  return counts;
}

/** `i` and `n` of `for (…; i < n; …)`. */
function loopBound(loop: SyntaxNode): { readonly name: string; readonly limit: SyntaxNode } | undefined {
  const condition = loop.child('condition');
  const left = condition?.child('left');
  const limit = condition?.child('right');
  if (condition?.type !== 'binary_expression' || condition.child('operator')?.text !== '<') return undefined;
  return left?.type === 'identifier' && limit ? { name: left.text, limit } : undefined;
}

/** The node is one factor of a larger product. */
function isFactor(node: SyntaxNode): boolean {
  for (let outer = node.parent; outer; outer = outer.parent) {
    if (outer.type === 'binary_expression') return outer.child('operator')?.text === '*';
    if (outer.type !== 'parenthesized_expression' && outer.type !== 'cast_expression') return false;
  }
  return false;
}

export function compact(text: string): string {
  return text.replace(/\s+/g, '');
}
