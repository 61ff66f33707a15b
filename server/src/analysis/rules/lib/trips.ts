import type { Expr } from '../../model/expression';
import { bare } from '../../model/symbolic';
import { uniform } from '../../model/uniformity';
import type { SyntaxNode } from '../../parse';
import type { Divergence } from './divergence';

/**
 * `for (i = tid; i < 1024; i += 256)`: each thread starts elsewhere, but all run it equally often in every known launch; or their number
 * cannot be told, because the end goes along with the start or is rounded up to whole steps.
 */
export function uniformTrips(loop: SyntaxNode, divergence: Divergence): boolean {
  const header = loop.type === 'for_statement' ? headerOf(loop) : undefined;
  if (!header) return false;
  const { start, bound, step, inclusive } = header;
  if (divergence.variation(start) !== uniform && divergence.variation(bound) !== uniform) return true;
  if (step && roundedUp(divergence.definition(bound), divergence.resolve(step), divergence)) return true;
  const blocks = divergence.values(step ? [start, bound, step] : [start, bound]);
  return (
    blocks?.every(([starts, bounds, steps]) => {
      const trips = starts!.map((first, t) =>
        Math.max(0, Math.ceil((bounds![t]! + inclusive - first) / (steps?.[t] ?? 1))),
      );
      return trips.every((count) => Number.isFinite(count) && count === trips[0]);
    }) ?? false
  );
}

/** Every factor of the step is one of the bound: `for (i = tid; i < blocks * size; i += size)`. */
function roundedUp(bound: Expr, step: Expr, { symbolic }: Divergence): boolean {
  const [whole, part] = [symbolic.integer(bound), symbolic.integer(step)];
  if (whole !== undefined && part !== undefined) return part > 0n && whole % part === 0n;
  const left = factorsOf(bound);
  return factorsOf(step).every((factor) => {
    const at = left.findIndex((other) => symbolic.same(factor, other));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

function factorsOf(expr: Expr): Expr[] {
  const e = bare(expr);
  return e.kind === 'binary' && e.op === '*' ? [...factorsOf(e.left), ...factorsOf(e.right)] : [e];
}

interface Header {
  readonly start: SyntaxNode;
  readonly bound: SyntaxNode;
  /** Absent for `i++`. */
  readonly step: SyntaxNode | undefined;
  readonly inclusive: 0 | 1;
}

/** `for (int i = start; i < bound; i += step)`. */
function headerOf(loop: SyntaxNode): Header | undefined {
  const initializer = loop.child('initializer');
  const first = initializer?.type === 'declaration' ? initializer.first('init_declarator') : initializer;
  const name = (first?.child('declarator') ?? first?.child('left'))?.text;
  const start = first?.child('value') ?? first?.child('right');
  const condition = loop.child('condition');
  const update = loop.child('update');
  const bound = condition?.child('right');
  const step = update?.child('right');
  const counted = update?.type === 'update_expression' && update.child('operator')?.text === '++';
  const op = condition?.child('operator')?.text ?? '';
  if (!start || !bound || name === undefined || !/^<=?$/.test(op)) return undefined;
  if (condition?.child('left')?.text !== name) return undefined;
  if ((update?.child('left') ?? update?.child('argument'))?.text !== name) return undefined;
  return counted || update?.child('operator')?.text === '+='
    ? { start, bound, step, inclusive: op === '<=' ? 1 : 0 }
    : undefined;
}
