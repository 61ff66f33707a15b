/** Runs the shared memory of a kernel: one block, all threads in step, values as far as they are known. */
import type { Analysis } from '../../../model/build';
import type { Memory } from '../../../model/environment';
import type { FunctionFacts } from '../../../model/facts';
import { type LaunchView } from '../common';
import { launchedKernel, rememberByLaunch, type LaunchedKernel } from '../launched-kernel';
import type { Block } from './expressions';
import { SharedMemory, type Race, type SharedArray } from './memory';
import { Statements } from './statements';
import type { SyntaxNode } from '../../../parse';

export type { Race } from './memory';

export interface BlockRun {
  readonly threads: number;
  readonly races: readonly Race[];
  /** Reads of arrays that nothing was written to before. */
  readonly unset: ReadonlyMap<SyntaxNode, SharedArray>;
}

const nothing: BlockRun = { threads: 0, races: [], unset: new Map() };
const mostThreads = 1024;
const mostLaunches = 2;

/** What happens in one block of each launch, or of an assumed one. */
export function runBlocks(fn: FunctionFacts, views: readonly LaunchView[], analysis: Analysis): BlockRun[] {
  if (!/__shared__/.test(fn.body?.text ?? '')) return [];
  const runs: BlockRun[] = [];
  for (const view of views.slice(0, mostLaunches)) {
    const kernel = launchedKernel(view, analysis);
    if (!kernel) continue;
    runs.push(
      rememberByLaunch(byLaunch, fn, view.facts, analysis, () => {
        const { block, threads } = kernel;
        if (threads === undefined) return runAssumed(fn, kernel, analysis);
        if (threads > mostThreads || threads < 1) return nothing;
        return run(fn, [block[0]!, block[1]!, block[2]!], kernel, analysis) ?? nothing;
      }),
    );
  }
  if (runs.length > 0) return runs;
  return [analysis.evaluator.index.environment.remember(alone, fn, () => runAssumed(fn, undefined, analysis))];
}

const byLaunch: Memory<WeakMap<LaunchView['facts'], BlockRun>> = new WeakMap();
const alone: Memory<BlockRun> = new WeakMap();

function run(
  fn: FunctionFacts,
  size: readonly [number, number, number],
  kernel: LaunchedKernel | undefined,
  analysis: Analysis,
): BlockRun | undefined {
  const { evaluator } = analysis;
  const memory = new SharedMemory();
  const several = [0, 1, 2].map((axis) => {
    const grid = kernel?.grid[axis];
    return grid === undefined ? fn.blockAxes.includes('xyz'[axis]!) : grid > 1;
  }) as [boolean, boolean, boolean];
  const threads = size[0] * size[1] * size[2];
  const block: Block = {
    size,
    threads,
    several,
    evaluator,
    memory,
    resolve: (node, at) =>
      kernel && at === fn ? kernel.resolve(node) : evaluator.resolveText(node.text, { at: node, function: at }),
  };
  new Statements(block).kernel(fn);
  // Behind the end nothing is certain, and the block was not the one it was written for.
  if (memory.outside) return undefined;
  return { threads, races: memory.races, unset: memory.unset };
}

/** Of the blocks that the kernel may have been written for, the first that stays within the shared arrays. */
function runAssumed(fn: FunctionFacts, kernel: LaunchedKernel | undefined, analysis: Analysis): BlockRun {
  for (const size of assumed(fn, analysis)) {
    const result = run(fn, size, kernel, analysis);
    if (result) return result;
  }
  return nothing;
}

function assumed(fn: FunctionFacts, { evaluator }: Analysis): (readonly [number, number, number])[] {
  const extents = [...fn.variables.values()].flat().flatMap((variable) => {
    if (!variable.specifiers.has('__shared__')) return [];
    return variable.type.extents.map((extent) => {
      const folded = evaluator.fold(evaluator.resolveText(extent.text, { at: extent, function: fn }));
      return 'ok' in folded ? Number(folded.ok.value) : NaN;
    });
  });
  if (fn.threadAxes.includes('z')) return [];
  if (fn.threadAxes.includes('y')) {
    const sides = [...new Set([...extents.filter((n) => n >= 8 && n <= 32), 16, 8])];
    return sides.sort((a, b) => b - a).map((side) => [side, side, 1]);
  }
  const lengths = extents.filter((n) => n >= 32 && n <= mostThreads);
  const shortest = lengths.length > 0 ? Math.min(...lengths) : 128;
  return [shortest, Math.floor(shortest / 2), 32].map((n) => [n, 1, 1]);
}
