/** Values of a directive's expressions: C's arithmetic, exact for integers of any size. Pure. */
import { parseExpression, type Expr } from '../model/expression';
import { msg, type Message } from '../rules/rule';

/** Whole numbers are bigint. */
export type Quantity = bigint | number;

export type Evaluation = { readonly value: Quantity } | { readonly problem: Message };

/** The value of a name; undefined where the name is not known, a problem where its value is not. */
export type Lookup = (name: string) => Evaluation | undefined;

const types = /^(?:float|double|int|unsigned|long|short|char|size_t)$/;

export function evaluate(text: string, lookup: Lookup): Evaluation {
  try {
    const expr = parseExpression(
      text,
      () => undefined,
      (name) => types.test(name),
    );
    return { value: valueOf(expr, lookup) };
  } catch (error) {
    if (error instanceof Unknown) return { problem: error.problem };
    throw error;
  }
}

/** Names that an expression asks for, members with their object: `block.x`. */
export function namesIn(text: string): string[] {
  const names: string[] = [];
  evaluate(text, (name) => {
    names.push(name);
    return { value: 1n };
  });
  return names;
}

class Unknown extends Error {
  constructor(readonly problem: Message) {
    super(problem.text);
  }
}

function fail(problem: Message): never {
  throw new Unknown(problem);
}

function valueOf(expr: Expr, lookup: Lookup): Quantity {
  switch (expr.kind) {
    case 'number':
      return expr.value.value;
    case 'name':
    case 'member':
      return named(expr, lookup);
    case 'opaque':
      return fail(noExpression(expr.why));
    case 'unary':
      return unary(expr.op, valueOf(expr.operand, lookup));
    case 'binary':
      return binary(expr.op, valueOf(expr.left, lookup), () => valueOf(expr.right, lookup));
    case 'conditional':
      return valueOf(isTrue(valueOf(expr.condition, lookup)) ? expr.then : expr.otherwise, lookup);
    case 'cast': {
      const value = valueOf(expr.operand, lookup);
      return /\b(float|double)\b/.test(expr.type) ? Number(value) : whole(value);
    }
    case 'call':
      return call(expr, lookup);
    case 'list':
      return expr.items.length === 1 && expr.items[0]
        ? valueOf(expr.items[0], lookup)
        : fail(msg('Expected one value'));
    case 'sizeof': {
      const bytes = sizes[(expr.type ?? '').replace(/\s+/g, ' ')] ?? sizeofOperand(expr.operand);
      return bytes === undefined ? fail(msg('The size of this type is not known here')) : bytes;
    }
    case 'index':
      return fail(msg('An element of an array has no value before the launch'));
  }
}

/** The parser's reasons are those of any C++; these are what a directive is likely to get wrong. */
function noExpression(why: string): Message {
  if (/^(?:ends too early|is empty)$/.test(why)) return msg('The expression ends too early');
  const wanted = /^expected '(.*)'$/.exec(why)?.[1];
  if (wanted !== undefined) return msg("Expected '{0}'", wanted);
  const token = /^'(.*)' is not understood here$/.exec(why)?.[1];
  return token === undefined
    ? msg('This is no expression')
    : msg("This is no expression: '{0}' does not belong", token);
}

const sizes: Readonly<Record<string, bigint>> = {
  char: 1n,
  bool: 1n,
  half: 2n,
  short: 2n,
  int: 4n,
  unsigned: 4n,
  'unsigned int': 4n,
  float: 4n,
  float2: 8n,
  float4: 16n,
  double: 8n,
  long: 8n,
  'long long': 8n,
  size_t: 8n,
};

function sizeofOperand(operand: Expr | undefined): bigint | undefined {
  return operand?.kind === 'name' ? sizes[operand.name] : undefined;
}

function named(expr: Expr, lookup: Lookup): Quantity {
  const name = memberName(expr);
  if (name === undefined) return fail(msg('Only names and their members have a value here'));
  const found = lookup(name);
  if (found === undefined) return fail(msg("Nothing named '{0}' is known here", name));
  if ('problem' in found) return fail(found.problem);
  return found.value;
}

function memberName(expr: Expr): string | undefined {
  if (expr.kind === 'name') return expr.name;
  if (expr.kind !== 'member') return undefined;
  const object = memberName(expr.object);
  return object === undefined ? undefined : `${object}.${expr.name}`;
}

