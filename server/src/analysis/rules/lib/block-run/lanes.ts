/** Values of an expression in every thread of a block at once. NaN is a value that is not known, Infinity one that is large: a size. */
export type Lanes = Float64Array;

/** For each thread: 0 is not here, 1 is here, 2 may be here. */
export type Mask = Uint8Array;

export function fill(count: number, value: number): Lanes {
  return new Float64Array(count).fill(value);
}

export function map(a: Lanes, f: (x: number) => number): Lanes {
  const result = new Float64Array(a.length);
  for (let t = 0; t < a.length; t++) result[t] = f(a[t]!);
  return result;
}

export function zip(a: Lanes, b: Lanes, f: (x: number, y: number) => number): Lanes {
  const result = new Float64Array(a.length);
  for (let t = 0; t < a.length; t++) result[t] = f(a[t]!, b[t]!);
  return result;
}

/** 1, 0, or NaN where it cannot be said. A size may be anything but small. */
export function truth(value: number): number {
  return Number.isFinite(value) ? (value === 0 ? 0 : 1) : NaN;
}

function compare(test: (x: number, y: number) => boolean): (x: number, y: number) => number {
  return (x, y) => (Number.isNaN(x) || Number.isNaN(y) || (x === y && !Number.isFinite(x)) ? NaN : test(x, y) ? 1 : 0);
}

function equal(same: 0 | 1): (x: number, y: number) => number {
  return (x, y) => (Number.isFinite(x) && Number.isFinite(y) ? (x === y ? same : 1 - same) : NaN);
}

function bits(f: (x: number, y: number) => number): (x: number, y: number) => number {
  return (x, y) => (Number.isInteger(x) && Number.isInteger(y) ? f(x, y) : NaN);
}

/** C's operators on integers. */
export const operators: Readonly<Record<string, (x: number, y: number) => number>> = {
  '+': (x, y) => x + y,
  '-': (x, y) => x - y,
  '*': (x, y) => x * y,
  '/': (x, y) => (y === 0 ? NaN : Math.trunc(x / y)),
  '%': (x, y) => (y === 0 ? NaN : x % y),
  '<<': (x, y) => (y >= 0 && y < 31 ? x * 2 ** y : NaN),
  '>>': (x, y) => (y >= 0 && y < 32 ? Math.floor(x / 2 ** y) : NaN),
  '&': bits((x, y) => x & y),
  '|': bits((x, y) => x | y),
  '^': bits((x, y) => x ^ y),
  '<': compare((x, y) => x < y),
  '>': compare((x, y) => x > y),
  '<=': compare((x, y) => x <= y),
  '>=': compare((x, y) => x >= y),
  '==': equal(1),
  '!=': equal(0),
  '&&': (x, y) => both(truth(x), truth(y)),
  '||': (x, y) => 1 - both(1 - truth(x), 1 - truth(y)),
};

function both(p: number, q: number): number {
  if (p === 0 || q === 0) return 0;
  return p === 1 && q === 1 ? 1 : NaN;
}

export const functions: Readonly<Record<string, (x: number, y: number) => number>> = {
  min: (x, y) => (Number.isNaN(x) || Number.isNaN(y) ? NaN : Math.min(x, y)),
  max: (x, y) => (Number.isNaN(x) || Number.isNaN(y) ? NaN : Math.max(x, y)),
  __mul24: (x, y) => x * y,
  __umul24: (x, y) => x * y,
};

export function unary(op: string, value: number): number {
  switch (op) {
    case '+':
      return value;
    case '-':
      return -value;
    case '!':
      return 1 - truth(value);
    case '~':
      return Number.isInteger(value) ? ~value : NaN;
    default:
      return NaN;
  }
}

/** The threads of `mask` for which the condition holds, or does not. */
export function where(mask: Mask, condition: Lanes, holds: 0 | 1): Mask {
  const result = new Uint8Array(mask.length);
  for (let t = 0; t < mask.length; t++) {
    if (mask[t] === 0) continue;
    const value = truth(condition[t]!);
    result[t] = Number.isNaN(value) ? 2 : value === holds ? mask[t]! : 0;
  }
  return result;
}

export function anyOf(mask: Mask): boolean {
  return mask.includes(1) || mask.includes(2);
}
