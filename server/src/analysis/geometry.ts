/** What a launch starts: blocks, threads, and how they cover the problem. Pure. */
import { bare, Symbolic } from './model/symbolic';
import { analysisOf } from './model/build';
import type { Expr } from './model/expression';
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
  /** The axes of the grid and of the block in use, as numbers or in the source's names; absent where that says no more than the source. */
  readonly gridSizes?: readonly (bigint | string)[];
  readonly blockSizes?: readonly (bigint | string)[];
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
  const axisForms = formsOf(model, launch);
  const gridSizes = inUse(axisForms.map(({ grid: size }) => size));
  const blockSizes = inUse(axisForms.map(({ block: size }) => size));
  const problem = problemOf(axisForms, threads);
  return {
    grid,
    block,
    blocks,
    threadsPerBlock,
    threads,
    ...(gridSizes ? { gridSizes } : {}),
    ...(blockSizes ? { blockSizes } : {}),
    ...(problem ? { problem } : {}),
  };
}

type Size = bigint | string;

interface AxisForm {
  readonly grid: Size | undefined;
  readonly block: Size | undefined;
  /** What the grid is rounded up for on this axis. */
  readonly rounded: Size | undefined;
  readonly roundsUp: boolean;
}

function formsOf(model: FileModel, launch: Launch): AxisForm[] {
  const analysis = analysisOf(model);
  const own = analysis?.launches[model.launches.indexOf(launch)];
  if (!analysis || !own || launch.broken) return [];
  const symbolic = new Symbolic(analysis.evaluator);
  const view = { launch, ...own, kernel: undefined, kernelFacts: undefined };
  const sizeOf = (expr: Expr): Size | undefined => {
    const value = symbolic.integer(expr);
    const name = bare(expr);
    return value ?? (name.kind === 'opaque' && name.name !== '' ? name.name : undefined);
  };
  return axes.map((axis, index): AxisForm => {
    const form = gridForm(view, axis, symbolic);
    const roundsUp = form?.rounds === 'up';
    const rounded = form && roundsUp ? sizeOf(form.count) : undefined;
    const block = known(launch.block[axis]) ?? sizeOf(own.block.exprs[index as 0 | 1 | 2]);
    const quotient = rounded !== undefined && block !== undefined ? `⌈${rounded} / ${block}⌉` : undefined;
    const grid = known(launch.grid[axis]) ?? quotient ?? sizeOf(own.grid.exprs[index as 0 | 1 | 2]);
    return { grid, block, rounded, roundsUp };
  });
}

/** Without the axes at the end that are 1; nothing where one is not known by a name either. */
function inUse(sizes: readonly (Size | undefined)[]): Size[] | undefined {
  const given = sizes.filter((size) => size !== undefined);
  if (given.length < sizes.length || sizes.length === 0) return undefined;
  while (given.length > 1 && given[given.length - 1] === 1n) given.pop();
  return given;
}

function problemOf(forms: readonly AxisForm[], threads: bigint | undefined): Problem | undefined {
  if (!forms.some(({ roundsUp }) => roundsUp)) return undefined;
  const sizes = inUse(
    forms.map(({ grid, block, rounded, roundsUp }) => {
      if (roundsUp) return rounded;
      return typeof grid === 'bigint' && typeof block === 'bigint' ? grid * block : undefined;
    }),
  );
  if (!sizes) return undefined;
  const numbers = sizes.filter((size) => typeof size === 'bigint');
  if (numbers.length < sizes.length || numbers.some((size) => size <= 0n)) return { sizes };
  const elements = product(numbers);
  return { sizes, elements, ...(threads !== undefined && threads >= elements ? { idle: threads - elements } : {}) };
}

function product(values: readonly bigint[]): bigint {
  return values.reduce((a, b) => a * b, 1n);
}
