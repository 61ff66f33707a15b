/** Accesses of a kernel's pointer parameters, and what stands between the thread and them. */
import type { SyntaxNode } from '../../parse';
import type { Memory } from '../../model/environment';
import type { Evaluator } from '../../model/evaluator';
import type { FunctionFacts, Variable } from '../../model/facts';
import type { Polynomial } from '../../model/polynomial';
import { findVariable } from '../../model/reach';
import { bare } from '../../model/symbolic';
import { ThreadDependence } from '../../model/threads';
import { axes as allAxes, type Axis } from './common';
import { alternatives, comparison, heldIn, leaves, mirror, take, type Held } from './conditions';
import { builtinIds, indexForm } from './index-form';
import { isMisread, isTemplateOfVariable } from './misread';
import { moved } from './places';

export interface AxisUse {
  readonly axis: Axis;
  /** What blockIdx is multiplied with: blockDim itself, or a number that must equal it. */
  readonly factor: 'blockDim' | bigint;
  /** The index is exactly the thread's number on this axis, plus a constant of at least 0. */
  readonly exact: boolean;
}

export interface Access {
  /** `a[i]` or `*(a + i)`. */
  readonly node: SyntaxNode;
  /** What is accessed: a parameter of the kernel, or an array of the file. */
  readonly variable: Variable;
  /** The parameter's place; -1 for an array of the file. */
  readonly parameter: number;
  /** Outermost first; one, but for arrays of arrays. */
  readonly indices: readonly SyntaxNode[];
  /** All conditions before it that ask about the thread are plain ones: no macro, loop or exit from within. */
  readonly plain: boolean;
  /** Axes on which every thread of the grid has an element of its own. */
  readonly uses: readonly AxisUse[];
  /** Those of them with no test before. */
  readonly unguarded: readonly AxisUse[];
  /** Those that only a part of the thread's number is tested on: `threadIdx.x < n` for the whole grid's `n`. */
  readonly halfGuarded: readonly HalfGuarded[];
}

export interface HalfGuarded extends AxisUse {
  /** The parameters it is compared with. */
  readonly bounds: readonly number[];
}

export interface KernelAccesses {
  readonly accesses: readonly Access[];
  readonly dependence: ThreadDependence;
}

const jumps = new Set([
  'return_statement',
  'continue_statement',
  'break_statement',
  'goto_statement',
  'throw_statement',
]);

/** Accesses by an index of the thread's own. Whatever might be a guard counts as one. */
export function findAccesses(fn: FunctionFacts, evaluator: Evaluator): KernelAccesses {
  return evaluator.index.environment.remember(memory, fn, () => search(fn, evaluator));
}

const memory: Memory<KernelAccesses> = new WeakMap();

function search(fn: FunctionFacts, evaluator: Evaluator): KernelAccesses {
  const dependence = new ThreadDependence(fn, evaluator.index);
  const accesses: Access[] = [];
  const exits = earlyExits(fn);
  for (const node of fn.body?.walk() ?? []) {
    const place = arrayAccess(node, fn, evaluator);
    if (!place || isMisread(node, fn)) continue;
    if (place.indices.every((index) => dependence.axesOf(index) === '')) continue;
    const all = place.indices.flatMap((index) => axisUses(index, fn, evaluator, dependence));
    const uses = place.indices.length === 1 ? all : all.map((use) => ({ ...use, exact: false }));
    if (uses.length === 0) continue;
    const held = guardsOf(node, fn, exits);
    const plain = held.every(({ condition, holds }) => holds !== undefined || dependence.axesOf(condition) === '');
    const guards = held.map((one) => guardOf(one, fn, evaluator, dependence));
    const on = ({ axis }: AxisUse): Guard[] => guards.filter((guard) => guard.axes.includes(axis));
    // Before the thread's own element: the end is not what it is about.
    const below = place.indices.some((index) => (indexForm(index, fn, evaluator)?.terms.get('') ?? 0n) < 0n);
    const unguarded = below ? [] : uses.filter((use) => on(use).length === 0);
    const halfGuarded = (below ? [] : uses).flatMap((use) => {
      const bounds = on(use).map(({ half }) => half);
      return bounds.length > 0 && bounds.every((bound) => bound !== undefined) ? [{ ...use, bounds }] : [];
    });
    accesses.push({ ...place, node, plain, uses, unguarded, halfGuarded });
  }
  return { accesses, dependence };
}

