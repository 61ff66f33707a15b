/** Bounds of integer expressions. A value that is known is an interval of one number. Pure. */
import type { Expr } from '../../analysis/model/expression';
import { ceilDivisionName } from '../../analysis/model/fold';
import { elementOf, isFloating, scalarOf } from './elements';

export interface Interval {
  readonly lo: number;
  readonly hi: number;
  /** Division keeps its fraction. */
  readonly float?: boolean;
}

export interface Scope {
  /** `N`, `threadIdx.x`, `grid.y`. */
  lookup(name: string): Interval | undefined;
  /** What every element of an array of this name lies between. */
  element?(name: string): Interval | undefined;
}

export function point(value: number, float = false): Interval {
  return float ? { lo: value, hi: value, float } : { lo: value, hi: value };
}

export function isPoint(interval: Interval | undefined): interval is Interval {
  return interval !== undefined && interval.lo === interval.hi;
}

export function hull(intervals: readonly (Interval | undefined)[]): Interval | undefined {
  let result: Interval | undefined;
  for (const next of intervals) {
    if (next === undefined) return undefined;
    result = result === undefined ? next : spanning([result.lo, result.hi, next.lo, next.hi], isFloat(result, next));
  }
  return result;
}

/** Undefined where no bound is known. */
export function bound(expr: Expr, scope: Scope): Interval | undefined {
  switch (expr.kind) {
    case 'number': {
      const { type, value } = expr.value;
      return point(Number(value), type === 'f32' || type === 'f64');
    }
    case 'name':
      return scope.lookup(expr.name);
    case 'member': {
      const name = memberName(expr);
      return name === undefined ? undefined : scope.lookup(name);
    }
    case 'opaque':
      return scope.lookup(expr.name);
    case 'unary':
      return unary(expr.op, bound(expr.operand, scope));
    case 'binary':
      return binary(expr.op, bound(expr.left, scope), bound(expr.right, scope));
    case 'conditional': {
      const condition = bound(expr.condition, scope);
      if (isPoint(condition)) return bound(condition.lo === 0 ? expr.otherwise : expr.then, scope);
      return hull([bound(expr.then, scope), bound(expr.otherwise, scope)]);
    }
    case 'cast':
      return cast(expr.type, bound(expr.operand, scope));
    case 'call':
      return call(
        expr.callee,
        expr.args.map((argument) => bound(argument, scope)),
      );
    case 'sizeof': {
      const element = expr.type === undefined ? undefined : sizeOfType(expr.type);
      return element === undefined ? undefined : point(element);
    }
    case 'list':
      return expr.items.length === 1 && expr.items[0] !== undefined ? bound(expr.items[0], scope) : undefined;
    case 'index': {
      const name = memberName(expr.object);
      if (name === undefined) return undefined;
      const index = bound(expr.index, scope);
      return (isPoint(index) ? scope.lookup(`${name}[${index.lo}]`) : undefined) ?? scope.element?.(name);
    }
  }
}

export function memberName(expr: Expr): string | undefined {
  if (expr.kind === 'name') return expr.name;
  if (expr.kind !== 'member') return undefined;
  const object = memberName(expr.object);
  return object === undefined ? undefined : `${object}.${expr.name}`;
}

function sizeOfType(type: string): number | undefined {
  return type.includes('*') ? 8 : elementOf(type)?.bytes;
}

function isFloat(a: Interval, b: Interval): boolean {
  return a.float === true || b.float === true;
}

function spanning(values: readonly number[], float: boolean): Interval | undefined {
  if (values.some((value) => Number.isNaN(value))) return undefined;
  const [lo, hi] = [Math.min(...values), Math.max(...values)];
  return float ? { lo, hi, float } : { lo, hi };
}

function unary(op: string, operand: Interval | undefined): Interval | undefined {
  if (operand === undefined) return undefined;
  if (op === '-') return spanning([-operand.lo, -operand.hi], operand.float === true);
  if (op === '+') return operand;
  if (op === '!') return isPoint(operand) ? point(operand.lo === 0 ? 1 : 0) : { lo: 0, hi: 1 };
  if (op === '~') return { lo: -operand.hi - 1, hi: -operand.lo - 1 };
  return undefined;
}

