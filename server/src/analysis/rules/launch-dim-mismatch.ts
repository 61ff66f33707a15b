import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import { threadsPerBlock } from '../model/devices';
import type { Memory } from '../model/environment';
import type { FunctionFacts } from '../model/facts';
import { lastPart } from '../model/file-index';
import { decidableLaunches, known, type Axis, type LaunchView } from './lib/common';
import { launchedKernel, type LaunchedKernel } from './lib/launched-kernel';
import { isLeftOut, sizeAt, sizeTests } from './lib/thread-index';
import { msg, type Report, type Rule } from './rule';

/**
 * The kernel and the launch have different numbers of dimensions: a kernel for planes launched along a line works on the first row only;
 * a kernel for lines in a plane of threads does everything many times over.
 */
export const launchDimMismatch: Rule = {
  id: 'launch-dim-mismatch',
  severity: 'warning',
  summary: 'The launch has other dimensions than the kernel uses.',
  run: (analysis) => decidableLaunches(analysis).flatMap((view) => check(view, analysis)),
};

function check(view: LaunchView, analysis: Analysis): Report[] {
  const launched = launchedKernel(view, analysis);
  if (!launched || (launched.threads ?? 0) > threadsPerBlock) return [];
  if (/\bgridDim\b/.test(launched.fn.body?.text ?? '')) return [];
  return missing(view, launched, analysis) ?? unused(view, launched, analysis) ?? [];
}

/** The kernel counts rows through the grid, and the grid was given no y. */
function missing(view: LaunchView, launched: LaunchedKernel, analysis: Analysis): Report[] | undefined {
  const { grid, block } = view;
  if (!isLeftOut(grid.exprs[1]) || launched.grid[0] === 1) return undefined;
  for (const test of sizeTests(launched, analysis)) {
    const [size, rows] = [sizeAt(test, launched), launched.block[1]];
    if (test.axis !== 'y' || test.factor !== 'blockDim' || test.parameter === undefined) continue;
    if (!size || rows === undefined) continue;
    const count = known(analysis.evaluator.evaluate(size));
    if (count !== undefined && count <= BigInt(rows)) continue;
    const name = test.size.text;
    const message =
      rows === 1 && isLeftOut(block.exprs[1])
        ? msg(
            "grid and block have one dimension, but '{0}' counts '{1}' along y: only the first is processed",
            launched.kernel.name,
            name,
          )
        : msg(
            "the grid has one dimension, but '{0}' counts '{1}' along y: only the first {2} are processed",
            launched.kernel.name,
            name,
            rows,
          );
    return [{ span: view.launch.grid.span, message }];
  }
  return undefined;
}

/** The launch has threads or blocks along y that nothing in the kernel tells apart. */
function unused(view: LaunchView, launched: LaunchedKernel, analysis: Analysis): Report[] | undefined {
  const { fn } = launched;
  for (const axis of ['y', 'z'] as const) {
    if (fn.threadAxes.includes(axis) && fn.blockAxes.includes(axis)) continue;
    const [threads, blocks] = [known(view.launch.block[axis]), known(view.launch.grid[axis])];
    if (threads !== undefined && threads > 1n && !fn.threadAxes.includes(axis) && tellsByBuiltins(fn, analysis)) {
      return [{ span: view.launch.block.span, message: idle('threadIdx', axis, threads, launched) }];
    }
    if (
      blocks !== undefined &&
      blocks > 1n &&
      blocks < 65536n &&
      !fn.blockAxes.includes(axis) &&
      tellsByBuiltins(fn, analysis)
    ) {
      return [{ span: view.launch.grid.span, message: idle('blockIdx', axis, blocks, launched) }];
    }
  }
  return undefined;
}

function idle(builtin: string, axis: Axis, count: bigint, { kernel }: LaunchedKernel): Report['message'] {
  return builtin === 'threadIdx'
    ? msg(
        "'{0}' does not use threadIdx.{1}: the {2} threads along {1} all do the same",
        kernel.name,
        axis,
        String(count),
      )
    : msg(
        "'{0}' does not use blockIdx.{1}: the {2} blocks along {1} all do the same",
        kernel.name,
        axis,
        String(count),
      );
}

/** The kernel computes elements, and tells its threads apart by the built-in variables alone. */
function tellsByBuiltins(fn: FunctionFacts, analysis: Analysis): boolean {
  const { environment } = analysis.evaluator.index;
  return environment.remember(memory, fn, () => writesByIndex(fn) && !asksOtherwise(fn, analysis));
}

const memory: Memory<boolean> = new WeakMap();

/** It computes elements by the thread's number: no demonstration that only prints. */
function writesByIndex(fn: FunctionFacts): boolean {
  return (
    fn.threadAxes.includes('x') &&
    fn.blockAxes.includes('x') &&
    bodyOf(fn)
      .of('assignment_expression')
      .some((node) => node.child('left')?.type === 'subscript_expression')
  );
}

/** The thread may be told by other means: cooperative groups, assembly, a function or macro that is not seen through. */
function asksOtherwise(fn: FunctionFacts, { evaluator: { index } }: Analysis): boolean {
  const text = fn.body?.text ?? '';
  if (/\b(?:threadIdx|blockIdx)\b(?!\s*\.)|\basm\b|\bcooperative_groups\b|\bcg::|_rank\b|laneid/.test(text))
    return true;
  const names = bodyOf(fn)
    .of('identifier')
    .map((node) => node.text);
  if (names.some((name) => index.macros.get(name)?.some(({ value }) => /Idx|\(/.test(value.body)))) return true;
  return bodyOf(fn)
    .of('call_expression')
    .some((call) => {
      const name = lastPart((call.child('function')?.text ?? '').replace(/<[\s\S]*$/, ''));
      const own = index.functions.get(name);
      if (own) return own.some(({ value }) => /Idx|asm|rank/.test(value.body?.text ?? 'asm'));
      return !/^(?:__\w+|atomic\w+|f?(?:min|max|abs)f?|(?:sqrt|rsqrt|exp|log|pow|sin|cos|tan|floor|ceil|fma|tanh|erf)f?|printf|make_\w+|int|float|double)$/.test(
        name,
      );
    });
}
