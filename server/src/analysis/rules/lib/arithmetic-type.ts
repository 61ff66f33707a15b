import type { Expr } from '../../model/expression';
import { commonType, promote, type NumberType } from '../../model/numbers';
import type { TypeSizes } from '../../model/types-of';

/** The arithmetic type of a resolved expression, if it is certain. */
export function arithmeticType(expr: Expr, types: TypeSizes, depth = 0): NumberType | undefined {
  if (depth > 20) return undefined;
  const inner = (e: Expr): NumberType | undefined => arithmeticType(e, types, depth + 1);
  switch (expr.kind) {
    case 'number':
      return expr.value.type;
    case 'cast':
      return types.number(expr.type);
    case 'opaque':
      if (/^(?:threadIdx|blockIdx|blockDim|gridDim)\.[xyz]$/.test(expr.name)) return 'u32';
      if (expr.name === 'warpSize') return 'i32';
      return expr.type === undefined ? undefined : types.number(expr.type);
    case 'unary': {
      if (expr.op === '!') return 'bool';
      const type = inner(expr.operand);
      return type && /^[-+~]$/.test(expr.op) ? promote(type) : undefined;
    }
    case 'binary': {
      if (/^(?:&&|\|\||[<>!=]=|[<>])$/.test(expr.op)) return 'bool';
      const left = inner(expr.left);
      if (/^(?:<<|>>)$/.test(expr.op)) return left && promote(left);
      const right = inner(expr.right);
      return left && right && commonType(left, right);
    }
    case 'conditional': {
      const [then, otherwise] = [inner(expr.then), inner(expr.otherwise)];
      return then && otherwise && commonType(then, otherwise);
    }
    case 'sizeof':
      return 'u64';
    case 'list':
      return expr.items.length === 1 ? inner(expr.items[0]!) : undefined;
    default:
      return undefined;
  }
}
