/** How a kernel computes which element a thread works on: `blockIdx · size + threadIdx`, axis by axis. */
import { bodyOf } from '../../model/body';
import type { Analysis } from '../../model/build';
import type { Memory } from '../../model/environment';
import type { Expr } from '../../model/expression';
import type { LaunchFacts } from '../../model/facts';
import type { Polynomial } from '../../model/polynomial';
import type { SyntaxNode } from '../../parse';
import { unparenthesized } from '../../parse/node';
import { axes, type Axis } from './common';
import { comparison, leaves, mirror, type Comparison } from './conditions';
import { rememberByLaunch, type LaunchedKernel } from './launched-kernel';

export interface ThreadTerm {
  /** What blockIdx is multiplied with. */
  readonly factor: 'blockDim' | bigint;
  /** What the thread's number is multiplied with: ids of the unknowns, and a number. */
  readonly rest: readonly string[];
  readonly coefficient: bigint;
}

/** The part of the index that counts threads along `axis` through the whole grid. Nothing when it is anything else. */
export function threadTerm(index: Polynomial, axis: Axis): ThreadTerm | undefined {
  const id = (name: string): string | undefined => {
    for (const unknown of index.unknowns.values()) if (unknown.name === name) return unknown.id;
    return undefined;
  };
  const [thread, block, size] = [id(`threadIdx.${axis}`), id(`blockIdx.${axis}`), id(`blockDim.${axis}`)];
  if (thread === undefined || block === undefined) return undefined;
  const monomials = [...index.terms].map(([monomial, coefficient]) => ({
    factors: index.factors(monomial),
    coefficient,
  }));
  const own = monomials.filter(({ factors }) => factors.includes(thread));
  const blocks = monomials.filter(({ factors }) => factors.includes(block));
  if (own.length !== 1 || blocks.length !== 1) return undefined;
  const rest = without(own[0]!.factors, thread);
  const coefficient = own[0]!.coefficient;
  const others = without(blocks[0]!.factors, block);
  if (rest.includes(thread) || rest.includes(block) || coefficient <= 0n) return undefined;
  if (size !== undefined && same(others, [...rest, size]))
    return blocks[0]!.coefficient === coefficient ? { factor: 'blockDim', rest, coefficient } : undefined;
  if (!same(others, rest) || blocks[0]!.coefficient % coefficient !== 0n) return undefined;
  return { factor: blocks[0]!.coefficient / coefficient, rest, coefficient };
}

function without(items: readonly string[], item: string): string[] {
  const at = items.indexOf(item);
  return items.filter((_, i) => i !== at);
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return [...a].sort().join() === [...b].sort().join();
}

/** A test of the thread's number along one axis, and of nothing else, against a parameter or a constant: `if (i < n)`. */
export interface SizeTest {
  readonly axis: Axis;
  readonly factor: 'blockDim' | bigint;
  /** The parameter, which keeps its value, or the constant. */
  readonly size: SyntaxNode;
  /** Index of the parameter; absent for a constant. */
  readonly parameter?: number;
}

/** The size tests of a kernel, without those whose size another test compares with something else: more may be done then. */
export function sizeTests(launched: LaunchedKernel, analysis: Analysis): readonly SizeTest[] {
  return rememberByLaunch(memory, launched.fn, launched.view.facts, analysis, () => search(launched));
}

const memory: Memory<WeakMap<LaunchFacts, readonly SizeTest[]>> = new WeakMap();

function search(launched: LaunchedKernel): SizeTest[] {
  const tests: SizeTest[] = [];
  const otherwise = new Set<string>();
  for (const node of bodyOf(launched.fn).of('binary_expression')) {
    const compared = comparison({ condition: node, holds: true });
    if (!compared || !/^[<>]=?$/.test(compared.op)) continue;
    for (const sides of [compared, mirror(compared)]) {
      const size = sizeOf(sides.right, launched);
      if (!size) continue;
      const found = sizeTest(sides, launched, node);
      if (found === 'other') otherwise.add(sides.right.text);
      else if (found) tests.push({ ...found, size: sides.right, ...size });
    }
  }
  return tests.filter(({ size }) => !otherwise.has(size.text));
}

/** A parameter without pointers that keeps its value, or the name of a constant. */
function sizeOf(node: SyntaxNode, launched: LaunchedKernel): { parameter?: number } | undefined {
  if (node.type !== 'identifier') return undefined;
  const { fn } = launched;
  const parameter = fn.parameters.findIndex(({ variable }) => variable.name === node.text);
  const variable = fn.parameters[parameter]?.variable;
  if (!variable) return fn.variables.has(node.text) || launched.integer(node) === undefined ? undefined : {};
  if (variable.type.pointers > 0 || (fn.variables.get(variable.name) ?? []).length !== 1) return undefined;
  const changed = (fn.events.get(variable.name) ?? []).some(({ action }) => action.kind !== 'passed');
  return changed ? undefined : { parameter };
}

function sizeTest(
  { left, op }: Comparison,
  launched: LaunchedKernel,
  node: SyntaxNode,
): { axis: Axis; factor: 'blockDim' | bigint } | 'other' | undefined {
  const index = launched.form(unparenthesized(left));
  // A number tells nothing about which elements are handled: `if (n > 0)`.
  if (index?.unknowns.size === 0) return undefined;
  if (!index || op !== (leadsOut(node) ? '>=' : '<')) return 'other';
  for (const axis of axes) {
    const term = threadTerm(index, axis);
    if (term?.rest.length === 0 && term.coefficient === 1n && index.terms.size === 2)
      return { axis, factor: term.factor };
  }
  return 'other';
}

/** Whether the test belongs to an `if` behind which nothing goes on: `if (i >= n) return;`. */
function leadsOut(test: SyntaxNode): boolean {
  let child = test;
  for (const outer of test.upwards()) {
    if (outer.type === 'if_statement') return child.field === 'condition' && leaves(outer.child('consequence'));
    if (/_statement$|^declaration$/.test(outer.type)) return false;
    child = outer;
  }
  return false;
}

/** The size as the launch gives it. */
export function sizeAt({ parameter, size }: SizeTest, launched: LaunchedKernel): Expr | undefined {
  if (parameter === undefined) return launched.resolve(size);
  const { facts } = launched.view;
  const argument = facts.arguments[parameter];
  return argument && launched.evaluator.resolveText(argument.text, { at: argument, function: facts.function });
}

/** A dimension that the launch does not write: the evaluator puts an unsigned 1 of its own there. */
export function isLeftOut(expr: Expr): boolean {
  return expr.kind === 'number' && expr.value.type === 'u32' && expr.value.value === 1n;
}
