import type { SyntaxNode } from '../parse';
import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { Memory } from '../model/environment';
import type { FunctionFacts, VariableEvent } from '../model/facts';
import { globalAxis, upperBound } from './lib/bounds';
import { known, type LaunchView } from './lib/common';
import { indexForm } from './lib/index-form';
import { influencesOf } from './lib/influence';
import { launchedKernels } from './lib/launched';
import { sharedPlace } from './lib/places';
import { msg, type Fix, type Report, type Rule } from './rule';

/**
 * A loop that starts at the thread's number in the whole grid goes on by the size of one block: every element is processed by several blocks, or
 * with `gridDim` alone by several threads.
 */
export const gridStrideWrongStep: Rule = {
  id: 'grid-stride-wrong-step',
  severity: 'warning',
  summary: 'A loop over the whole grid does not step by the number of its threads.',
  run: (analysis) => {
    const { index } = analysis.evaluator;
    return launchedKernels(analysis).flatMap(({ fn, views }) => {
      const loops = index.environment.remember(memory, fn, () => findLoops(fn, analysis));
      return loops.flatMap((loop) => (severalBlocks(loop, views) ? report(loop) : []));
    });
  },
};

interface Loop {
  /** Where the step is written: `blockDim.x` of `i += blockDim.x`. */
  readonly step: SyntaxNode;
  readonly axis: 'x' | 'y' | 'z';
  readonly kind: 'block' | 'grid' | 'start';
  /** The loop's start, where that is what lacks the block. */
  readonly start: SyntaxNode;
}

const memory: Memory<readonly Loop[]> = new WeakMap();

function findLoops(fn: FunctionFacts, analysis: Analysis): Loop[] {
  const body = bodyOf(fn);
  return [...body.of('for_statement'), ...body.of('while_statement')].flatMap(
    (node) => loopOf(node, fn, analysis) ?? [],
  );
}

function loopOf(node: SyntaxNode, fn: FunctionFacts, { evaluator }: Analysis): Loop | undefined {
  const condition = node.child('condition');
  const compared = condition?.type === 'condition_clause' ? condition.child('value') : condition;
  if (!compared) return undefined;
  const bound = upperBound({ condition: compared, holds: true }, influencesOf(fn, evaluator));
  const name = bound?.left.type === 'identifier' ? bound.left.text : undefined;
  if (name === undefined || fn.variables.get(name)?.length !== 1) return undefined;
  // One value before the loop and one step in it: anything else is another loop.
  const events = (fn.events.get(name) ?? []).filter(({ action }) => action.kind !== 'passed');
  if (events.length !== 2) return undefined;
  const [first, second] = events as [(typeof events)[0], (typeof events)[0]];
  const start = first.node.child('value') ?? first.node.child('right');
  const step = stepOf(name, second);
  const inStep = node.type === 'for_statement' ? node.child('update') : node.child('body');
  if (!start || !step || !inStep?.contains(second.node)) return undefined;
  if (!writesBy(name, node, fn, evaluator.index)) return undefined;
  const [from, by] = [indexForm(start, fn, evaluator), indexForm(step, fn, evaluator)];
  if (!from || !by) return undefined;
  const text = [...by.terms].map(
    ([m, n]) =>
      `${n}${by
        .factors(m)
        .map((id) => by.unknowns.get(id)!.name)
        .sort()
        .join('')}`,
  );
  const axis = globalAxis(from);
  if (axis !== undefined) {
    if (text.join() === `1blockDim.${axis}`) return { step, axis, kind: 'block', start };
    return text.join() === `1gridDim.${axis}` ? { step, axis, kind: 'grid', start } : undefined;
  }
  const own = /^1threadIdx\.([xyz])$/.exec(
    [...from.terms]
      .map(
        ([m, n]) =>
          `${n}${from
            .factors(m)
            .map((id) => from.unknowns.get(id)!.name)
            .join('')}`,
      )
      .join(),
  )?.[1] as Loop['axis'] | undefined;
  if (own === undefined || text.join() !== `1blockDim.${own}gridDim.${own}`) return undefined;
  return { step, axis: own, kind: 'start', start };
}

/** `s` of `i += s` and `i = i + s`. */
function stepOf(name: string, { node, action }: VariableEvent): SyntaxNode | undefined {
  const right = node.child('right');
  if (action.kind === 'compound') return action.op === '+' ? right : undefined;
  if (right?.type !== 'binary_expression' || right.child('operator')?.text !== '+') return undefined;
  if (right.child('left')?.text === name) return right.child('right');
  return right.child('right')?.text === name ? right.child('left') : undefined;
}

/** The loop's body changes memory at the place that the counter chooses. */
function writesBy(name: string, loop: SyntaxNode, fn: FunctionFacts, index: Analysis['evaluator']['index']): boolean {
  return bodyOf(fn)
    .of('assignment_expression')
    .some((node) => {
      const left = node.child('left');
      const place = loop.contains(node) && left ? sharedPlace(left, fn, index) : undefined;
      return place?.memory === 'global' && place.indices.some((i) => i.text === name);
    });
}

function severalBlocks({ axis }: Loop, views: readonly LaunchView[]): boolean {
  return views.length === 0 || views.some(({ launch }) => known(launch.grid[axis]) !== 1n);
}

function report({ step, axis, kind, start }: Loop): Report[] {
  const whole = `blockDim.${axis} * gridDim.${axis}`;
  if (kind === 'start') {
    const message = msg(
      'every block starts at threadIdx.{0}: all of them process the same elements, and skip the others',
      axis,
    );
    const newText = `blockIdx.${axis} * blockDim.${axis} + threadIdx.${axis}`;
    return [{ span: start.span, message, fixes: use(start, newText) }];
  }
  const message =
    kind === 'block'
      ? msg(
          'the grid has blockDim.{0} * gridDim.{0} threads: with this step, blocks process the elements of others again',
          axis,
        )
      : msg(
          'the grid has blockDim.{0} * gridDim.{0} threads: with this step, threads process the elements of others again',
          axis,
        );
  return [{ span: step.span, message, fixes: use(step, whole) }];
}

function use(node: SyntaxNode, newText: string): Fix[] {
  return [{ title: msg("Use '{0}'", newText), edits: [{ span: node.span, newText }], preferred: true }];
}
