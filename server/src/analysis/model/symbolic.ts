/** The form of a resolved expression: does it divide, does it round up, are two of them the same. */
import type { Evaluator } from './evaluator';
import type { Expr } from './expression';
import { ceilDivisionName } from './fold';
import { isFloat } from './numbers';

export interface Division {
  /** What is divided, without the part that makes it round up. */
  readonly count: Expr;
  readonly divisor: Expr;
}

/** Without casts and other wrapping that does not change the form. */
export function bare(expr: Expr): Expr {
  if (expr.kind === 'cast') return bare(expr.operand);
  if (expr.kind === 'list' && expr.items.length === 1) return bare(expr.items[0]!);
  if (expr.kind === 'unary' && expr.op === '+') return bare(expr.operand);
  return expr;
}

export class Symbolic {
  constructor(private readonly evaluator: Evaluator) {}

  integer(expr: Expr): bigint | undefined {
    const folded = this.evaluator.fold(expr);
    if (!('ok' in folded)) return undefined;
    if (typeof folded.ok.value === 'bigint') return folded.ok.value;
    return Number.isInteger(folded.ok.value) ? BigInt(folded.ok.value) : undefined;
  }

  /** The number that a text stands for at a place. */
  integerOf(text: string, place: Parameters<Evaluator['resolveText']>[1]): bigint | undefined {
    return this.integer(this.evaluator.resolveText(text, place));
  }

  /** Whether both are certainly the same value. */
  same(a: Expr, b: Expr, depth = 0): boolean {
    if (a === b) return true;
    const [x, y] = [bare(a), bare(b)];
    if (x === y) return true;
    const [m, n] = [this.integer(a), this.integer(b)];
    if (m !== undefined || n !== undefined) return m === n;
    if (depth > 7 || x.kind !== y.kind) return false;
    const inner = (p: Expr, q: Expr): boolean => this.same(p, q, depth + 1);
    if (x.kind === 'opaque' && y.kind === 'opaque') return x.id === y.id;
    if (x.kind === 'unary' && y.kind === 'unary') return x.op === y.op && inner(x.operand, y.operand);
    if (x.kind === 'member' && y.kind === 'member') return x.name === y.name && inner(x.object, y.object);
    if (x.kind === 'index' && y.kind === 'index') return inner(x.object, y.object) && inner(x.index, y.index);
    if (x.kind === 'binary' && y.kind === 'binary' && x.op === y.op) {
      if (inner(x.left, y.left) && inner(x.right, y.right)) return true;
      return /^[+*]$/.test(x.op) && inner(x.left, y.right) && inner(x.right, y.left);
    }
    if (x.kind === 'conditional' && y.kind === 'conditional')
      return inner(x.condition, y.condition) && inner(x.then, y.then) && inner(x.otherwise, y.otherwise);
    if (x.kind === 'call' && y.kind === 'call' && x.callee === y.callee && x.args.length === y.args.length) {
      return x.args.every((arg, i) => inner(arg, y.args[i]!));
    }
    return false;
  }

  /** Every way people write a division that rounds up. `always` means one more even where it divides evenly (`n / b + 1`). */
  ceilDivision(expr: Expr, depth = 0): (Division & { readonly always: boolean }) | undefined {
    const e = bare(expr);
    if (depth > 6) return undefined;
    if (e.kind === 'call') return this.ceilCall(e.callee, e.args, depth);
    if (e.kind === 'conditional') return this.remainderChoice(e);
    if (e.kind !== 'binary') return undefined;
    if (e.op === '+') return this.quotientPlus(e.left, e.right) ?? this.quotientPlus(e.right, e.left);
    const division = this.quotient(e);
    if (!division || this.floating(e)) return undefined;
    return this.paddedNumerator(division.count, division.divisor);
  }

