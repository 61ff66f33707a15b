/** Accesses of a kernel's pointer parameters, and what stands between the thread and them. */
import type { SyntaxNode } from '../../parse';
import type { Memory } from '../../model/environment';
import type { Evaluator } from '../../model/evaluator';
import type { FunctionFacts } from '../../model/facts';
import { Polynomial } from '../../model/polynomial';
import { findVariable } from '../../model/reach';
import { ThreadDependence } from '../../model/threads';
import { axes as allAxes, type Axis } from './common';
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
  readonly parameter: number;
  readonly index: SyntaxNode;
  /** Axes on which every thread of the grid has an element of its own. */
  readonly uses: readonly AxisUse[];
  /** Those of them with no test before. */
  readonly unguarded: readonly AxisUse[];
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
  const exits = earlyExits(fn, dependence);
  for (const node of fn.body?.walk() ?? []) {
    const place = parameterAccess(node, fn);
    if (!place) continue;
    const uses = axisUses(place.index, fn, evaluator, dependence);
    if (uses.length === 0) continue;
    const guarded =
      guardAxes(node, fn, dependence) +
      exits
        .filter((exit) => exit.end <= node.start)
        .map((exit) => exit.axes)
        .join('');
    const unguarded = uses.filter(({ axis }) => !guarded.includes(axis));
    accesses.push({ node, ...place, uses, unguarded });
  }
  return { accesses, dependence };
}

function parameterAccess(node: SyntaxNode, fn: FunctionFacts): { parameter: number; index: SyntaxNode } | undefined {
  let base: SyntaxNode | undefined;
  let index: SyntaxNode | undefined;
  if (node.type === 'subscript_expression') {
    base = node.child('argument');
    const indices = node.child('indices')?.children ?? [];
    index = indices.length === 1 ? indices[0] : undefined;
  } else if (node.type === 'pointer_expression' && node.child('operator')?.text === '*') {
    const sum = node.child('argument')?.first('binary_expression');
    if (sum?.child('operator')?.text === '+') [base, index] = [sum.child('left'), sum.child('right')];
  }
  if (base?.type !== 'identifier' || !index || addressOnly(node)) return undefined;
  const variable = findVariable(fn, base.text, node);
  const parameter = fn.parameters.findIndex((p) => p.variable === variable);
  if (!variable || parameter < 0 || variable.type.pointers === 0 || moved(fn, variable)) return undefined;
  return { parameter, index };
}

/** `&a[i]` alone touches nothing; as the target of an atomic it does. */
function addressOnly(node: SyntaxNode): boolean {
  const parent = node.parent;
  if (parent?.type === 'sizeof_expression' || parent?.parent?.type === 'sizeof_expression') return true;
  if (parent?.type !== 'pointer_expression' || parent.child('operator')?.text !== '&') return false;
  const call = parent.parent?.type === 'argument_list' ? parent.parent.parent : undefined;
  return !/^atomic\w+$/.test(call?.child('function')?.text ?? '');
}

/** On which axes the index is `blockIdx · blockDim + threadIdx`, times something, plus something that is not below 0. */
function axisUses(node: SyntaxNode, fn: FunctionFacts, evaluator: Evaluator, dependence: ThreadDependence): AxisUse[] {
  const resolved = evaluator.resolveText(node.text, { at: node, function: fn });
  const polynomial = Polynomial.of(resolved, (expr) => {
    const folded = evaluator.fold(expr);
    return 'ok' in folded && typeof folded.ok.value === 'bigint' ? folded.ok.value : undefined;
  });
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
  for (const coefficient of polynomial.terms.values()) if (coefficient < 0n) return [];
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

/** Axes that some condition around the access asks about. */
function guardAxes(access: SyntaxNode, fn: FunctionFacts, dependence: ThreadDependence): string {
  let axes = '';
  let child = access;
  for (const node of access.upwards()) {
    if (node === fn.body) break;
    switch (node.type) {
      case 'if_statement':
      case 'while_statement':
      case 'do_statement':
      case 'switch_statement':
      case 'conditional_expression':
        if (child.field !== 'condition') axes += dependence.axesOf(node.child('condition'));
        break;
      case 'for_statement':
        axes += dependence.axesOf(node.child('condition')) + dependence.axesOf(node.child('initializer'));
        break;
      case 'for_range_loop':
        axes += dependence.axesOf(node.child('right'));
        break;
      case 'case_statement':
        axes += dependence.axesOf(node.child('value'));
        break;
      case 'binary_expression':
        if (/^(&&|\|\|)$/.test(node.child('operator')?.text ?? '') && child.field === 'right')
          axes += dependence.axesOf(node.child('left'));
        break;
      case 'lambda_expression':
        return 'xyz';
      default:
        break;
    }
    child = node;
  }
  return axes;
}

/** `if (i >= n) return;`, `CHECK_INDEX(i);`, `assert(i < n)`: from their end on, the axes they ask about are guarded. */
function earlyExits(fn: FunctionFacts, dependence: ThreadDependence): { end: number; axes: string }[] {
  const exits: { end: number; axes: string }[] = [];
  for (const node of fn.body?.walk() ?? []) {
    if (node.type === 'if_statement') {
      const leaves = [...node.walk()].some(
        (inner) =>
          jumps.has(inner.type) || /^(?:exit|__trap|asm)\b/.test(inner.type === 'call_expression' ? inner.text : ''),
      );
      if (leaves)
        exits.push({ end: node.child('condition')?.end ?? node.end, axes: dependence.axesOf(node.child('condition')) });
    } else if (node.type === 'expression_statement' || node.type === 'ERROR') {
      const call = node.first('call_expression');
      const name = call?.child('function')?.text ?? '';
      if (node.type === 'ERROR' || /^(?:assert|[A-Z_][A-Z0-9_]*)$/.test(name))
        exits.push({ end: node.end, axes: dependence.axesOf(node) });
    }
  }
  return exits;
}
