import type { SyntaxNode } from '../parse';
import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { Memory } from '../model/environment';
import type { FunctionFacts } from '../model/facts';
import { Symbolic } from '../model/symbolic';
import { parameterAccess } from './lib/accesses';
import { axes, known, type Axis, type LaunchView } from './lib/common';
import { gridForm } from './lib/grid-form';
import { indexForm } from './lib/index-form';
import { launchedKernels } from './lib/launched';
import { msg, type Fix, type Report, type Rule } from './rule';

/**
 * The kernel numbers its elements by threadIdx alone, and the launch has a block for each part of them: all blocks process the first part, and
 * nobody the rest.
 */
export const blockIndexMissing: Rule = {
  id: 'block-index-missing',
  severity: 'error',
  summary: 'The launch starts a block for each part of the data, but the kernel does not ask which block it is.',
  run: (analysis) => {
    const { index } = analysis.evaluator;
    const symbolic = new Symbolic(analysis.evaluator);
    return launchedKernels(analysis).flatMap(({ fn, views }) => {
      if (views.length === 0) return [];
      const writes = index.environment.remember(memory, fn, () => findWrites(fn, analysis));
      const found = writes.find(({ axis }) => views.every((view) => manyBlocks(view, axis, symbolic)));
      return found ? report(found, fn) : [];
    });
  },
};

interface Write {
  readonly node: SyntaxNode;
  readonly index: SyntaxNode;
  readonly axis: Axis;
}

const memory: Memory<readonly Write[]> = new WeakMap();

/** Elements that are written at the thread's number within its block, in a kernel that never asks for the block on that axis. */
function findWrites(fn: FunctionFacts, { evaluator }: Analysis): Write[] {
  const text = fn.body?.text ?? '';
  // A helper or a group may ask in its place.
  if (/\bgridDim\b|cooperative_groups|\bcg::|_rank\s*\(|\basm\b|ctaid/.test(text)) return [];
  const asks = bodyOf(fn)
    .of('call_expression')
    .some((call) => {
      const own = evaluator.index.functions.get(call.child('function')?.text ?? '');
      return own?.some(({ value }) => /\bblockIdx\b/.test(value.body?.text ?? 'blockIdx')) ?? false;
    });
  const inMacro = [...evaluator.index.macros].some(
    ([name, all]) => all.some(({ value }) => /\bblockIdx\b/.test(value.body)) && new RegExp(`\\b${name}\\b`).test(text),
  );
  if (asks || inMacro) return [];
  return bodyOf(fn)
    .of('subscript_expression')
    .flatMap((node): Write[] => {
      const place = parameterAccess(node, fn, evaluator);
      const written = node.parent?.type === 'assignment_expression' && node.field === 'left';
      if (!place || !(written || node.parent?.type === 'update_expression')) return [];
      const form = indexForm(place.index, fn, evaluator);
      if (!form) return [];
      const names = [...form.unknowns.values()].map(({ name }) => name);
      const axis = axes.find((a) => names.includes(`threadIdx.${a}`) && !fn.blockAxes.includes(a));
      // The block may choose among the rows on another axis; then this one is its own too.
      const thread = axis && [...form.unknowns.values()].find(({ name }) => name === `threadIdx.${axis}`);
      return axis && thread && form.coefficient([thread.id]) !== 0n ? [{ node, index: place.index, axis }] : [];
    });
}

/** The grid is the number of elements divided by the block, and that is more than one block. */
function manyBlocks(view: LaunchView, axis: Axis, symbolic: Symbolic): boolean {
  const form = gridForm(view, axis, symbolic);
  const blocks = known(view.launch.grid[axis]);
  if (blocks !== undefined && blocks < 2n) return false;
  return form !== undefined;
}

function report({ node, index, axis }: Write, fn: FunctionFacts): Report[] {
  const message = msg(
    'every block writes the same elements: {0} is made of threadIdx.{1} without blockIdx.{1}, but the launch divides the data among blocks',
    `'${index.text}'`,
    axis,
  );
  return [{ span: node.span, message, fixes: indexFix(index, axis, fn) }];
}

/** `int i = threadIdx.x;` becomes the number in the whole grid. */
function indexFix(index: SyntaxNode, axis: Axis, fn: FunctionFacts): Fix[] {
  const variables = index.type === 'identifier' ? (fn.variables.get(index.text) ?? []) : [];
  const value = variables.length === 1 ? variables[0]!.initial?.node.child('value') : undefined;
  if (value?.text !== `threadIdx.${axis}`) return [];
  const newText = `blockIdx.${axis} * blockDim.${axis} + threadIdx.${axis}`;
  return [{ title: msg("Use '{0}'", newText), edits: [{ span: value.span, newText }], preferred: true }];
}
