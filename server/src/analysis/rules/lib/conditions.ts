/** The conditions that hold where a statement stands. */
import type { SyntaxNode } from '../../parse';
import { unparenthesized } from '../../parse/node';
import type { FunctionFacts } from '../../model/facts';

export interface Held {
  readonly condition: SyntaxNode;
  /** It is true here; else it is false here. */
  readonly holds: boolean;
}

const jumps = /^(?:return|continue|break|goto|throw)_statement$/;

/** Conditions around `node` and those of the early exits before it, from the inside out, taken apart at `&&`, `||` and `!`. */
export function conditionsAt(node: SyntaxNode, fn: FunctionFacts): Held[] {
  const held: Held[] = [];
  let child = node;
  for (const outer of node.upwards()) {
    if (outer !== node) {
      held.push(...heldIn(outer, child));
      if (outer.type === 'compound_statement' || outer.type === 'case_statement') before(outer, child, held);
    }
    if (outer === fn.body) break;
    child = outer;
  }
  return held;
}

/** What `outer` says about its part `child`: a branch runs where its condition is true, `b` of `a && b` where `a` is. */
export function heldIn(outer: SyntaxNode, child: SyntaxNode): Held[] {
  const held: Held[] = [];
  const condition = outer.child('condition');
  switch (outer.type) {
    case 'if_statement':
    case 'conditional_expression':
      if (child.field === 'consequence') take(condition, true, held);
      else if (child.field === 'alternative') take(condition, false, held);
      break;
    case 'while_statement':
    case 'for_statement':
      if (child.field === 'body') take(condition, true, held);
      break;
    case 'binary_expression': {
      const op = outer.child('operator')?.text;
      if (child.field === 'right' && (op === '&&' || op === '||')) take(outer.child('left'), op === '&&', held);
      break;
    }
    default:
      break;
  }
  return held;
}

/** `if (c) return;` among the statements before `child`. */
function before(block: SyntaxNode, child: SyntaxNode, held: Held[]): void {
  for (const statement of block.children) {
    if (statement.offset >= child.offset) return;
    if (statement.type !== 'if_statement') continue;
    if (leaves(statement.child('consequence'))) take(statement.child('condition'), false, held);
    else if (leaves(statement.child('alternative')?.children.at(-1))) take(statement.child('condition'), true, held);
  }
}

/** Whether control never goes on behind this statement. */
export function leaves(statement: SyntaxNode | undefined): boolean {
  if (!statement) return false;
  if (jumps.test(statement.type)) return true;
  const last = statement.type === 'compound_statement' ? statement.children.filter((c) => c.type !== 'comment') : [];
  return leaves(last.at(-1));
}

/** Takes a condition apart: what surely is true, or surely false, each by itself. */
export function take(condition: SyntaxNode | undefined, holds: boolean, held: Held[]): void {
  if (!condition) return;
  const inner = unparenthesized(
    condition.type === 'condition_clause' ? (condition.child('value') ?? condition) : condition,
  );
  const op = inner.child('operator')?.text;
  if (inner.type === 'unary_expression' && op === '!') return take(inner.child('argument'), !holds, held);
  if (inner.type === 'binary_expression' && (op === '&&' || op === '||')) {
    // `a && b` that holds says both; that fails says nothing of either by itself.
    if ((op === '&&') === holds) {
      take(inner.child('left'), holds, held);
      take(inner.child('right'), holds, held);
      return;
    }
  }
  held.push({ condition: inner, holds });
}

/** The conditions of which one at least holds: both sides of an `||` that is true, of an `&&` that is false. */
export function alternatives({ condition, holds }: Held): Held[] {
  const inner = unparenthesized(condition);
  const op = inner.type === 'binary_expression' ? inner.child('operator')?.text : undefined;
  if (op !== (holds ? '||' : '&&')) return [{ condition: inner, holds }];
  return [inner.child('left')!, inner.child('right')!].flatMap((part) => alternatives({ condition: part, holds }));
}

export interface Comparison {
  readonly left: SyntaxNode;
  readonly op: '<' | '<=' | '>' | '>=' | '==' | '!=';
  readonly right: SyntaxNode;
}

const negated = { '<': '>=', '<=': '>', '>': '<=', '>=': '<', '==': '!=', '!=': '==' } as const;
const mirrored = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==', '!=': '!=' } as const;

/** The comparison that is true here, if the condition is one. */
export function comparison({ condition, holds }: Held): Comparison | undefined {
  if (condition.type !== 'binary_expression') return undefined;
  const op = condition.child('operator')?.text ?? '';
  const [left, right] = [condition.child('left'), condition.child('right')];
  if (!left || !right || !(op in negated)) return undefined;
  const own = op as Comparison['op'];
  return { left: unparenthesized(left), op: holds ? own : negated[own], right: unparenthesized(right) };
}

/** The same comparison with its sides changed over. */
export function mirror({ left, op, right }: Comparison): Comparison {
  return { left: right, op: mirrored[op], right: left };
}
