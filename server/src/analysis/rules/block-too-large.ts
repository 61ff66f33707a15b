import type { SyntaxNode } from '../parse';
import type { FunctionFacts } from '../model/facts';
import type { Dim3Value } from '../model/types';
import {
  axes,
  decidableLaunches,
  dimensionText,
  isAskedFor,
  known,
  knownDimensions,
  type LaunchView,
} from './lib/common';
import { msg, type Fix, type Report, type Rule } from './rule';

/** Limits of every compute capability since 2.0. */
const maxThreads = 1024n;
const maxAxis = { x: 1024n, y: 1024n, z: 64n };

/**
 * A block with more threads than a multiprocessor accepts: the launch fails with cudaErrorInvalidConfiguration and, where nobody looks
 * at the error, the kernel silently does not run.
 */
export const blockTooLarge: Rule = {
  id: 'block-too-large',
  severity: 'error',
  summary: 'A block has more threads than any GPU accepts.',
  run: (analysis) => decidableLaunches(analysis).flatMap(check),
};

function check(view: LaunchView): Report[] {
  const { block } = view.launch;
  const negative = axes.find((axis) => (known(block[axis]) ?? 0n) >= 2n ** 31n);
  if (negative) {
    const size = BigInt.asIntN(32, known(block[negative])!);
    return [{ span: block.span, message: msg('blockDim.{0} = {1} cannot be launched', negative, String(size)) }];
  }
  if (isAskedFor(view, 'block')) return [];
  const all = knownDimensions(block);
  const total = all && all[0] * all[1] * all[2];
  if (all && total! > maxThreads) {
    const message =
      all[1] === 1n && all[2] === 1n
        ? msg('a block of {0} threads cannot be launched; the limit is {1}', String(total), String(maxThreads))
        : msg(
            'a block of {0} = {1} threads cannot be launched; the limit is {2}',
            dimensionText(all),
            String(total),
            String(maxThreads),
          );
    return [{ span: block.span, message, fixes: smallerBlock(view) }];
  }
  for (const axis of axes) {
    const size = known(block[axis]);
    if (size === undefined || size <= maxAxis[axis]) continue;
    const message = msg(
      'blockDim.{0} = {1} cannot be launched; the limit is {2}',
      axis,
      String(size),
      String(maxAxis[axis]),
    );
    return [{ span: block.span, message }];
  }
  return [];
}

/** Replaces the literal numbers of the block by a common size, if that is where they stand. */
function smallerBlock({ block, facts, launch }: LaunchView): Fix[] {
  if (!block.node) return [];
  const place = literalPlace(block.node, facts.function, launch.block);
  if (!place) return [];
  const { node, dimensions } = place;
  if (dimensions === 1) {
    return [{ title: msg('Use 256 threads'), edits: [{ span: node.span, newText: '256' }], preferred: true }];
  }
  const text = node.text;
  const open = text.search(/[({]/);
  if (open < 0) return [];
  const close = /\}\s*$/.test(text) ? '}' : ')';
  const newText = `${text.slice(0, open + 1)}16, 16${close}`;
  return [{ title: msg('Use 16 × 16 threads'), edits: [{ span: node.span, newText }], preferred: true }];
}

/** Where the block's numbers are written: in the launch, or in the one declaration of the variable that stands there. */
function literalPlace(
  node: SyntaxNode,
  fn: FunctionFacts | undefined,
  { y, z }: Dim3Value,
): { node: SyntaxNode; dimensions: number } | undefined {
  const flat = known(y) === 1n && known(z) === 1n;
  if (/^\d+$/.test(node.text)) return { node, dimensions: 1 };
  if (!flat && /^(dim3\s*)?[({]\s*\d+\s*,\s*\d+\s*[)}]$/.test(node.text)) return { node, dimensions: 2 };
  if (node.type !== 'identifier') return undefined;
  const variables = fn?.variables.get(node.text) ?? [];
  const events = fn?.events.get(node.text) ?? [];
  const initial =
    variables.length === 1 && events.filter((e) => e.action.kind !== 'passed').length === 1
      ? variables[0]!.initial
      : undefined;
  const value = initial?.node.child('value') ?? initial?.node.child('parameters');
  if (!value || value.type === 'identifier') return undefined;
  return literalPlace(value, undefined, { x: y, y, z, text: '', span: value.span });
}