interface ArrayAccess {
  readonly variable: Variable;
  readonly parameter: number;
  /** Outermost first; one, but for arrays of arrays. */
  readonly indices: readonly SyntaxNode[];
}

/** `a[i]`, `*(a + i)`, `m[i][j]` of a pointer parameter or of an array of the device. */
function arrayAccess(node: SyntaxNode, fn: FunctionFacts, evaluator: Evaluator): ArrayAccess | undefined {
  if (node.parent?.type === 'subscript_expression' && node.field === 'argument') return undefined;
  const indices: SyntaxNode[] = [];
  let base: SyntaxNode | undefined = node;
  while (base?.type === 'subscript_expression') {
    const inner: readonly SyntaxNode[] = base.child('indices')?.children ?? [];
    if (inner.length !== 1) return undefined;
    indices.unshift(inner[0]!);
    base = base.child('argument');
  }
  if (node.type === 'pointer_expression' && node.child('operator')?.text === '*') {
    const sum = node.child('argument')?.first('binary_expression');
    if (sum?.child('operator')?.text !== '+') return undefined;
    indices.push(sum.child('right')!);
    base = sum.child('left');
  }
  if (base?.type !== 'identifier' || indices.length === 0 || addressOnly(node)) return undefined;
  const variable = findVariable(fn, base.text, node);
  if (!variable) return deviceArray(base.text, indices, evaluator);
  const parameter = fn.parameters.findIndex((p) => p.variable === variable);
  const depth = variable.type.pointers + variable.type.arrays;
  if (parameter < 0 || depth < indices.length || moved(fn, variable)) return undefined;
  return { variable, parameter, indices };
}

function deviceArray(name: string, indices: readonly SyntaxNode[], { index }: Evaluator): ArrayAccess | undefined {
  const [only, ...others] = index.variables.get(name) ?? [];
  const variable = only?.value;
  const device = variable && (variable.specifiers.has('__device__') || variable.specifiers.has('__managed__'));
  if (!device || others.length > 0 || variable.owner !== '' || variable.type.arrays < indices.length) return undefined;
  return { variable, parameter: -1, indices };
}

/** `a[i]` or `*(a + i)` of a pointer parameter. */
export function parameterAccess(
  node: SyntaxNode,
  fn: FunctionFacts,
  evaluator: Evaluator,
): { parameter: number; index: SyntaxNode } | undefined {
  const access = arrayAccess(node, fn, evaluator);
  if (!access || access.parameter < 0 || access.indices.length !== 1 || access.variable.type.pointers === 0)
    return undefined;
  return { parameter: access.parameter, index: access.indices[0]! };
}

/** `&a[i]` alone touches nothing; as the target of an atomic it does. */
function addressOnly(node: SyntaxNode): boolean {
  const parent = node.parent;
  if (parent?.type === 'sizeof_expression' || parent?.parent?.type === 'sizeof_expression') return true;
  if (parent?.type !== 'pointer_expression' || parent.child('operator')?.text !== '&') return false;
  const call = parent.parent?.type === 'argument_list' ? parent.parent.parent : undefined;
  return !/^atomic\w+$/.test(call?.child('function')?.text ?? '');
}

/** On which axes the index is `blockIdx · blockDim + threadIdx`, times something, plus a constant or something not below 0. */
function axisUses(node: SyntaxNode, fn: FunctionFacts, evaluator: Evaluator, dependence: ThreadDependence): AxisUse[] {
  const polynomial = indexForm(node, fn, evaluator);
  if (!polynomial) return [];
  const builtin = new Map<string, string>();
  for (const { id, name } of polynomial.unknowns.values()) {
    if (/^(threadIdx|blockIdx|blockDim)\.[xyz]$/.test(name)) builtin.set(name, id);
    else if (
      /^gridDim|^warpSize|threadIdx|blockIdx/.test(name) ||
      dependence.axesOfName(rootName(name)) !== '' ||
      unset(fn, name)
    )
      return [];
  }
  for (const [monomial, coefficient] of polynomial.terms) if (monomial !== '' && coefficient < 0n) return [];
  return allAxes.flatMap((axis) => axisUse(polynomial, axis, builtin) ?? []);
}

