import type { Analysis } from '../model/build';
import { threadsPerBlock } from '../model/devices';
import type { Memory } from '../model/environment';
import type { LaunchFacts } from '../model/facts';
import { findVariable } from '../model/reach';
import { Symbolic } from '../model/symbolic';
import type { SyntaxNode } from '../parse';
import { axes, decidableLaunches, known, type LaunchView } from './lib/common';
import { comparison, conditionsAt } from './lib/conditions';
import { LaunchedKernel, launchedKernel, rememberByLaunch } from './lib/launched-kernel';
import { firstThread, Reached, threadText } from './lib/reached';
import { sharedIndices } from './lib/shared-indices';
import { msg, type Fix, type Message, type Report, type Rule } from './rule';

/** Stands for a block size that is only known to be the same number as the size of the memory. */
const anyThreads = 128;

/**
 * The third launch argument counts bytes. Where it counts threads or elements, the array ends after a quarter of them and the rest of
 * the block works on memory that is not its own.
 */
export const dynamicSmemTooSmall: Rule = {
  id: 'dynamic-smem-too-small',
  severity: 'error',
  summary: 'The dynamic shared memory of a launch is smaller than what its threads use.',
  run: (analysis) => decidableLaunches(analysis).flatMap((view) => check(view, analysis)),
};

interface Shortage {
  readonly message: Message;
  /** The memory has as many bytes as the block has threads. */
  readonly elementType?: string;
}

function check(view: LaunchView, analysis: Analysis): Report[] {
  const third = view.facts.configArguments[2];
  if (!third || !view.kernelFacts) return [];
  const found = rememberByLaunch(memory, view.kernelFacts, view.facts, analysis, () => search(view, third, analysis));
  if (!found) return [];
  const fixes = found.elementType === undefined ? [] : [sizeFix(third, found.elementType)];
  return [{ span: third.span, message: found.message, fixes }];
}

const memory: Memory<WeakMap<LaunchFacts, Shortage | undefined>> = new WeakMap();

function search(view: LaunchView, third: SyntaxNode, analysis: Analysis): Shortage | undefined {
  const launched = launchedKernel(view, analysis);
  const bytes = known(view.launch.shared.value);
  if (bytes === 0n || !launched) return undefined;
  const counted = countsElements(view, third, launched);
  if (counted) return counted;
  if (launched.threads !== undefined && launched.threads <= threadsPerBlock) {
    return bytes === undefined ? undefined : shortage(launched, Number(bytes), true);
  }
  return countsThreads(view, third, analysis)
    ? shortage(
        new LaunchedKernel(view, launched.kernel, launched.fn, launched.evaluator, anyThreads),
        anyThreads,
        false,
      )
    : undefined;
}

/** `k<<<blocks, threads, threads>>>`. */
function countsThreads(view: LaunchView, third: SyntaxNode, { evaluator }: Analysis): boolean {
  if (axes.slice(1).some((axis) => known(view.launch.block[axis]) !== 1n)) return false;
  const bytes = evaluator.resolveText(third.text, { at: third, function: view.facts.function });
  return new Symbolic(evaluator).same(bytes, view.block.exprs[0]);
}

/** `k<<<blocks, threads, n>>>(…, n)` where the kernel goes through all `n` elements of the array. */
function countsElements(view: LaunchView, third: SyntaxNode, launched: LaunchedKernel): Shortage | undefined {
  const { fn, evaluator } = launched;
  const symbolic = new Symbolic(evaluator);
  const place = { at: third, function: view.facts.function };
  const bytes = evaluator.resolveText(third.text, place);
  const counts = fn.parameters.flatMap(({ variable }, index) => {
    const argument = view.facts.arguments[index];
    if (!argument || variable.type.pointers > 0 || (fn.events.get(variable.name) ?? []).length > 0) return [];
    return symbolic.same(evaluator.resolveText(argument.text, { ...place, at: argument }), bytes)
      ? [variable.name]
      : [];
  });
  if (counts.length === 0) return undefined;
  for (const { variable, elementType, indices, node } of sharedIndices(launched)) {
    const size = launched.sizeOf(elementType);
    const index = indices[0]!.node;
    const counter = index.type === 'identifier' ? findVariable(fn, index.text, index) : undefined;
    if (
      !variable.specifiers.has('extern') ||
      size === undefined ||
      size === 1 ||
      counter?.scope.type !== 'for_statement'
    )
      continue;
    const below = conditionsAt(node, fn).some((held) => {
      const compared = comparison(held);
      return compared?.op === '<' && compared.left.text === index.text && counts.includes(compared.right.text);
    });
    if (!below) continue;
    const message = msg(
      "the size of '{0}' is in bytes: '{1}' of them do not hold '{1}' elements of {2} bytes",
      variable.name,
      third.text,
      size,
    );
    return { message, elementType };
  }
  return undefined;
}

function shortage(launched: LaunchedKernel, bytes: number, exact: boolean): Shortage | undefined {
  const reached = new Reached(launched);
  const { block, threads } = launched;
  for (const access of sharedIndices(launched)) {
    if (!access.variable.specifiers.has('extern') || access.indices.length !== 1) continue;
    const size = launched.sizeOf(access.elementType);
    if (size === undefined || size === 1) continue;
    const elements = Math.floor(bytes / size);
    for (const pass of reached.passes(access.node)) {
      const comes = reached.at(access.node, pass);
      if (!comes) break;
      const index = reached.value(access.indices[0]!.node, pass);
      const thread = firstThread(block, (x, y, z) => index(x, y, z) >= elements && comes(x, y, z) === 1);
      if (!thread) continue;
      const name = access.variable.name;
      const message = exact
        ? msg(
            "{0} bytes hold {1} elements of '{2}', but thread {3} of this block uses index {4}",
            bytes,
            elements,
            name,
            threadText(thread, block),
            index(...thread),
          )
        : msg("the size of '{0}' is in bytes: one byte a thread does not hold elements of {1} bytes", name, size);
      return { message, ...(bytes === threads ? { elementType: access.elementType } : {}) };
    }
  }
  return undefined;
}

function sizeFix(third: SyntaxNode, elementType: string): Fix {
  const plain = /^[\w.]+$/.test(third.text) || third.type === 'parenthesized_expression';
  const newText = `${plain ? third.text : `(${third.text})`} * sizeof(${elementType})`;
  return { title: msg('Count bytes: {0}', newText), edits: [{ span: third.span, newText }], preferred: true };
}
