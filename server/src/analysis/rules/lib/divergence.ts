/** Whether a condition comes out differently for threads of one block, or of one warp. */
import type { SyntaxNode } from '../../parse';
import { unparenthesized } from '../../parse/node';
import type { Expr } from '../../model/expression';
import { bare, Symbolic } from '../../model/symbolic';
import { eventsOf, findVariable } from '../../model/reach';
import { assignedValue } from '../../model/threads';
import type { Analysis } from '../../model/build';
import type { FunctionFacts } from '../../model/facts';
import {
  blockBit,
  dataBit,
  laneBits,
  uniformityOf,
  unknownBit,
  warpBits,
  warpDataBit,
  type Variation,
} from '../../model/uniformity';
import { axes, known, type LaunchView } from './common';
import { launchedKernel } from './launched-kernel';
import { threadValue, type ThreadValue } from './thread-values';

export type Agreement = 'same' | 'differs' | 'unknown';

export interface Division {
  readonly block: Agreement;
  readonly warp: Agreement;
}

const same: Division = { block: 'same', warp: 'same' };
const warpSize = 32;
const mostThreads = 1024;

export class Divergence {
  readonly symbolic: Symbolic;

  constructor(
    private readonly fn: FunctionFacts,
    /** The launches of the kernel; none where they are not known. */
    private readonly views: readonly LaunchView[],
    private readonly analysis: Analysis,
  ) {
    this.symbolic = new Symbolic(analysis.evaluator);
  }

  /** How the condition divides the threads of some launch. */
  of(condition: SyntaxNode): Division {
    const node = conditionOf(condition);
    if (this.views.length === 0) return this.divided(node, undefined);
    return this.views.map((view) => this.divided(node, view)).reduce(either);
  }

  /** Bits of the condition, whatever the launch. */
  variation(condition: SyntaxNode): Variation {
    return uniformityOf(this.fn, this.analysis.evaluator).of(conditionOf(condition));
  }

  resolve(node: SyntaxNode): Expr {
    return this.analysis.evaluator.resolveText(node.text, { at: node, function: this.fn });
  }

  /** What an expression stands for; of a variable whose type is not known, what it was declared as. */
  definition(node: SyntaxNode): Expr {
    const variable = node.type === 'identifier' ? findVariable(this.fn, node.text, node) : undefined;
    const initial = variable && eventsOf(this.fn, variable).length === 1 ? variable.initial : undefined;
    const value = initial && assignedValue(initial.node);
    return this.resolve(value ?? node);
  }

  /** The text of an expression with that of its variables' values. */
  written(node: SyntaxNode): string {
    const names = [...node.walk()].filter(({ type }) => type === 'identifier');
    const values = names.flatMap((name) => {
      const variable = findVariable(this.fn, name.text, name);
      return variable ? eventsOf(this.fn, variable).map((event) => assignedValue(event.node)?.text ?? '') : [];
    });
    return [node.text, ...values].join(' ');
  }

  private divided(node: SyntaxNode, view: LaunchView | undefined): Division {
    const bits = this.variation(node);
    if (bits === 0 || bits === blockBit) return same;
    const exact = view && this.concrete(node, view, bits);
    if (exact) return exact;
    const inner = unparenthesized(node);
    const op = inner.child('operator')?.text ?? '';
    if (inner.type === 'binary_expression' && /^(&&|\|\|)$/.test(op)) {
      return either(this.divided(inner.child('left')!, view), this.divided(inner.child('right')!, view));
    }
    if (inner.type === 'unary_expression' && op === '!') return this.divided(inner.child('argument')!, view);
    return this.byBits(inner, view, bits);
  }

  /** Runs the condition for every thread of the first and the last block. */
  private concrete(node: SyntaxNode, view: LaunchView, bits: Variation): Division | undefined {
    const blocks = this.valuesByBlock([node], view, (bits & blockBit) !== 0);
    return blocks?.map(([values]) => divisionOf(values!.length, (t) => values![t]!)!).reduce(either);
  }

  /** The values of expressions in each thread, for each launch and there for the first and the last block; nothing where one is not known. */
  values(nodes: readonly SyntaxNode[]): number[][][] | undefined {
    const all: number[][][] = [];
    for (const view of this.views) {
      const blocks = this.valuesByBlock(nodes, view, true);
      if (!blocks) return undefined;
      all.push(...blocks);
    }
    return all.length === 0 ? undefined : all;
  }

