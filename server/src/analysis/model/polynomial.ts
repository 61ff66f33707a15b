/** Integer polynomials over named unknowns: enough to see how an index depends on the thread. */
import type { Expr } from './expression';
import { bare } from './symbolic';

/** A product of unknowns: their ids, sorted and joined; empty for a constant. */
type Monomial = string;
const separator = '\u0001';
/** An index with more terms is no index people write. */
const mostTerms = 64;

export interface Unknown {
  readonly id: string;
  readonly name: string;
}

export class Polynomial {
  private constructor(
    readonly terms: ReadonlyMap<Monomial, bigint>,
    /** The unknowns that occur, by id. */
    readonly unknowns: ReadonlyMap<string, Unknown>,
  ) {}

  /** The expression as a polynomial; nothing where it divides, calls, selects or reads memory. */
  static of(expr: Expr, integer: (expr: Expr) => bigint | undefined): Polynomial | undefined {
    // Definitions that use each other are shared in the expression: each is read once.
    const known = new Map<Expr, Polynomial | undefined>();
    const read = (inner: Expr, depth: number): Polynomial | undefined => {
      if (!known.has(inner))
        known.set(
          inner,
          Polynomial.read(inner, integer, (part) => read(part, depth + 1), depth),
        );
      return known.get(inner);
    };
    return read(expr, 0);
  }

  private static read(
    expr: Expr,
    integer: (expr: Expr) => bigint | undefined,
    inner: (expr: Expr) => Polynomial | undefined,
    depth: number,
  ): Polynomial | undefined {
    const value = integer(expr);
    if (value !== undefined) return Polynomial.constant(value);
    const e = bare(expr);
    if (depth > 16) return undefined;
    if (e.kind === 'opaque' && e.name !== '') {
      return new Polynomial(new Map([[e.id, 1n]]), new Map([[e.id, { id: e.id, name: e.name }]]));
    }
    if (e.kind === 'unary' && e.op === '-') {
      const operand = inner(e.operand);
      return operand && Polynomial.constant(-1n).times(operand);
    }
    const product = e.kind === 'call' && /^__u?mul24$/.test(e.callee) && e.args.length === 2;
    const [first, second, op] = product
      ? [e.args[0]!, e.args[1]!, '*']
      : e.kind === 'binary'
        ? [e.left, e.right, e.op]
        : [];
    if (!first || !second || op === undefined) return undefined;
    const shift = op === '<<' ? integer(second) : undefined;
    if (shift === undefined && !/^[-+*]$/.test(op)) return undefined;
    const left = inner(first);
    if (!left) return undefined;
    if (shift !== undefined)
      return shift >= 0n && shift < 32n ? left.times(Polynomial.constant(1n << shift)) : undefined;
    const right = inner(second);
    if (!right) return undefined;
    if (op === '*') return left.times(right);
    return left.plus(right, op === '+' ? 1n : -1n);
  }

  private static constant(value: bigint): Polynomial {
    return new Polynomial(new Map([['', value]]), new Map());
  }

  /** The sum with `sign` times the other. */
  plus(other: Polynomial, sign: bigint): Polynomial | undefined {
    if (this.terms.size + other.terms.size > mostTerms) return undefined;
    const terms = new Map(this.terms);
    for (const [monomial, coefficient] of other.terms) add(terms, monomial, sign * coefficient);
    return new Polynomial(terms, new Map([...this.unknowns, ...other.unknowns]));
  }

  private times(other: Polynomial): Polynomial | undefined {
    if (this.terms.size * other.terms.size > mostTerms) return undefined;
    const terms = new Map<Monomial, bigint>();
    for (const [a, x] of this.terms) {
      for (const [b, y] of other.terms) add(terms, product(a, b), x * y);
    }
    return new Polynomial(terms, new Map([...this.unknowns, ...other.unknowns]));
  }

  /** The unknowns of a monomial. */
  factors(monomial: Monomial): string[] {
    return monomial === '' ? [] : monomial.split(separator);
  }

  /** Coefficient of the product of these unknowns. */
  coefficient(ids: readonly string[]): bigint {
    return this.terms.get([...ids].sort().join(separator)) ?? 0n;
  }
}

function add(terms: Map<Monomial, bigint>, monomial: Monomial, value: bigint): void {
  const sum = (terms.get(monomial) ?? 0n) + value;
  if (sum === 0n) terms.delete(monomial);
  else terms.set(monomial, sum);
}

function product(a: Monomial, b: Monomial): Monomial {
  if (a === '') return b;
  if (b === '') return a;
  return [...a.split(separator), ...b.split(separator)].sort().join(separator);
}