function isTrue(value: Quantity): boolean {
  return Number(value) !== 0;
}

function whole(value: Quantity): bigint {
  if (typeof value === 'bigint') return value;
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : fail(msg('The value is not finite'));
}

function unary(op: string, value: Quantity): Quantity {
  switch (op) {
    case '-':
      return -value;
    case '+':
      return value;
    case '!':
      return isTrue(value) ? 0n : 1n;
    case '~':
      return ~whole(value);
    default:
      return fail(msg("'{0}' has no meaning here", op));
  }
}

function binary(op: string, a: Quantity, right: () => Quantity): Quantity {
  if (op === '&&') return isTrue(a) && isTrue(right()) ? 1n : 0n;
  if (op === '||') return isTrue(a) || isTrue(right()) ? 1n : 0n;
  const b = right();
  switch (op) {
    case '<':
      return a < b ? 1n : 0n;
    case '>':
      return a > b ? 1n : 0n;
    case '<=':
      return a <= b ? 1n : 0n;
    case '>=':
      return a >= b ? 1n : 0n;
    case '==':
      return Number(a) === Number(b) ? 1n : 0n;
    case '!=':
      return Number(a) === Number(b) ? 0n : 1n;
    default:
      break;
  }
  if (typeof a === 'bigint' && typeof b === 'bigint') return integral(op, a, b);
  const [x, y] = [Number(a), Number(b)];
  const result = { '+': x + y, '-': x - y, '*': x * y, '/': x / y }[op];
  if (result === undefined) return fail(msg("'{0}' needs whole numbers", op));
  return Number.isFinite(result) ? result : fail(msg('The result is not finite'));
}

/** Sizes of arrays and launches stay far below; more would only cost memory. */
const mostBits = 4096n;

function integral(op: string, a: bigint, b: bigint): bigint {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0n ? fail(msg('This divides by zero')) : a / b;
    case '%':
      return b === 0n ? fail(msg('This divides by zero')) : a % b;
    case '<<':
      return b >= 0n && b < mostBits ? a << b : fail(msg('This shifts by {0} bits', String(b)));
    case '>>':
      return b >= 0n && b < mostBits ? a >> b : fail(msg('This shifts by {0} bits', String(b)));
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    default:
      return fail(msg("'{0}' has no meaning here", op));
  }
}

function call({ callee, args }: Extract<Expr, { kind: 'call' }>, lookup: Lookup): Quantity {
  const name = callee.replace(/^.*::/, '');
  const [first, second] = args;
  const values = () => args.map((argument) => valueOf(argument, lookup));
  switch (name) {
    case 'ceil': {
      if (!first || args.length !== 1) return fail(msg('{0} takes one value', 'ceil(a/b)'));
      // A division below ceil is exact, as people mean it.
      if (first.kind === 'binary' && first.op === '/') {
        const [a, b] = [valueOf(first.left, lookup), valueOf(first.right, lookup)];
        if (Number(b) === 0) return fail(msg('This divides by zero'));
        if (typeof a === 'bigint' && typeof b === 'bigint') return ceilDivision(a, b);
        return BigInt(Math.ceil(Number(a) / Number(b)));
      }
      const value = valueOf(first, lookup);
      return typeof value === 'bigint' ? value : BigInt(Math.ceil(value));
    }
    case 'min':
    case 'max': {
      if (args.length < 2) return fail(msg('{0} takes two values or more', name));
      return values().reduce((best, next) => ((name === 'min' ? next < best : next > best) ? next : best));
    }
    case 'floor':
      return first && args.length === 1 ? floor(valueOf(first, lookup)) : fail(msg('{0} takes one value', name));
    case 'sqrt':
    case 'log2':
      return first && args.length === 1
        ? Math[name](Number(valueOf(first, lookup)))
        : fail(msg('{0} takes one value', name));
    case 'pow':
      return first && second
        ? Number(valueOf(first, lookup)) ** Number(valueOf(second, lookup))
        : fail(msg('{0} takes two values or more', name));
    default:
      return fail(msg("There is no function '{0}' here: ceil, floor, min, max, sqrt, log2 and pow are", name));
  }
}

function floor(value: Quantity): bigint {
  return typeof value === 'bigint' ? value : BigInt(Math.floor(value));
}

function ceilDivision(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a > 0n === b > 0n ? quotient + 1n : quotient;
}
