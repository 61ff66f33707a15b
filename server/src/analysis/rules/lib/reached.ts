/** Which threads of a block surely come to a place in a kernel. */
import type { Expr } from '../../model/expression';
import type { Variable } from '../../model/facts';
import { eventsOf, findVariable } from '../../model/reach';
import { ThreadDependence } from '../../model/threads';
import type { SyntaxNode } from '../../parse';
import { unparenthesized } from '../../parse/node';
import { comparison, conditionsAt, mirror, type Comparison, type Held } from './conditions';
import type { LaunchedKernel } from './launched-kernel';
import { threadValue, type ThreadValue } from './thread-values';

/** Values of loop variables in one pass, by the id the evaluator gives them. */
export type Pass = ReadonlyMap<string, ThreadValue>;

export class Reached {
  private readonly dependence: ThreadDependence;

  constructor(readonly launched: LaunchedKernel) {
    this.dependence = new ThreadDependence(launched.fn, launched.evaluator.index);
  }

  /** The first and the last pass of the loops around `node`, as far as they are known. */
  passes(node: SyntaxNode): Pass[] {
    let passes: Pass[] = [new Map()];
    for (const outer of node.upwards()) {
      if (outer === this.launched.fn.body || passes.length > 8) break;
      if (outer.type !== 'for_statement' || !outer.child('body')?.contains(node)) continue;
      const ends = this.loopEnds(outer);
      if (ends) passes = ends.values.flatMap((value) => passes.map((pass) => new Map([...pass, [ends.id, value]])));
    }
    return passes;
  }

  value(node: SyntaxNode, pass: Pass): ThreadValue {
    return threadValue(this.launched.resolve(node), this.launched.evaluator.types, pass);
  }

  /** 1 in a thread that surely comes to `node` in this pass, 0 or NaN in others; nothing when that cannot be said at all. */
  at(node: SyntaxNode, pass: Pass): ThreadValue | undefined {
    if (this.doubtful(node)) return undefined;
    const held = conditionsAt(node, this.launched.fn).map((condition) => this.condition(condition, pass));
    return (x, y, z) => {
      for (const condition of held) {
        const value = condition(x, y, z);
        if (value !== 1) return value;
      }
      return 1;
    };
  }

  private condition(held: Held, pass: Pass): ThreadValue {
    const value = this.value(held.condition, pass);
    const assumed = this.assumed(held) ? 1 : NaN;
    return (x, y, z) => {
      const truth = value(x, y, z);
      return Number.isNaN(truth) ? assumed : (truth !== 0) === held.holds ? 1 : 0;
    };
  }

  /**
   * A loop whose condition is the same for every thread is taken to run; and a test against the problem's size (`i < n`) is taken to
   * pass in the first of several blocks.
   */
  private assumed(held: Held): boolean {
    const compared = comparison(held);
    if (compared && (this.belowSize(compared) || this.belowSize(mirror(compared)))) return true;
    return isLoopCondition(held.condition) && this.dependence.axesOf(held.condition) === '';
  }

  private belowSize({ left, op, right }: Comparison): boolean {
    if (!/^<=?$/.test(op) || this.dependence.axesOf(right) !== '' || this.launched.integer(right) !== undefined)
      return false;
    const { fn } = this.launched;
    const { launched } = this;
    const polynomial = launched.polynomial(this.startOf(left) ?? left);
    if (!polynomial || !fn.body) return false;
    let blocks = false;
    for (const [monomial, coefficient] of polynomial.terms) {
      const names = polynomial.factors(monomial).map((id) => polynomial.unknowns.get(id)?.name ?? '');
      const block = names.find((name) => name.startsWith('blockIdx.'));
      if (coefficient < 0n) return false;
      if (block !== undefined && launched.grid['xyz'.indexOf(block.slice(-1))] !== 1) blocks = true;
    }
    return blocks;
  }

  /** The first value of the variable of a loop, if `node` is that variable. */
  private startOf(node: SyntaxNode): SyntaxNode | undefined {
    const variable = node.type === 'identifier' ? findVariable(this.launched.fn, node.text, node) : undefined;
    const start = variable?.initial?.node;
    const inLoop = variable?.scope.type === 'for_statement' && variable.scope.contains(node);
    return inLoop ? start?.child('value') : undefined;
  }

  /** Something whose effect on the way to `node` is not understood. */
  private doubtful(node: SyntaxNode): boolean {
    const { body } = this.launched.fn;
    let child = node;
    for (const outer of node.upwards()) {
      if (outer === node) continue;
      if (
        /^(?:switch_statement|case_statement|lambda_expression|goto_statement|labeled_statement|try_statement)$/.test(
          outer.type,
        )
      )
        return true;
      if (outer.type.startsWith('preproc_')) return true;
      if (outer.type === 'binary_expression' && /^(?:&&|\|\|)$/.test(outer.child('operator')?.text ?? '')) {
        if (child.field === 'right' && !outer.child('left')) return true;
      }
      if (outer.type === 'compound_statement' && outer.children.some((s) => s.offset < child.offset && strays(s)))
        return true;
      if (outer === body) return false;
      child = outer;
    }
    return false;
  }

