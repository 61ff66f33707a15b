/** What a launch starts: blocks, threads, and how they cover the problem. Pure. */
import { bare, Symbolic } from './model/symbolic';
import { analysisOf } from './model/build';
import type { FileModel, Launch } from './model/types';
import { axes, known, knownDimensions } from './rules/lib/common';
import { gridForm } from './rules/lib/grid-form';

export interface LaunchGeometry {
  /** Per axis, where all three are known. */
  readonly grid: readonly bigint[] | undefined;
  readonly block: readonly bigint[] | undefined;
  readonly blocks: bigint | undefined;
  readonly threadsPerBlock: bigint | undefined;
  /** Of all blocks. */
  readonly threads: bigint | undefined;
  /** What the grid is rounded up for; absent where it is no such division. */
  readonly problem?: Problem;
}

export interface Problem {
  /** Elements along each axis, as numbers or as the source names them. */
  readonly sizes: readonly (bigint | string)[];
  /** Absent where a size or the launch is not known. */
  readonly elements?: bigint;
  /** Threads that have no element. */
  readonly idle?: bigint;
}

export function launchGeometry(model: FileModel, launch: Launch): LaunchGeometry {
  const grid = knownDimensions(launch.grid);
  const block = knownDimensions(launch.block);
  const blocks = grid && product(grid);
  const threadsPerBlock = block && product(block);
  const threads = blocks !== undefined && threadsPerBlock !== undefined ? blocks * threadsPerBlock : undefined;
  const problem = problemOf(model, launch, threads);
  return { grid, block, blocks, threadsPerBlock, threads, ...(problem ? { problem } : {}) };
}

function problemOf(model: FileModel, launch: Launch, threads: bigint | undefined): Problem | undefined {
  const analysis = analysisOf(model);
  const own = analysis?.launches[model.launches.indexOf(launch)];
  if (!analysis || !own || launch.broken) return undefined;
  const symbolic = new Symbolic(analysis.evaluator);
  const view = { launch, ...own, kernel: undefined, kernelFacts: undefined };
  let divided = false;
  const sizes: (bigint | string)[] = [];
  for (const axis of axes) {
    const form = gridForm(view, axis, symbolic);
    if (form?.rounds === 'up') {
      const count = symbolic.integer(form.count);
      const name = bare(form.count);
      if (count === undefined && (name.kind !== 'opaque' || name.name === '')) return undefined;
      sizes.push(count ?? (name as { name: string }).name);
      divided = true;
      continue;
    }
    const [grid, block] = [known(launch.grid[axis]), known(launch.block[axis])];
    if (grid === undefined || block === undefined) return undefined;
    sizes.push(grid * block);
  }
  if (!divided) return undefined;
  while (sizes.length > 1 && sizes[sizes.length - 1] === 1n) sizes.pop();
  const numbers = sizes.filter((size) => typeof size === 'bigint');
  if (numbers.length < sizes.length || numbers.some((size) => size <= 0n)) return { sizes };
  const elements = product(numbers);
  return { sizes, elements, ...(threads !== undefined && threads >= elements ? { idle: threads - elements } : {}) };
}

function product(values: readonly bigint[]): bigint {
  return values.reduce((a, b) => a * b, 1n);
}