  /** `n / b` on integers, rounding down; `n >> k` counts as `n / 2^k`. */
  floorDivision(expr: Expr): Division | undefined {
    const e = bare(expr);
    if (e.kind !== 'binary' || this.floating(e)) return undefined;
    const division = this.quotient(e);
    return division && !this.paddedNumerator(division.count, division.divisor) ? division : undefined;
  }

  private quotient(expr: Expr): Division | undefined {
    const e = bare(expr);
    if (e.kind !== 'binary') return undefined;
    if (e.op === '/') return { count: e.left, divisor: e.right };
    const shift = e.op === '>>' ? this.integer(e.right) : undefined;
    if (shift === undefined || shift < 0n || shift > 31n) return undefined;
    return { count: e.left, divisor: { kind: 'number', value: { type: 'i32', value: 1n << shift } } };
  }

  /** `n + b - 1`, `n - 1 + b`, `n + 255`, `n + b`: what is left when the padding is taken away. */
  private paddedNumerator(numerator: Expr, divisor: Expr): (Division & { always: boolean }) | undefined {
    const terms = sumTerms(numerator);
    // `n + b - n % b` is rounded up already.
    if (terms.length < 2 || mentionsRemainder(numerator)) return undefined;
    const size = this.integer(divisor);
    const padding = terms.findIndex(({ sign, expr }, i) => {
      return sign > 0 && size !== undefined && i > 0 && this.integer(expr) === size - 1n;
    });
    if (padding >= 0) return { count: sumOf(terms.filter((_, i) => i !== padding)), divisor, always: false };
    const whole = findLastIndex(terms, ({ sign, expr }) => sign > 0 && this.same(expr, divisor));
    if (whole < 0) return undefined;
    const less = terms.findIndex(({ sign, expr }, i) => i !== whole && this.integer(expr) === (sign > 0 ? -1n : 1n));
    const rest = terms.filter((_, i) => i !== whole && i !== less);
    if (rest.length === 0) return undefined;
    return { count: sumOf(rest), divisor, always: less < 0 };
  }

  /** `(n - 1) / b + 1`, `n / b + 1`, `n / b + (n % b != 0)`. */
  private quotientPlus(quotient: Expr, more: Expr): (Division & { always: boolean }) | undefined {
    const division = this.quotient(quotient);
    if (!division || this.floating(quotient)) return undefined;
    if (this.integer(more) === 1n) {
      const terms = sumTerms(division.count);
      const less = terms.findIndex(({ sign, expr }) => this.integer(expr) === (sign > 0 ? -1n : 1n));
      if (less < 0) return { ...division, always: true };
      return { count: sumOf(terms.filter((_, i) => i !== less)), divisor: division.divisor, always: false };
    }
    return mentionsRemainder(more) ? { ...division, always: false } : undefined;
  }

  /** `n % b ? n / b + 1 : n / b` and its mirror image. */
  private remainderChoice(e: Extract<Expr, { kind: 'conditional' }>): (Division & { always: boolean }) | undefined {
    if (!mentionsRemainder(e.condition)) return undefined;
    for (const [down, up] of [
      [e.then, e.otherwise],
      [e.otherwise, e.then],
    ] as const) {
      const floor = this.floorDivision(down);
      const sum = bare(up);
      if (
        floor &&
        sum.kind === 'binary' &&
        sum.op === '+' &&
        this.same(sum.left, down) &&
        this.integer(sum.right) === 1n
      ) {
        return { ...floor, always: false };
      }
    }
    return undefined;
  }

  private ceilCall(callee: string, args: readonly Expr[], depth: number): (Division & { always: boolean }) | undefined {
    const [a, b] = args;
    if (a && b && args.length === 2) {
      if (ceilDivisionName.test(callee)) return { count: a, divisor: b, always: false };
      // `max(1, …)` only keeps the grid from being empty.
      if (/(?:^|::)max$/.test(callee)) {
        const inner = this.integer(a) !== undefined ? b : this.integer(b) !== undefined ? a : undefined;
        return inner && this.ceilDivision(inner, depth + 1);
      }
    }
    if (!a || args.length !== 1 || !/(?:^|::)ceilf?$/.test(callee)) return undefined;
    const e = bare(a);
    if (e.kind !== 'binary' || e.op !== '/' || !this.floating(e)) return undefined;
    return { count: this.withoutOne(e.left), divisor: this.withoutOne(e.right), always: false };
  }

