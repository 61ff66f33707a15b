import type { Analysis } from '../model/build';
import type { FunctionFacts } from '../model/facts';
import { Polynomial } from '../model/polynomial';
import { Symbolic } from '../model/symbolic';
import type { SyntaxNode } from '../parse';
import { findAccesses, type Access } from './lib/accesses';
import { elementsOf } from './lib/array-elements';
import { valueAtLaunch } from './lib/bounds';
import { axes, known, knownDimensions, type Axis, type LaunchView } from './lib/common';
import { comparison, conditionsAt, mirror } from './lib/conditions';
import { influencesOf, nothing } from './lib/influence';
import { launchesByKernel } from './lib/launched';
import { findOverrun } from './lib/overrun';
import { msg, type Report, type Rule } from './rule';

/** With the numbers of a launch, the guards of the kernel let an index through that lies outside its array. */
export const indexOutOfBounds: Rule = {
  id: 'index-out-of-bounds',
  severity: 'error',
  summary: 'An index lies outside its array, although the kernel tests it.',
  run: (analysis) => {
    const reports: Report[] = [];
    for (const [fn, views] of launchesByKernel(analysis)) {
      const found = views
        .map((view) => check(fn, view, analysis) ?? withoutNumbers(fn, view, analysis))
        .find((report) => report !== undefined);
      if (found) reports.push(found);
    }
    return reports;
  },
};

function check(fn: FunctionFacts, view: LaunchView, analysis: Analysis): Report | undefined {
  const block = knownDimensions(view.launch.block);
  if (!block || view.facts.arguments.length === 0) return undefined;
  const { accesses } = findAccesses(fn, analysis.evaluator);
  for (const access of accesses) {
    // Without any test, it is a matter of the missing guard.
    if (access.unguarded.length > 0 || access.halfGuarded.length > 0 || !access.plain || access.indices.length !== 1)
      continue;
    const elements = elementsOf(access, view, analysis);
    const range = elements === undefined ? undefined : rangeOf(access, fn, view, block, analysis);
    if (elements === undefined || !range) continue;
    const name = `'${view.launch.arguments[access.parameter]?.text ?? access.variable.name}'`;
    const message =
      range.most >= elements
        ? msg('this index goes up to {0}, but {1} has {2} elements', String(range.most), name, String(elements))
        : range.least < 0n
          ? msg('this index goes down to {0}, before the beginning of {1}', String(range.least), name)
          : undefined;
    if (message) return { span: access.node.span, message, launch: view.launch.span };
  }
  return undefined;
}

/** The number of elements is not known, but the index leaves the array whatever it is. */
function withoutNumbers(fn: FunctionFacts, view: LaunchView, analysis: Analysis): Report | undefined {
  const found = findOverrun(fn, view, analysis);
  if (!found) return undefined;
  const { by, count, node } = found;
  const name = `'${view.launch.arguments[found.parameter]!.text}'`;
  const message =
    by < 0n
      ? msg('this index goes down to {0}, before the beginning of {1}', String(by), name)
      : msg(
          'this index goes up to {0}, but {1} has {2} elements',
          by === 1n ? count : `${count} + ${by - 1n}`,
          name,
          count,
        );
  return { span: node.span, message, launch: view.launch.span };
}

interface Range {
  readonly least: bigint;
  readonly most: bigint;
}

/** The thread's number on an axis, as the factor of `blockIdx · block + threadIdx` in a form; nothing for any other form. */
interface Linear {
  readonly factors: ReadonlyMap<Axis, bigint>;
  readonly constant: bigint;
}

/** The smallest and the largest index that the conditions let through; nothing where one of them is not understood. */
function rangeOf(
  access: Access,
  fn: FunctionFacts,
  view: LaunchView,
  block: readonly bigint[],
  analysis: Analysis,
): Range | undefined {
  const linear = (node: SyntaxNode): Linear | undefined => linearOf(node, fn, view, block, analysis);
  const index = linear(access.indices[0]!);
  if (!index || index.factors.size === 0) return undefined;
  const limits = new Map<Axis, { from: bigint; to: bigint }>();
  for (const [i, axis] of axes.entries()) {
    const blocks = known(view.launch.grid[axis]);
    if (index.factors.has(axis) && blocks === undefined) return undefined;
    limits.set(axis, { from: 0n, to: (blocks ?? 1n) * block[i]! - 1n });
  }
  const influences = influencesOf(fn, analysis.evaluator);
  for (const held of conditionsAt(access.node, fn)) {
    const compared = comparison(held);
    if (!compared) return undefined;
    const { left, op, right } = influences.of(compared.left) === nothing ? mirror(compared) : compared;
    const [a, b] = [linear(left), linear(right)];
    if (!a || !b || a.factors.size !== 1 || b.factors.size > 0) return undefined;
    const [[axis, factor]] = [...a.factors] as [[Axis, bigint]];
    const limit = limits.get(axis)!;
    if (factor !== 1n) return undefined;
    const value = b.constant - a.constant;
    if (op === '<' || op === '<=') limit.to = smaller(limit.to, op === '<' ? value - 1n : value);
    else if (op === '>' || op === '>=') limit.from = larger(limit.from, op === '>' ? value + 1n : value);
    else if (op === '!=' && value === limit.from) limit.from += 1n;
    else return undefined;
    // The guard and its index are those of another rule.
    if (op === '<=' && index.factors.size === 1 && index.factors.get(axis) === 1n && index.constant === a.constant)
      return undefined;
  }
  let [least, most] = [index.constant, index.constant];
  for (const [axis, factor] of index.factors) {
    const { from, to } = limits.get(axis)!;
    if (from > to) return undefined;
    least += factor * (factor > 0n ? from : to);
    most += factor * (factor > 0n ? to : from);
  }
  return { least, most };
}

function linearOf(
  node: SyntaxNode,
  fn: FunctionFacts,
  view: LaunchView,
  block: readonly bigint[],
  analysis: Analysis,
): Linear | undefined {
  const symbolic = new Symbolic(analysis.evaluator);
  const form = Polynomial.of(valueAtLaunch(node, fn, view, analysis), (expr) => symbolic.integer(expr));
  if (!form) return undefined;
  const threads = new Map<Axis, bigint>();
  const blocks = new Map<Axis, bigint>();
  let constant = 0n;
  for (const [monomial, coefficient] of form.terms) {
    let factor = coefficient;
    const rest: string[] = [];
    for (const id of form.factors(monomial)) {
      const name = form.unknowns.get(id)!.name;
      const size = /^blockDim\.([xyz])$/.exec(name)?.[1];
      if (size === undefined) rest.push(name);
      else factor *= block['xyz'.indexOf(size)]!;
    }
    const match = rest.length === 1 ? /^(threadIdx|blockIdx)\.([xyz])$/.exec(rest[0]!) : undefined;
    if (rest.length === 0) constant += factor;
    else if (!match) return undefined;
    else {
      const into = match[1] === 'threadIdx' ? threads : blocks;
      into.set(match[2] as Axis, (into.get(match[2] as Axis) ?? 0n) + factor);
    }
  }
  for (const axis of axes) {
    if ((threads.get(axis) ?? 0n) * block['xyz'.indexOf(axis)]! !== (blocks.get(axis) ?? 0n)) return undefined;
  }
  return { factors: new Map([...threads].filter(([, factor]) => factor !== 0n)), constant };
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
