/** C's arithmetic types and conversions, for folding. Widths as on 64-bit Linux: int 32, long 64. */

export type NumberType = 'bool' | 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64' | 'f32' | 'f64';

export interface Value {
  readonly type: NumberType;
  readonly value: bigint | number;
}

export type Folded = { readonly ok: Value } | { readonly why: string };

const integerBits: Partial<Record<NumberType, { bits: number; signed: boolean }>> = {
  i8: { bits: 8, signed: true },
  u8: { bits: 8, signed: false },
  i16: { bits: 16, signed: true },
  u16: { bits: 16, signed: false },
  i32: { bits: 32, signed: true },
  u32: { bits: 32, signed: false },
  i64: { bits: 64, signed: true },
  u64: { bits: 64, signed: false },
};

export const isFloat = (type: NumberType): boolean => type === 'f32' || type === 'f64';

export function convert({ value }: Value, to: NumberType): Value {
  if (to === 'f64') return { type: to, value: Number(value) };
  if (to === 'f32') return { type: to, value: Math.fround(Number(value)) };
  if (to === 'bool') return { type: to, value: Number(value) !== 0 ? 1n : 0n };
  const { bits, signed } = integerBits[to]!;
  const whole = typeof value === 'bigint' ? value : BigInt(Number.isFinite(value) ? Math.trunc(value) : 0);
  return { type: to, value: signed ? BigInt.asIntN(bits, whole) : BigInt.asUintN(bits, whole) };
}

/** The usual arithmetic conversions. */
export function commonType(a: NumberType, b: NumberType): NumberType {
  if (a === 'f64' || b === 'f64') return 'f64';
  if (a === 'f32' || b === 'f32') return 'f32';
  const [x, y] = [promote(a), promote(b)];
  for (const type of ['u64', 'i64', 'u32'] as const) if (x === type || y === type) return type;
  return 'i32';
}

export function promote(type: NumberType): NumberType {
  return /^(bool|i8|u8|i16|u16)$/.test(type) ? 'i32' : type;
}

function fits(value: bigint, type: NumberType): boolean {
  const { bits, signed } = integerBits[type]!;
  return !signed || BigInt.asIntN(bits, value) === value;
}

export function binary(op: string, a: Value, b: Value): Folded {
  if (op === '&&') return bool(Number(a.value) !== 0 && Number(b.value) !== 0);
  if (op === '||') return bool(Number(a.value) !== 0 || Number(b.value) !== 0);
  const shift = op === '<<' || op === '>>';
  const type = shift ? promote(a.type) : commonType(a.type, b.type);
  const x = convert(a, type);
  const y = shift ? b : convert(b, type);
  if (isFloat(type) || typeof x.value === 'number' || typeof y.value === 'number') return floating(op, x, y, type);
  return integral(op, x.value, y.value, type);
}

function bool(value: boolean): Folded {
  return { ok: { type: 'bool', value: value ? 1n : 0n } };
}

function compare(op: string, a: bigint | number, b: bigint | number): Folded | undefined {
  switch (op) {
    case '<':
      return bool(a < b);
    case '>':
      return bool(a > b);
    case '<=':
      return bool(a <= b);
    case '>=':
      return bool(a >= b);
    case '==':
      return bool(a === b);
    case '!=':
      return bool(a !== b);
    default:
      return undefined;
  }
}

function floating(op: string, a: Value, b: Value, type: NumberType): Folded {
  const [x, y] = [Number(a.value), Number(b.value)];
  const comparison = compare(op, x, y);
  if (comparison) return comparison;
  const results: Record<string, number> = { '+': x + y, '-': x - y, '*': x * y, '/': x / y };
  const result = results[op];
  if (result === undefined) return { why: `'${op}' has no meaning for floating point` };
  if (!Number.isFinite(result)) return { why: 'the result is not finite' };
  return { ok: convert({ type: 'f64', value: result }, type) };
}

function integral(op: string, x: bigint, y: bigint, type: NumberType): Folded {
  const comparison = compare(op, x, y);
  if (comparison) return comparison;
  let result: bigint;
  switch (op) {
    case '+':
      result = x + y;
      break;
    case '-':
      result = x - y;
      break;
    case '*':
      result = x * y;
      break;
    case '/':
    case '%':
      if (y === 0n) return { why: 'divides by zero' };
      result = op === '/' ? x / y : x % y;
      break;
    case '&':
      result = x & y;
      break;
    case '|':
      result = x | y;
      break;
    case '^':
      result = x ^ y;
      break;
    case '<<':
    case '>>':
      if (y < 0n || y >= 64n) return { why: 'shifts by more than the width' };
      result = op === '<<' ? x << y : x >> y;
      break;
    default:
      return { why: `'${op}' is not folded` };
  }
  if (!fits(result, type)) return { why: 'overflows' };
  return { ok: convert({ type, value: result }, type) };
}

/** `0x10u`, `1'000`, `1e6`, `2.f`, `5LL`. */
export function parseNumber(text: string): Value | undefined {
  const plain = text.replace(/'/g, '');
  const integer = /^(0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9]\d*)([uUlLzZ]*)$/.exec(plain);
  if (integer) {
    const digits = integer[1]!;
    const octal = /^0[0-7]+$/.test(digits);
    const value = BigInt(octal ? `0o${digits.slice(1)}` : digits);
    return { type: literalType(value, integer[2]!.toLowerCase(), !/^[1-9]|^0$/.test(digits)), value };
  }
  const float = /^((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([fFlL]?)$/.exec(plain);
  if (!float) return undefined;
  const value = Number(float[1]);
  return float[2]!.toLowerCase() === 'f' ? { type: 'f32', value: Math.fround(value) } : { type: 'f64', value };
}

function literalType(value: bigint, suffix: string, mayBeUnsigned: boolean): NumberType {
  const unsigned = suffix.includes('u');
  const long = /[lz]/.test(suffix);
  const candidates: NumberType[] = unsigned
    ? ['u32', 'u64']
    : mayBeUnsigned
      ? ['i32', 'u32', 'i64', 'u64']
      : ['i32', 'i64', 'u64'];
  return (
    candidates.find((type) => (!long || /64/.test(type)) && convert({ type, value }, type).value === value) ?? 'u64'
  );
}
