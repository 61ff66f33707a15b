import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { Memory } from '../model/environment';
import type { LaunchFacts } from '../model/facts';
import type { Polynomial } from '../model/polynomial';
import type { SyntaxNode } from '../parse';
import { axes, decidableLaunches, type Axis, type LaunchView } from './lib/common';
import { comparison } from './lib/conditions';
import { launchedKernel, rememberByLaunch, type LaunchedKernel } from './lib/launched-kernel';
import { threadTerm, type ThreadTerm } from './lib/thread-index';
import { msg, type Message, type Report, type Rule } from './rule';

/**
 * The kernel has a block size written into its index (`blockIdx.x * 256 + threadIdx.x`) and is launched with another: with fewer threads
 * elements between the blocks are skipped, with more neighbouring blocks work on the same elements.
 */
export const indexBlockMismatch: Rule = {
  id: 'index-block-mismatch',
  severity: 'error',
  summary: 'The block size in the index of a kernel is not the block size of the launch.',
  run: (analysis) => decidableLaunches(analysis).flatMap((view) => check(view, analysis)),
};

function check(view: LaunchView, analysis: Analysis): Report[] {
  const launched = launchedKernel(view, analysis);
  if (!launched) return [];
  const messages = rememberByLaunch(memory, launched.fn, view.facts, analysis, () => search(launched));
  return messages.map((message) => ({ span: view.launch.block.span, message }));
}

const memory: Memory<WeakMap<LaunchFacts, Message[]>> = new WeakMap();

function search(launched: LaunchedKernel): Message[] {
  const indices = globalIndices(launched);
  for (const [at, axis] of axes.entries()) {
    const threads = launched.block[at];
    if (threads === undefined || threads === 0 || launched.grid[at] === 1) continue;
    const factor = writtenSize(indices, axis, BigInt(threads));
    if (factor === undefined || factor === BigInt(threads)) continue;
    if (factor < BigInt(threads) && restricted(launched, axis)) continue;
    const parameters = [launched.kernel.name, String(factor), axis, threads] as const;
    return [
      factor > BigInt(threads)
        ? msg(
            "'{0}' counts {1} threads a block along {2}, but this block has {3}: the elements between are skipped",
            ...parameters,
          )
        : msg(
            "'{0}' counts {1} threads a block along {2}, but this block has {3}: blocks work on each other's elements",
            ...parameters,
          ),
    ];
  }
  return [];
}

/** Indices of the kernel's pointer parameters that depend on the block. */
function globalIndices(launched: LaunchedKernel): Polynomial[] {
  const { fn } = launched;
  const pointers = new Set(
    fn.parameters.flatMap(({ variable }) => (variable.type.pointers > 0 ? [variable.name] : [])),
  );
  return bodyOf(fn)
    .of('subscript_expression')
    .flatMap((node) => {
      const base = node.child('argument');
      const index: SyntaxNode | undefined = node.child('indices')?.children[0];
      if (!index || base?.type !== 'identifier' || !pointers.has(base.text)) return [];
      const form = launched.form(index);
      return form ? [form] : [];
    });
}

/** The number that stands for the block's size in every index that counts blocks along `axis`. */
function writtenSize(indices: readonly Polynomial[], axis: Axis, threads: bigint): bigint | undefined {
  let size: bigint | undefined;
  for (const index of indices) {
    const block = [...index.unknowns.values()].find(({ name }) => name === `blockIdx.${axis}`);
    if (!block) continue;
    // One result a block: `out[blockIdx.x]`.
    if (index.terms.size === 1 && index.coefficient([block.id]) === 1n) continue;
    const term = threadTerm(index, axis);
    if (!term || term.factor === 'blockDim' || (size !== undefined && size !== term.factor)) return undefined;
    size = term.factor;
    if (term.factor <= 1n || movesInside(index, term, axis, threads)) return undefined;
  }
  return size;
}

/** Something else moves the index along the same axis, within the part of a block: the thread has more than one element. */
function movesInside(index: Polynomial, term: ThreadTerm, axis: Axis, threads: bigint): boolean {
  const whole = term.coefficient * (term.factor as bigint);
  for (const [monomial, coefficient] of index.terms) {
    const factors = index.factors(monomial);
    const names = factors.map((id) => index.unknowns.get(id)?.name ?? '');
    if (names.some((name) => name === `threadIdx.${axis}` || name === `blockIdx.${axis}`)) continue;
    // A block of more dimensions counted in one go: `threadIdx.y * blockDim.x + threadIdx.x`.
    if (names.some((name) => name.startsWith('threadIdx.')) && names.some((name) => name.startsWith('blockDim.')))
      return true;
    const left = term.rest.reduce<readonly string[] | undefined>(
      (all, id) => (all?.includes(id) ? all.filter((_, i) => i !== all.indexOf(id)) : undefined),
      factors,
    );
    // `i + 1` is a neighbour, `i - radius` the edge of a tile that overlaps, `i + blockDim.x` the next element of the thread.
    if (left?.length === 0 && (coefficient < 0n || coefficient >= threads * term.coefficient)) return true;
    if (left?.length === 1 && coefficient >= term.coefficient && coefficient < whole) return true;
    // `i + k * blockDim.x`, `i + k * stride`.
    if (left && left.length > 1 && !names.some((name) => /^(?:threadIdx|blockIdx)\./.test(name))) return true;
  }
  return false;
}

/** Some condition asks for the thread's number inside the block: not every thread has an element of its own. */
function restricted(launched: LaunchedKernel, axis: Axis): boolean {
  return bodyOf(launched.fn)
    .of('binary_expression')
    .some((node) => {
      const compared = comparison({ condition: node, holds: true });
      return [compared?.left, compared?.right].some((side) => {
        const names = side ? [...(launched.form(side)?.unknowns.values() ?? [])].map(({ name }) => name) : [];
        return names.includes(`threadIdx.${axis}`) && !names.includes(`blockIdx.${axis}`);
      });
    });
}
