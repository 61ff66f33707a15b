/** What an expression of a kernel comes to in each thread of one block. */
import type { Expr } from '../../model/expression';
import { isFloat } from '../../model/numbers';
import type { TypeSizes } from '../../model/types-of';
import { arithmeticType } from './arithmetic-type';

/** The value in thread (x, y, z) of the first block; NaN where it is not known. */
export type ThreadValue = (x: number, y: number, z: number) => number;

const unknown: ThreadValue = () => NaN;
const zero: ThreadValue = () => 0;
const builtins = new Map<string, ThreadValue>([
  ['threadIdx.x', (x) => x],
  ['threadIdx.y', (_, y) => y],
  ['threadIdx.z', (_, __, z) => z],
  ['blockIdx.x', zero],
  ['blockIdx.y', zero],
  ['blockIdx.z', zero],
  ['warpSize', () => 32],
]);

/** Makes a function of a resolved expression. `variables` gives values to unknowns by their id. */
export function threadValue(
  expr: Expr,
  types: TypeSizes,
  variables: ReadonlyMap<string, ThreadValue>,
  depth = 0,
): ThreadValue {
  if (depth > 30) return unknown;
  const inner = (e: Expr): ThreadValue => threadValue(e, types, variables, depth + 1);
  switch (expr.kind) {
    case 'number': {
      const value = Number(expr.value.value);
      return () => value;
    }
    case 'opaque':
      return variables.get(expr.id) ?? builtins.get(expr.name) ?? unknown;
    case 'list':
      return expr.items.length === 1 ? inner(expr.items[0]!) : unknown;
    case 'cast':
      return cast(expr.type, inner(expr.operand), types);
    case 'unary':
      return unary(expr.op, inner(expr.operand));
    case 'binary':
      return binary(expr, inner(expr.left), inner(expr.right), types);
    case 'conditional': {
      const [condition, then, otherwise] = [inner(expr.condition), inner(expr.then), inner(expr.otherwise)];
      return (x, y, z) => {
        const c = condition(x, y, z);
        return Number.isNaN(c) ? NaN : c !== 0 ? then(x, y, z) : otherwise(x, y, z);
      };
    }
    case 'call':
      return call(expr.callee, expr.args.map(inner));
    default:
      return unknown;
  }
}

function cast(type: string, operand: ThreadValue, types: TypeSizes): ThreadValue {
  const to = types.number(type);
  if (!to) return unknown;
  if (isFloat(to)) return operand;
  if (to === 'bool') return (x, y, z) => truth(operand(x, y, z));
  const bits = Number(to.slice(1));
  const [least, most] = to.startsWith('u') ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  return (x, y, z) => {
    const value = Math.trunc(operand(x, y, z));
    return value >= least && value <= most ? value : NaN;
  };
}

function truth(value: number): number {
  return Number.isNaN(value) ? NaN : value !== 0 ? 1 : 0;
}

function unary(op: string, operand: ThreadValue): ThreadValue {
  switch (op) {
    case '+':
      return operand;
    case '-':
      return (x, y, z) => -operand(x, y, z);
    case '!':
      return (x, y, z) => 1 - truth(operand(x, y, z));
    default:
      return unknown;
  }
}

const comparisons: Record<string, (a: number, b: number) => boolean> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

const bitwise: Record<string, (a: bigint, b: bigint) => bigint> = {
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '<<': (a, b) => (b < 64n ? a << b : 0n),
  '>>': (a, b) => a >> b,
};

function binary(
  { op, left, right }: Extract<Expr, { kind: 'binary' }>,
  a: ThreadValue,
  b: ThreadValue,
  types: TypeSizes,
): ThreadValue {
  if (op === '&&' || op === '||') {
    const decisive = op === '||' ? 1 : 0;
    return (x, y, z) => {
      const [p, q] = [truth(a(x, y, z)), truth(b(x, y, z))];
      if (p === decisive || q === decisive) return decisive;
      return Number.isNaN(p) || Number.isNaN(q) ? NaN : 1 - decisive;
    };
  }
  const compare = comparisons[op];
  if (compare) {
    return (x, y, z) => {
      const [p, q] = [a(x, y, z), b(x, y, z)];
      return Number.isNaN(p) || Number.isNaN(q) ? NaN : compare(p, q) ? 1 : 0;
    };
  }
  const type = arithmeticType({ kind: 'binary', op, left, right }, types);
  if (!type) return unknown;
  const float = isFloat(type);
  const unsigned = type.startsWith('u');
  const bits = bitwise[op];
  return (x, y, z) => {
    const [p, q] = [a(x, y, z), b(x, y, z)];
    if (Number.isNaN(p) || Number.isNaN(q)) return NaN;
    let value: number;
    if (bits) value = p < 0 || q < 0 || float ? NaN : Number(bits(BigInt(p), BigInt(q)));
    else value = arithmetic(op, p, q, float);
    // Unsigned values wrap below zero, and signed ones must not overflow: neither is followed.
    return (unsigned && value < 0) || Math.abs(value) > 2 ** 52 ? NaN : value;
  };
}

function arithmetic(op: string, a: number, b: number, float: boolean): number {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? NaN : float ? a / b : Math.trunc(a / b);
    case '%':
      return b === 0 || float ? NaN : a % b;
    default:
      return NaN;
  }
}

function call(callee: string, args: readonly ThreadValue[]): ThreadValue {
  const name = callee.replace(/^(?:::)?(?:std::)?/, '').replace(/<.*$/, '');
  const [a, b] = args;
  if (!a || !b || args.length !== 2) return unknown;
  if (name === 'min') return (x, y, z) => Math.min(a(x, y, z), b(x, y, z));
  if (name === 'max') return (x, y, z) => Math.max(a(x, y, z), b(x, y, z));
  if (/^__u?mul24$/.test(name)) return (x, y, z) => a(x, y, z) * b(x, y, z);
  return unknown;
}
