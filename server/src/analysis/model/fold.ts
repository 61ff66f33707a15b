/** Folds expressions whose names are resolved. */
import type { Expr } from './expression';
import { binary, convert, isFloat, promote, type Folded, type NumberType, type Value } from './numbers';

/** Names under which projects keep a division that rounds up; only where the file itself defines none. */
export const ceilDivisionName =
  /^(?:\w+::)*(?:i?div_?(?:round_?)?up|ceil_?div(?:ide)?|div_?ceil|cdiv|divide_?round_?up|round_?up_?div|int_?div_?up)$/i;

export function fold(
  expr: Expr,
  numberType: (name: string) => NumberType | undefined,
  memo: Map<Expr, Folded>,
): Folded {
  if (expr.kind === 'number') return { ok: expr.value };
  if (expr.kind === 'opaque') return { why: expr.why };
  const known = memo.get(expr);
  if (known) return known;
  const result = compute(expr, (inner) => fold(inner, numberType, memo), numberType);
  memo.set(expr, result);
  return result;
}

function compute(
  expr: Expr,
  inner: (expr: Expr) => Folded,
  numberType: (name: string) => NumberType | undefined,
): Folded {
  switch (expr.kind) {
    case 'number':
      return { ok: expr.value };
    case 'opaque':
      return { why: expr.why };
    case 'name':
      return { why: `'${expr.name}' is not defined in this file` };
    case 'unary':
      return unary(expr.op, inner(expr.operand));
    case 'binary':
      return binaryOperation(expr.op, inner(expr.left), inner(expr.right));
    case 'conditional': {
      const condition = inner(expr.condition);
      if ('why' in condition) return condition;
      return inner(Number(condition.ok.value) !== 0 ? expr.then : expr.otherwise);
    }
    case 'cast': {
      const type = numberType(expr.type);
      const operand = inner(expr.operand);
      if ('why' in operand) return operand;
      return type ? { ok: convert(operand.ok, type) } : { why: `has the type ${expr.type}` };
    }
    case 'call':
      return call(expr.callee, expr.args.map(inner));
    case 'list':
      return expr.items.length === 1 && expr.type === '' ? inner(expr.items[0]!) : { why: 'is not a number' };
    case 'sizeof':
      return { why: 'the size is not known' };
    case 'member':
      return { why: `member '${expr.name}' is not known` };
    case 'index':
      return { why: 'is an element of an array' };
  }
}

function binaryOperation(op: string, left: Folded, right: Folded): Folded {
  // One side may decide alone.
  if (op === '&&' || op === '||') {
    for (const side of [left, right]) {
      if ('ok' in side && (Number(side.ok.value) !== 0) === (op === '||')) {
        return { ok: { type: 'bool', value: op === '||' ? 1n : 0n } };
      }
    }
  }
  if ('why' in left) return left;
  if ('why' in right) return right;
  return binary(op, left.ok, right.ok);
}

function unary(op: string, operand: Folded): Folded {
  if ('why' in operand) return operand;
  const { type, value } = operand.ok;
  if (op === '!') return { ok: { type: 'bool', value: Number(value) === 0 ? 1n : 0n } };
  const promoted = convert(operand.ok, promote(type));
  if (op === '+') return { ok: promoted };
  if (op === '-') {
    const negative = typeof promoted.value === 'bigint' ? -promoted.value : -promoted.value;
    return { ok: convert({ type: promoted.type, value: negative }, promoted.type) };
  }
  if (op === '~' && typeof promoted.value === 'bigint') {
    return { ok: convert({ type: promoted.type, value: ~promoted.value }, promoted.type) };
  }
  return { why: op === '*' ? 'reads memory' : op === '&' ? 'is an address' : `'${op}' is not folded` };
}

const floatFunctions: Record<string, (x: number) => number> = {
  ceil: Math.ceil,
  floor: Math.floor,
  round: (x) => Math.sign(x) * Math.round(Math.abs(x)),
  trunc: Math.trunc,
  sqrt: Math.sqrt,
  cbrt: Math.cbrt,
  log2: Math.log2,
  log: Math.log,
  log10: Math.log10,
  exp2: (x) => 2 ** x,
  fabs: Math.abs,
};

function call(callee: string, args: readonly Folded[]): Folded {
  const values: Value[] = [];
  for (const arg of args) {
    if ('why' in arg) return arg;
    values.push(arg.ok);
  }
  if (callee === '.size') return { why: 'the number of elements is not known' };
  const plain = callee.replace(/^(?:std|thrust|cuda|cuda::std)?::/, '').replace(/^std::/, '');
  const [a, b] = values;
  if (a && b && values.length === 2) {
    if (/^(f?min|f?max)f?$/i.test(plain)) {
      const type = isFloat(a.type) || isFloat(b.type) ? 'f64' : a.type === b.type ? a.type : 'i64';
      const smaller = Number(a.value) <= Number(b.value);
      return { ok: convert(/min/i.test(plain) === smaller ? a : b, type) };
    }
    if (plain === 'size') return { why: 'the number of elements is not known' };
    if (/^powf?$/.test(plain)) return finite(Number(a.value) ** Number(b.value), plain);
    if (ceilDivisionName.test(callee)) return ceilDivision(a, b);
  }
  if (a && b && values.length === 3 && plain === 'clamp') {
    const high = values[2]!;
    if (a.type === b.type && a.type === high.type)
      return { ok: a.value < b.value ? b : a.value > high.value ? high : a };
  }
  if (a && values.length === 1) {
    if (plain === 'abs' && typeof a.value === 'bigint')
      return { ok: { type: a.type, value: a.value < 0n ? -a.value : a.value } };
    const name = plain === 'abs' ? 'fabs' : plain;
    const run = floatFunctions[name] ?? floatFunctions[name.replace(/f$/, '')];
    if (run) return finite(run(Number(a.value)), name);
  }
  return { why: `'${callee}' is not defined in this file` };
}

function ceilDivision(a: Value, b: Value): Folded {
  if (typeof a.value !== 'bigint' || typeof b.value !== 'bigint' || b.value <= 0n || a.value < 0n) {
    return { why: 'divides what is not a positive integer' };
  }
  return { ok: { type: a.type, value: (a.value + b.value - 1n) / b.value } };
}

function finite(value: number, name: string): Folded {
  if (!Number.isFinite(value)) return { why: 'the result is not finite' };
  return { ok: { type: /f$/.test(name) ? 'f32' : 'f64', value } };
}