function rootName(name: string): string {
  return name.split('.')[0]!;
}

/** A local without any value of its own: set by inline assembly or by something else that is not seen. */
function unset(fn: FunctionFacts, name: string): boolean {
  const root = rootName(name);
  return (fn.variables.get(root) ?? []).some((v) => v.kind === 'variable' && !v.initial && !fn.events.has(root));
}

function axisUse(polynomial: Polynomial, axis: Axis, builtin: ReadonlyMap<string, string>): AxisUse | undefined {
  const thread = builtin.get(`threadIdx.${axis}`);
  const block = builtin.get(`blockIdx.${axis}`);
  const size = builtin.get(`blockDim.${axis}`);
  if (thread === undefined || block === undefined) return undefined;
  let factor: AxisUse['factor'] | undefined;
  let exact = true;
  let threadTerms = 0;
  let blockTerms = 0;
  for (const [monomial, coefficient] of polynomial.terms) {
    const factors = polynomial.factors(monomial);
    if (factors.includes(block)) blockTerms++;
    if (!factors.includes(thread)) {
      exact &&= factors.length === 0 || factors.includes(block);
      continue;
    }
    threadTerms++;
    const rest = without(factors, thread);
    if (rest.includes(thread) || rest.includes(block)) return undefined;
    exact &&= rest.length === 0 && coefficient === 1n;
    const symbolic = size === undefined ? 0n : polynomial.coefficient([...rest, block, size]);
    const numeric = polynomial.coefficient([...rest, block]);
    const own =
      symbolic === coefficient
        ? 'blockDim'
        : numeric > 0n && numeric % coefficient === 0n
          ? numeric / coefficient
          : undefined;
    if (own === undefined || (factor !== undefined && factor !== own)) return undefined;
    factor = own;
  }
  return factor === undefined || threadTerms !== blockTerms ? undefined : { axis, factor, exact };
}

function without(items: readonly string[], item: string): string[] {
  const at = items.indexOf(item);
  return items.filter((_, i) => i !== at);
}

/** A condition that may keep a thread from the access; one whose truth is not known there has no `holds`. */
interface MaybeHeld {
  readonly condition: SyntaxNode;
  readonly holds?: boolean;
}

interface Guard {
  readonly axes: string;
  /** The parameter that only threadIdx, or only blockIdx, is compared with. */
  readonly half?: number;
}

/** Every condition around the access, and those of the early exits before it. */
function guardsOf(access: SyntaxNode, fn: FunctionFacts, exits: readonly Exit[]): MaybeHeld[] {
  const guards: MaybeHeld[] = [];
  const add = (condition: SyntaxNode | undefined): void => void (condition && guards.push({ condition }));
  let child = access;
  for (const node of access.upwards()) {
    if (node === fn.body) break;
    if (node.type === 'lambda_expression') add(node);
    else if (node.type === 'for_range_loop') add(node.child('right'));
    else if (node.type === 'case_statement') add(node.child('value'));
    else if (node.type === 'switch_statement' && child.field !== 'condition') add(node.child('condition'));
    else if (node.type === 'for_statement') add(node.child('initializer'));
    if (node !== access) guards.push(...heldIn(node, child));
    child = node;
  }
  for (const { end, condition, holds, inside } of exits) {
    if (end > access.offset || inside?.contains(access)) continue;
    // From within another branch, it may not have been asked.
    if (holds === undefined || condition.parent?.parent?.contains(access) !== true) add(condition);
    else take(condition, holds, guards as Held[]);
  }
  return guards;
}