function binary(op: string, a: Interval | undefined, b: Interval | undefined): Interval | undefined {
  // What a mask or a remainder leaves is bounded whatever goes in.
  if (op === '%' && a === undefined && isPoint(b) && b.lo > 0) return { lo: 0, hi: b.lo - 1 };
  if (op === '&' && (a === undefined || b === undefined)) {
    const mask = isPoint(a) ? a : isPoint(b) ? b : undefined;
    return mask !== undefined && mask.lo >= 0 ? { lo: 0, hi: mask.lo } : undefined;
  }
  if (a === undefined || b === undefined) return undefined;
  const float = isFloat(a, b);
  const corners = (compute: (x: number, y: number) => number) =>
    spanning([compute(a.lo, b.lo), compute(a.lo, b.hi), compute(a.hi, b.lo), compute(a.hi, b.hi)], float);
  switch (op) {
    case '+':
      return spanning([a.lo + b.lo, a.hi + b.hi], float);
    case '-':
      return spanning([a.lo - b.hi, a.hi - b.lo], float);
    case '*':
      return corners((x, y) => x * y);
    case '/':
      if (b.lo <= 0 && b.hi >= 0) return undefined;
      return corners((x, y) => (float ? x / y : Math.trunc(x / y)));
    case '%':
      if (b.lo <= 0) return undefined;
      if (isPoint(a) && isPoint(b)) return point(a.lo % b.lo);
      return { lo: a.lo < 0 ? 1 - b.hi : 0, hi: Math.min(Math.max(a.hi, 0), b.hi - 1) };
    case '<<':
      return corners((x, y) => x * 2 ** y);
    case '>>':
      return corners((x, y) => Math.floor(x / 2 ** y));
    case '&':
    case '|':
    case '^':
      return bits(op, a, b);
    default:
      return comparison(op, a, b);
  }
}

function bits(op: string, a: Interval, b: Interval): Interval | undefined {
  if (isPoint(a) && isPoint(b)) {
    const [x, y] = [BigInt(Math.trunc(a.lo)), BigInt(Math.trunc(b.lo))];
    return point(Number(op === '&' ? x & y : op === '|' ? x | y : x ^ y));
  }
  if (op === '&') {
    // A negative mask such as ~31 rounds down.
    const largest = Math.min(a.hi, b.hi < 0 ? a.hi : b.hi);
    return a.lo >= 0 || b.lo >= 0 ? { lo: 0, hi: Math.max(largest, 0) } : undefined;
  }
  if (a.lo < 0 || b.lo < 0) return undefined;
  return { lo: 0, hi: 2 ** Math.ceil(Math.log2(Math.max(a.hi, b.hi) + 1)) - 1 };
}

const comparisons: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  '<': (x, y) => x < y,
  '<=': (x, y) => x <= y,
  '>': (x, y) => x > y,
  '>=': (x, y) => x >= y,
  '==': (x, y) => x === y,
  '!=': (x, y) => x !== y,
  '&&': (x, y) => x !== 0 && y !== 0,
  '||': (x, y) => x !== 0 || y !== 0,
};

function comparison(op: string, a: Interval, b: Interval): Interval | undefined {
  const compare = comparisons[op];
  if (compare === undefined) return undefined;
  return isPoint(a) && isPoint(b) ? point(compare(a.lo, b.lo) ? 1 : 0) : { lo: 0, hi: 1 };
}

function cast(type: string, operand: Interval | undefined): Interval | undefined {
  if (operand === undefined || type.includes('*')) return operand;
  const scalar = scalarOf(type);
  if (scalar === undefined) return operand;
  if (isFloating(scalar)) return { ...operand, float: true };
  return { lo: Math.trunc(operand.lo), hi: Math.trunc(operand.hi) };
}

function call(callee: string, args: readonly (Interval | undefined)[]): Interval | undefined {
  const name = callee.replace(/^.*::/, '');
  const [a, b] = args;
  if (ceilDivisionName.test(name) && isKnown(a) && isKnown(b) && b.lo > 0) {
    return { lo: Math.ceil(a.lo / b.hi), hi: Math.ceil(a.hi / b.lo) };
  }
  const map = (compute: (value: number) => number, float = true) =>
    a === undefined ? undefined : spanning([compute(a.lo), compute(a.hi)], float);
  switch (name) {
    case 'ceil':
    case 'ceilf':
      return map(Math.ceil);
    case 'floor':
    case 'floorf':
      return map(Math.floor);
    case 'sqrt':
    case 'sqrtf':
      return map(Math.sqrt);
    case 'log2':
    case 'log2f':
      return map(Math.log2);
    case 'abs':
    case 'fabs':
    case 'fabsf':
      return a === undefined ? undefined : { lo: 0, hi: Math.max(Math.abs(a.lo), Math.abs(a.hi)) };
    case 'min':
    case 'umin':
    case 'fmin':
    case 'fminf':
      // Clamping bounds what is not known.
      if (a === undefined || b === undefined) {
        const known = a ?? b;
        return known === undefined ? undefined : { lo: Math.min(0, known.lo), hi: known.hi };
      }
      return spanning([Math.min(a.lo, b.lo), Math.min(a.hi, b.hi)], isFloat(a, b));
    case 'max':
    case 'umax':
    case 'fmax':
    case 'fmaxf':
      return isKnown(a) && isKnown(b)
        ? spanning([Math.max(a.lo, b.lo), Math.max(a.hi, b.hi)], isFloat(a, b))
        : undefined;
    case 'pow':
    case 'powf':
    case 'exp2':
      return isPoint(a) && isPoint(b) ? point(a.lo ** b.lo, true) : undefined;
    case '__mul24':
    case '__umul24':
      return binary('*', a, b);
    case '__ldg':
    case '__fdividef':
      return undefined;
    default:
      return undefined;
  }
}

function isKnown(interval: Interval | undefined): interval is Interval {
  return interval !== undefined;
}