  private loopEnds(loop: SyntaxNode): { id: string; values: ThreadValue[] } | undefined {
    const { fn, evaluator } = this.launched;
    const declarator = loop.child('initializer')?.first('init_declarator');
    const name = declarator?.child('declarator');
    const start = declarator?.child('value');
    const body = loop.child('body');
    if (!name || !start || !body || name.type !== 'identifier') return undefined;
    const variable = findVariable(fn, name.text, body);
    if (!variable || variable.scope !== loop) return undefined;
    const id = `${variable.name}@${variable.node.key}`;
    const first = this.value(start, new Map());
    const last = this.lastValue(loop, variable, body);
    const changed = eventsOf(fn, variable).some(({ node }) => body.contains(node));
    if (changed) return undefined;
    const number: Expr | undefined =
      last === undefined ? undefined : { kind: 'number', value: { type: 'i64', value: last } };
    const leaves = [...body.walk()].some((n) => /^(?:break|return|goto)_statement$/.test(n.type));
    return {
      id,
      values: number && !leaves ? [first, threadValue(number, evaluator.types, new Map())] : [first],
    };
  }

  /** Of `for (int k = a; k < b; k += c)` with numbers. */
  private lastValue(loop: SyntaxNode, variable: Variable, body: SyntaxNode): bigint | undefined {
    const condition = loop.child('condition');
    const start = variable.initial?.node.child('value');
    const update = loop.child('update');
    const compared = condition && comparison({ condition: unparenthesized(condition), holds: true });
    if (!compared || !start || !update || compared.left.text !== variable.name || body.broken) return undefined;
    const [from, to] = [this.launched.integer(start), this.launched.integer(compared.right)];
    const step = this.step(update, variable.name);
    if (from === undefined || to === undefined || step === undefined || step <= 0n) return undefined;
    const most = compared.op === '<' ? to - 1n : compared.op === '<=' ? to : undefined;
    return most === undefined || most < from ? undefined : from + ((most - from) / step) * step;
  }

  private step(update: SyntaxNode, name: string): bigint | undefined {
    if (new RegExp(`^(?:\\+\\+\\s*${name}|${name}\\s*\\+\\+)$`).test(update.text)) return 1n;
    const right = update.type === 'assignment_expression' ? update.child('right') : undefined;
    if (!right || update.child('left')?.text !== name || update.child('operator')?.text !== '+=') return undefined;
    return this.launched.integer(right);
  }
}

/** A statement that may leave its block in a way `conditionsAt` does not see. */
function strays(statement: SyntaxNode): boolean {
  if (/^(?:labeled_statement|ERROR)$/.test(statement.type)) return true;
  if (statement.type === 'expression_statement') {
    const callee = statement.first('call_expression')?.child('function')?.text ?? '';
    return /^[A-Z][A-Z0-9_]*$/.test(callee);
  }
  const plainExit = statement.type === 'if_statement' && statement.child('alternative') === undefined;
  const inside = plainExit ? endsWithJump(statement.child('consequence')) : undefined;
  for (const node of statement.walk()) {
    if (node === inside) continue;
    if (/^(?:return|goto|throw)_statement$/.test(node.type)) return true;
    if (/^(?:break|continue)_statement$/.test(node.type) && !ownLoop(node, statement)) return true;
  }
  return false;
}

/** The jump at the end of a statement. */
function endsWithJump(statement: SyntaxNode | undefined): SyntaxNode | undefined {
  const last =
    statement?.type === 'compound_statement'
      ? statement.children.filter((c) => c.type !== 'comment').at(-1)
      : statement;
  return last && /^(?:return|break|continue|goto|throw)_statement$/.test(last.type) ? last : undefined;
}

function ownLoop(jump: SyntaxNode, statement: SyntaxNode): boolean {
  for (const outer of jump.upwards()) {
    if (/^(?:for|while|do|switch)_statement$|^for_range_loop$/.test(outer.type)) return true;
    if (outer === statement) return false;
  }
  return false;
}

function isLoopCondition(condition: SyntaxNode): boolean {
  let child = condition;
  for (const outer of condition.upwards()) {
    if (/^(?:for|while)_statement$/.test(outer.type)) return child.field === 'condition';
    if (/_statement$/.test(outer.type)) return false;
    child = outer;
  }
  return false;
}

/** Threads in the order of the hardware: x runs fastest. */
export function firstThread(
  block: readonly (number | undefined)[],
  test: (x: number, y: number, z: number) => boolean,
): [number, number, number] | undefined {
  const [nx, ny, nz] = block;
  if (nx === undefined || ny === undefined || nz === undefined || nx * ny * nz > 1024) return undefined;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++) if (test(x, y, z)) return [x, y, z];
    }
  }
  return undefined;
}

/** `5`, or `(3, 1)`: as many components as the block has. */
export function threadText(thread: readonly number[], block: readonly (number | undefined)[]): string {
  const dimensions = block[2] !== 1 ? 3 : block[1] !== 1 ? 2 : 1;
  return dimensions === 1 ? String(thread[0]) : `(${thread.slice(0, dimensions).join(', ')})`;
}