/** What the condition says about the thread's number from above; a bound from below keeps nobody from the end. */
function guardOf(
  { condition, holds }: MaybeHeld,
  fn: FunctionFacts,
  evaluator: Evaluator,
  dependence: ThreadDependence,
): Guard {
  // A lambda may be called under any condition.
  if (condition.type === 'lambda_expression') return { axes: 'xyz' };
  if ([...condition.walk()].some((node) => isTemplateOfVariable(node, fn))) return { axes: 'xyz' };
  const axes = dependence.axesOf(condition);
  if (axes === '' || isRemainder(condition, fn, evaluator)) return { axes: '' };
  const parts = holds === undefined ? [] : alternatives({ condition, holds });
  if (parts.length > 1) {
    // Where one of them may hold for any number, the others bound nothing.
    const open = parts.filter((part) => guardOf(part, fn, evaluator, dependence).axes === '');
    const free = open.map((part) => dependence.axesOf(part.condition)).join('');
    return { axes: [...axes].filter((axis) => !free.includes(axis)).join('') };
  }
  const compared = holds === undefined ? undefined : comparison({ condition, holds });
  if (!compared) return { axes };
  if (compared.op === '!=' && !inLoop(condition)) return { axes: '' };
  if (compared.op === '==') return isRemainder(compared.left, fn, evaluator) ? { axes: '' } : { axes };
  for (const { left, op, right } of [compared, mirror(compared)]) {
    if (dependence.axesOf(right) !== '') continue;
    const form = indexForm(left, fn, evaluator);
    if (!form || ![...form.terms].every(([, coefficient]) => coefficient >= 0n)) continue;
    // `position >= 0` may say that the thread has found a place for itself: only its own number is known to have no end.
    if (op.startsWith('>')) return { axes: builtinIds(form).size > 0 ? '' : axes };
    const parts = [...builtinIds(form).keys()].filter((name) => /^(?:threadIdx|blockIdx)/.test(name));
    const half = fn.parameters.findIndex(({ variable }) => variable.name === right.text);
    if (parts.length === 1 && form.terms.size === 1 && form.unknowns.size === 1 && half >= 0) return { axes, half };
  }
  return { axes };
}

/** `i % 3`, `i & 1`: true for some numbers however large. */
function isRemainder(node: SyntaxNode, fn: FunctionFacts, evaluator: Evaluator): boolean {
  const inner = node.type === 'condition_clause' ? (node.child('value') ?? node) : node;
  const e = bare(evaluator.resolveText(inner.text, { at: inner, function: fn }));
  return e.kind === 'binary' && /^[%&]$/.test(e.op) && 'ok' in evaluator.fold(e.right);
}

function inLoop(condition: SyntaxNode): boolean {
  for (const node of condition.upwards()) {
    if (/^(?:for|while|do)_statement$/.test(node.type)) return true;
    if (node.type === 'if_statement' || node.type === 'compound_statement') return false;
  }
  return false;
}

interface Exit {
  /** Offset from which on it counts. */
  readonly end: number;
  readonly condition: SyntaxNode;
  /** What is true of the condition from there on, if that is sure. */
  readonly holds?: boolean;
  /** Where the exit itself is: its own condition holds there. */
  readonly inside?: SyntaxNode;
}

/** `if (i >= n) return;`, `CHECK_INDEX(i);`, `assert(i < n)`: from their end on, the axes they ask about are guarded. */
function earlyExits(fn: FunctionFacts): Exit[] {
  const exits: Exit[] = [];
  for (const node of fn.body?.walk() ?? []) {
    if (node.type === 'if_statement') {
      const condition = node.child('condition');
      const stops = [...node.walk()].some(
        (inner) =>
          jumps.has(inner.type) || /^(?:exit|__trap|asm)\b/.test(inner.type === 'call_expression' ? inner.text : ''),
      );
      const inside = node.child('consequence');
      if (!stops || !condition) continue;
      const end = condition.offset + condition.length;
      if (inside && leaves(inside)) exits.push({ end, condition, holds: false, inside });
      else exits.push({ end, condition });
    } else if (node.type === 'expression_statement' || node.type === 'ERROR') {
      const call = node.first('call_expression');
      const name = call?.child('function')?.text ?? '';
      if (node.type === 'ERROR' || /^(?:assert|[A-Z_][A-Z0-9_]*)$/.test(name))
        exits.push({ end: node.offset + node.length, condition: node });
    }
  }
  return exits;
}
