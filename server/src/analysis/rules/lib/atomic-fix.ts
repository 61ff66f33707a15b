/** Quick fix that makes an update of memory atomic. */
import type { SyntaxNode } from '../../parse';
import type { Analysis } from '../../model/build';
import { msg, type Fix } from '../rule';
import type { Place } from './places';

const functions: Record<string, string> = {
  '+': 'atomicAdd',
  '-': 'atomicSub',
  max: 'atomicMax',
  min: 'atomicMin',
  '|': 'atomicOr',
  '&': 'atomicAnd',
  '^': 'atomicXor',
};
/** What each function takes; of the floating types only atomicAdd has overloads. */
const integers = /^(?:i32|u32)$/;
const summands = /^(?:i32|u32|u64|f32|f64)$/;

export interface Updated {
  readonly node: SyntaxNode;
  readonly place: Place;
  readonly operator: string;
  readonly value: SyntaxNode | undefined;
}

/** `atomicAdd(&p, v)` in place of `p += v`, where the statement does nothing else and the type has such a function. */
export function atomicFix({ node, place, operator, value }: Updated, { evaluator }: Analysis): Fix[] {
  const { base, pointers, arrays } = place.variable.type;
  const depth = pointers + arrays;
  const type = depth <= Math.max(1, place.indices.length) ? evaluator.types.number(base) : undefined;
  const name = functions[operator];
  if (!type || name === undefined || node.parent?.type !== 'expression_statement') return [];
  if (place.node.type === 'field_expression') return [];
  const amount = value ? amountOf(value) : '1';
  const negated = operator === '-' && !integers.test(type);
  if (negated ? !summands.test(type) : !(operator === '+' ? summands : integers).test(type)) return [];
  const call = negated
    ? `atomicAdd(${address(place.node)}, -${/^[\w.]+$/.test(amount) ? amount : `(${amount})`})`
    : `${name}(${address(place.node)}, ${amount})`;
  return [{ title: msg("Use '{0}'", call), edits: [{ span: node.span, newText: call }], preferred: true }];
}

/** One line, without the parentheses around it. */
function amountOf(value: SyntaxNode): string {
  return value.text.replace(/\s*\n\s*/g, ' ');
}

/** `p` of `*p`, `&a[i]` of all others. */
function address(node: SyntaxNode): string {
  const pointer = node.type === 'pointer_expression' ? node.child('argument')! : undefined;
  return pointer ? pointer.text.replace(/^\(([\s\S]*)\)$/, '$1') : `&${node.text}`;
}
