import type { SyntaxNode } from '../parse';
import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { FunctionFacts } from '../model/facts';
import { indexForm } from './lib/index-form';
import { direct, influencesOf, nothing } from './lib/influence';
import { isDevice, perFunction } from './lib/per-function';
import { msg, type Fix, type Message, type Report, type Rule } from './rule';

/**
 * `blockIdx.x * blockDim.x + threadIdx.x` with an axis, a factor or an operator that is another: several threads get the same number, and some
 * elements none.
 */
export const wrongThreadIndex: Rule = {
  id: 'wrong-thread-index',
  severity: 'error',
  summary: "The formula of a thread's number mixes up its axes, factors or operators.",
  run: perFunction(isDevice, check),
};

function check(fn: FunctionFacts, { evaluator }: Analysis): Report[] {
  const reports: Report[] = [];
  const influences = influencesOf(fn, evaluator);
  let reported: SyntaxNode | undefined;
  for (const node of bodyOf(fn).of('binary_expression')) {
    if (!/^[+*]$/.test(node.child('operator')?.text ?? '') || reported?.contains(node)) continue;
    // Made of the thread's place alone; the cheap question comes first.
    const bits = influences.of(node);
    if (bits === nothing || direct(bits) !== bits || node.length > longest) continue;
    const form = indexForm(node, fn, evaluator);
    if (!form || form.terms.size === 0 || form.terms.size > 3) continue;
    const terms: Term[] = [];
    for (const [monomial, coefficient] of form.terms) {
      const names = form.factors(monomial).map((id) => form.unknowns.get(id)?.name ?? '');
      if (coefficient !== 1n || names.length === 0 || !names.every((name) => builtin.test(name))) break;
      terms.push(names.sort());
    }
    if (terms.length !== form.terms.size) continue;
    const found = mistake(terms, fn);
    // `int tile = blockDim.x;` for both axes: the kernel is written for square blocks.
    if (!found || (found.square && !/\bblockDim\b/.test(node.text))) continue;
    reported = node;
    reports.push({ span: node.span, message: found.message, fixes: formulaFix(node, found.axis) });
  }
  return reports;
}

/** A product of built-in variables, sorted by name. */
type Term = readonly string[];

/** Characters that such a formula takes at most. */
const longest = 200;
const builtin = /^(?:threadIdx|blockIdx|blockDim|gridDim)\.[xyz]$/;

interface Mistake {
  readonly message: Message;
  /** The axis that was meant. */
  readonly axis: string;
  /** No mistake where blocks are square. */
  readonly square?: boolean;
}

function mistake(terms: readonly Term[], fn: FunctionFacts): Mistake | undefined {
  const text = terms
    .map((term) => term.map((name) => name.replace('.', '')).join('*'))
    .sort((a, b) => Number(b.includes('*')) - Number(a.includes('*')) || a.localeCompare(b))
    .join('+');
  const sum = /^blockDim([xyz])\*blockIdx([xyz])\+threadIdx([xyz])$/.exec(text);
  if (sum) return mixedAxes(sum[1]!, sum[2]!, sum[3]!, fn);
  const grid = /^blockIdx([xyz])\*gridDim\1\+threadIdx\1$/.exec(text)?.[1];
  if (grid !== undefined)
    return { axis: grid, message: msg('gridDim.{0} counts blocks: each of them has blockDim.{0} threads', grid) };
  const exchanged = /^blockDim([xyz])\*threadIdx\1\+blockIdx\1$/.exec(text)?.[1];
  if (exchanged !== undefined) {
    const message = msg('threadIdx.{0} and blockIdx.{0} are exchanged: several threads get the same number', exchanged);
    return { axis: exchanged, message };
  }
  const other = wrongOperators.map((pattern) => pattern.exec(text)?.[1]).find((axis) => axis !== undefined);
  const blockTwice = /^blockDim([xyz])\*blockIdx\1\+blockIdx\1$/.exec(text)?.[1];
  const axis = other ?? (blockTwice !== undefined && !fn.threadAxes.includes(blockTwice) ? blockTwice : undefined);
  if (axis === undefined) return undefined;
  return {
    axis,
    message: msg('this does not number the threads: that takes blockIdx.{0} * blockDim.{0} + threadIdx.{0}', axis),
  };
}

/** A sum where the product should be, and the other way round. */
const wrongOperators = [
  /^blockDim([xyz])\+blockIdx\1\+threadIdx\1$/,
  /^blockIdx([xyz])\*threadIdx\1\+blockDim\1$/,
  /^blockDim([xyz])\*blockIdx\1\*threadIdx\1$/,
];

function mixedAxes(size: string, block: string, thread: string, fn: FunctionFacts): Mistake | undefined {
  // `blockIdx.x * blockDim.y + threadIdx.y`: the blocks lie in a row, whatever is numbered within them.
  if (size === thread) return undefined;
  if (block === thread) {
    const message = msg(
      'blockIdx.{0} is multiplied with blockDim.{1}: unless blocks are square, they overlap or leave gaps',
      block,
      size,
    );
    return { axis: block, message, square: true };
  }
  // A transposition exchanges the axes on purpose, and uses both.
  if (size !== block || fn.threadAxes.includes(size)) return undefined;
  const message = msg(
    'threadIdx.{0} is added to a multiple of blockDim.{1}, and threadIdx.{1} is not used',
    thread,
    size,
  );
  return { axis: size, message };
}

function formulaFix(node: SyntaxNode, axis: string): Fix[] {
  const spelled = /^[\s()+*.xyz]*$/.test(node.text.replace(/\b(?:threadIdx|blockIdx|blockDim|gridDim)\b/g, ''));
  if (!spelled || node.parent?.type === 'binary_expression') return [];
  const newText = `blockIdx.${axis} * blockDim.${axis} + threadIdx.${axis}`;
  return [{ title: msg("Use '{0}'", newText), edits: [{ span: node.span, newText }], preferred: true }];
}
