/** What several rules share. */
import type { Dimension } from '../../model/launches';
import type { SyntaxNode } from '../../parse';
import type { Analysis } from '../../model/build';
import type { Evaluator } from '../../model/evaluator';
import type { FunctionFacts, LaunchFacts } from '../../model/facts';
import { kernelOf } from '../../model/lookups';
import type { Dim3Value, Evaluated, Kernel, Launch } from '../../model/types';

export interface LaunchView {
  readonly launch: Launch;
  readonly facts: LaunchFacts;
  readonly grid: Dimension;
  readonly block: Dimension;
  /**
   * The launched kernel, when exactly one definition fits and it parsed. It may stand in an included file, where nothing can be shown or
   * fixed: a report inside the kernel names the launch too (`Report.launch`), so that it can go there.
   */
  readonly kernel: Kernel | undefined;
  readonly kernelFacts: FunctionFacts | undefined;
}

export const axes = ['x', 'y', 'z'] as const;
export type Axis = (typeof axes)[number];

const viewsByAnalysis = new WeakMap<Analysis, readonly LaunchView[]>();
const viewsByFunction = new WeakMap<Analysis, ReadonlyMap<FunctionFacts | undefined, readonly LaunchView[]>>();

/** The launches something may be concluded from: parsed, and compiled in every configuration. */
export function decidableLaunches(analysis: Analysis): readonly LaunchView[] {
  return once(viewsByAnalysis, analysis, () => findLaunches(analysis));
}

/** Those of them that stand in a function. */
export function decidableLaunchesIn(fn: FunctionFacts, analysis: Analysis): readonly LaunchView[] {
  const byFunction = once(viewsByFunction, analysis, () =>
    grouped(decidableLaunches(analysis), ({ facts }) => facts.function),
  );
  return byFunction.get(fn) ?? [];
}

/** What is worked out once for each text, or other owner. */
export function once<K extends object, T>(memory: WeakMap<K, T>, owner: K, compute: () => T): T {
  let value = memory.get(owner);
  if (value === undefined) memory.set(owner, (value = compute()));
  return value;
}

export function grouped<K, T>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function findLaunches({ model, launches, evaluator }: Analysis): LaunchView[] {
  return model.launches.flatMap((launch, index) => {
    const own = launches[index]!;
    if (launch.broken || launch.conditional || isDead(own.facts, evaluator)) return [];
    const kernel = kernelOf(model, launch);
    const usable = kernel?.body !== undefined && !kernel.broken && !kernel.conditional;
    return [{ launch, ...own, kernel: usable ? kernel : undefined, kernelFacts: usable ? own.kernel : undefined }];
  });
}

/** `if (size == 16) k<16><<<…>>>(); else k<32><<<…>>>();` with a size that is a number: only one of them runs. */
function isDead({ node, function: fn }: LaunchFacts, evaluator: Evaluator): boolean {
  for (const outer of node.upwards()) {
    if (outer === fn?.body) return false;
    const branch = outer.parent?.type === 'else_clause' ? outer.parent : outer;
    const statement = branch.parent;
    if (statement?.type !== 'if_statement' || (branch.field !== 'consequence' && branch.field !== 'alternative'))
      continue;
    const condition = statement.child('condition')?.child('value');
    if (condition?.type !== 'binary_expression') continue;
    const value = evaluator.evaluate(evaluator.resolveText(condition.text, { at: condition, function: fn }));
    if (value.known && (Number(value.value) !== 0) !== (branch.field === 'consequence')) return true;
  }
  return false;
}

export function known(value: Evaluated): bigint | undefined {
  return value.known && typeof value.value === 'bigint' ? value.value : undefined;
}

export function knownDimensions(dim: Dim3Value): [bigint, bigint, bigint] | undefined {
  const [x, y, z] = [known(dim.x), known(dim.y), known(dim.z)];
  return x === undefined || y === undefined || z === undefined ? undefined : [x, y, z];
}

/** `16 × 16 × 8`, without trailing ones. */
export function dimensionText([x, y, z]: readonly bigint[]): string {
  const parts = z !== 1n ? [x, y, z] : y !== 1n ? [x, y] : [x];
  return parts.join(' × ');
}

/**
 * `if (blocks > 0) k<<<blocks, …>>>()`, `if (threads > 1024) return;`: a condition around the launch, or one before it that leaves, asks
 * for what the dimension is made of. The value that would be wrong does not come here.
 */
export function isAskedFor({ facts, launch }: LaunchView, kind: 'grid' | 'block'): boolean {
  const names = new Set<string>(launch[kind].text.match(/[A-Za-z_]\w*/g) ?? []);
  const asks = (node: SyntaxNode): boolean =>
    (node.child('condition')?.text.match(/[A-Za-z_]\w*/g) ?? []).some((name) => names.has(name));
  let inner: SyntaxNode = facts.node;
  for (const node of facts.node.upwards()) {
    if (/^(if_statement|while_statement|for_statement|conditional_expression)$/.test(node.type) && asks(node))
      return true;
    if (node.type === 'compound_statement') {
      const before = node.children.slice(0, node.children.indexOf(inner));
      if (before.some((child) => child.type === 'if_statement' && asks(child) && leaves(child.child('consequence'))))
        return true;
    }
    inner = node;
  }
  return false;
}

/** Whether the statement ends the function or the program. */
function leaves(statement: SyntaxNode | undefined): boolean {
  const last = statement?.type === 'compound_statement' ? statement.children[statement.children.length - 1] : statement;
  if (!last) return false;
  return (
    /^(return|throw|break|continue)_statement$/.test(last.type) ||
    /^(?:std::)?(?:exit|_exit|abort|quick_exit)\s*\(/.test(last.text)
  );
}