  private valuesByBlock(nodes: readonly SyntaxNode[], view: LaunchView, byBlock: boolean): number[][][] | undefined {
    const kernel = launchedKernel(view, this.analysis);
    const threads = kernel?.threads;
    if (!kernel || threads === undefined || threads > mostThreads) return undefined;
    const grid = kernel.grid;
    if (byBlock && grid.some((size) => size === undefined)) return undefined;
    const [x, y] = [kernel.block[0]!, kernel.block[1]!];
    const exprs = nodes.map((node) => kernel.resolve(node));
    const blocks: number[][][] = [];
    for (const last of byBlock ? [false, true] : [false]) {
      const place = new Map<string, ThreadValue>();
      axes.forEach((axis, i) => {
        const value = last ? grid[i]! - 1 : 0;
        place.set(axis === 'x' ? 'blockIdx@file' : `blockIdx@file.${axis}`, () => value);
      });
      const lists: number[][] = [];
      for (const expr of exprs) {
        const value = threadValue(expr, this.analysis.evaluator.types, place);
        const list: number[] = [];
        for (let t = 0; t < threads; t++) {
          const one = value(t % x, Math.floor(t / x) % y, Math.floor(t / (x * y)));
          if (Number.isNaN(one)) return undefined;
          list.push(one);
        }
        lists.push(list);
      }
      blocks.push(lists);
    }
    return blocks;
  }

  private byBits(node: SyntaxNode, view: LaunchView | undefined, bits: Variation): Division {
    const active = axes.map((axis) =>
      view ? known(view.launch.block[axis]) !== 1n : this.fn.threadAxes.includes(axis),
    );
    const mask = active.reduce((sum, on, i) => sum | (on ? 1 << i : 0), 0) || (view ? 0 : laneBits);
    const lanes = bits & laneBits & mask;
    const warps = (bits & warpBits & (mask << 3)) !== 0;
    const doubtful = (bits & unknownBit) !== 0;
    const differs = lanes !== 0 || warps || (bits & (dataBit | warpDataBit)) !== 0;
    const block = differs ? 'differs' : doubtful ? 'unknown' : 'same';
    return { block, warp: this.warpSplit(node, lanes, bits) };
  }

  /** `i < n`: where the threads part depends on a size that need be no multiple of a warp. */
  private endsAnywhere(node: SyntaxNode): boolean {
    const sides = [node.child('left'), node.child('right')];
    if (node.type !== 'binary_expression' || !/^[<>]=?$/.test(node.child('operator')?.text ?? '')) return false;
    return sides.some((side) => side && this.variation(side) === 0 && isPlainSize(this.resolve(side)));
  }

  private warpSplit(node: SyntaxNode, lanes: number, bits: Variation): Agreement {
    const doubtful = (bits & unknownBit) !== 0 ? 'unknown' : 'same';
    if (lanes === 0) return (bits & dataBit) !== 0 ? 'differs' : doubtful;
    // Rows of a block are whole warps where the block is as wide as one.
    if ((lanes & 1) === 0) return 'unknown';
    const value = threadValue(this.resolve(node), this.analysis.evaluator.types, new Map());
    return (
      divisionOf(256, (t) => value(t, 0, 0))?.warp ??
      (doubtful === 'same' && this.endsAnywhere(node) ? 'differs' : 'unknown')
    );
  }
}

/** A size as it was given: not one that was rounded to whole warps. */
function isPlainSize(expr: Expr): boolean {
  const e = bare(expr);
  if (e.kind === 'binary' && /^[+-]$/.test(e.op)) return isPlainSize(e.left) && isPlainSize(e.right);
  return e.kind === 'number' || (e.kind === 'opaque' && / is a parameter$/.test(e.why));
}

/** The expression inside `(…)` of a statement. */
function conditionOf(node: SyntaxNode): SyntaxNode {
  const inner = node.type === 'condition_clause' ? (node.child('value') ?? node) : node;
  return unparenthesized(inner);
}

function divisionOf(threads: number, truth: (thread: number) => number): Division | undefined {
  let [block, warp]: [Agreement, Agreement] = ['same', 'same'];
  let first = 0;
  let leader = 0;
  for (let t = 0; t < threads; t++) {
    const value = truth(t);
    if (Number.isNaN(value)) return undefined;
    const holds = value === 0 ? 0 : 1;
    if (t === 0) first = holds;
    if (t % warpSize === 0) leader = holds;
    if (holds !== first) block = 'differs';
    if (holds !== leader) warp = 'differs';
  }
  return { block, warp };
}

function either(a: Division, b: Division): Division {
  const worse = (p: Agreement, q: Agreement): Agreement =>
    p === 'differs' || q === 'differs' ? 'differs' : p === 'unknown' || q === 'unknown' ? 'unknown' : 'same';
  return { block: worse(a.block, b.block), warp: worse(a.warp, b.warp) };
}