  /** `n` of `n * 1.0f`. */
  private withoutOne(expr: Expr): Expr {
    const e = bare(expr);
    if (e.kind !== 'binary' || e.op !== '*') return expr;
    if (this.integer(e.right) === 1n) return e.left;
    return this.integer(e.left) === 1n ? e.right : expr;
  }

  private floating(expr: Expr, depth = 0): boolean {
    if (depth > 10) return false;
    switch (expr.kind) {
      case 'number':
        return isFloat(expr.value.type);
      case 'cast':
      case 'opaque': {
        const type = expr.type === undefined ? undefined : this.evaluator.types.number(expr.type);
        return type ? isFloat(type) : expr.kind === 'cast' && this.floating(expr.operand, depth + 1);
      }
      case 'unary':
        return this.floating(expr.operand, depth + 1);
      case 'binary':
        return this.floating(expr.left, depth + 1) || this.floating(expr.right, depth + 1);
      case 'conditional':
        return this.floating(expr.then, depth + 1) || this.floating(expr.otherwise, depth + 1);
      case 'call':
        return /(?:^|::)(?:ceil|floor|sqrt|pow|log2?|exp2?)f?$/.test(expr.callee);
      default:
        return false;
    }
  }
}

interface Term {
  readonly sign: 1 | -1;
  readonly expr: Expr;
}

/** `a + (b - c)` as +a, +b, -c. */
export function sumTerms(expr: Expr, sign: 1 | -1 = 1, depth = 0): Term[] {
  const e = bare(expr);
  // Sums of definitions that repeat each other would grow without end.
  if (depth < 8 && e.kind === 'binary' && /^[+-]$/.test(e.op)) {
    const right = e.op === '+' ? sign : sign === 1 ? -1 : 1;
    return [...sumTerms(e.left, sign, depth + 1), ...sumTerms(e.right, right, depth + 1)];
  }
  if (depth < 8 && e.kind === 'unary' && e.op === '-') return sumTerms(e.operand, sign === 1 ? -1 : 1, depth + 1);
  return [{ sign, expr: e }];
}

function sumOf(terms: readonly Term[]): Expr {
  const zero: Expr = { kind: 'number', value: { type: 'i32', value: 0n } };
  const [first, ...rest] = terms;
  if (!first) return zero;
  const start: Expr = first.sign > 0 ? first.expr : { kind: 'unary', op: '-', operand: first.expr };
  return rest.reduce(
    (left, { sign, expr }): Expr => ({ kind: 'binary', op: sign > 0 ? '+' : '-', left, right: expr }),
    start,
  );
}

function findLastIndex<T>(items: readonly T[], test: (item: T) => boolean): number {
  for (let i = items.length - 1; i >= 0; i--) if (test(items[i]!)) return i;
  return -1;
}

/** Whether some part of the expression is a remainder. */
export function mentionsRemainder(expr: Expr, depth = 0): boolean {
  if (depth > 10) return false;
  switch (expr.kind) {
    case 'binary':
      return expr.op === '%' || mentionsRemainder(expr.left, depth + 1) || mentionsRemainder(expr.right, depth + 1);
    case 'unary':
    case 'cast':
      return mentionsRemainder(expr.operand, depth + 1);
    case 'conditional':
      return [expr.condition, expr.then, expr.otherwise].some((e) => mentionsRemainder(e, depth + 1));
    case 'call':
      return expr.args.some((e) => mentionsRemainder(e, depth + 1));
    default:
      return false;
  }
}
