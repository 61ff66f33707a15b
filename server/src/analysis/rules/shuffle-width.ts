import type { Evaluator } from '../model/evaluator';
import type { FunctionFacts } from '../model/facts';
import type { SyntaxNode } from '../parse';
import { isDevice, perFunction } from './lib/per-function';
import { integerAt, warpCalls, type WarpCall } from './lib/warp-calls';
import { msg, type Report, type Rule } from './rule';

const warpSize = 32n;

/** The width of a shuffle has to be a power of two of at most 32; a distance of the width or more gives each lane its own value back. */
export const shuffleWidth: Rule = {
  id: 'shuffle-width',
  severity: 'error',
  summary: 'A shuffle has a width or a distance that a warp does not have.',
  run: perFunction(isDevice, (fn, { evaluator }) =>
    warpCalls(fn).flatMap((call) => (/^__shfl/.test(call.name) ? check(call, fn, evaluator) : [])),
  ),
};

function check({ name, arguments: args }: WarpCall, fn: FunctionFacts, evaluator: Evaluator): Report[] {
  const [, , by, width] = args;
  const size = width ? integerAt(width, fn, evaluator) : warpSize;
  if (size === undefined) return [];
  if (width && (size < 1n || size > warpSize || (size & (size - 1n)) !== 0n)) {
    const message = msg('the width of {0}() is {1}: it must be a power of two from 1 to 32', name, String(size));
    return [{ span: width.span, message }];
  }
  if (!by || name === '__shfl_sync') return [];
  const distance = integerAt(by, fn, evaluator) ?? firstOf(by, fn, evaluator);
  if (distance === undefined || distance < size) return [];
  const message = msg(
    'a distance of {0} reaches past the {1} lanes of {2}(): each lane gets its own value back',
    String(distance),
    String(size),
    name,
  );
  return [{ span: by.span, message }];
}

/** The value a loop starts its counter with: `for (int offset = 32; offset > 0; offset /= 2)`. */
function firstOf(by: SyntaxNode, fn: FunctionFacts, evaluator: Evaluator): bigint | undefined {
  if (by.type !== 'identifier') return undefined;
  for (const outer of by.upwards()) {
    if (outer === fn.body) return undefined;
    if (outer.type !== 'for_statement') continue;
    const first = outer.child('initializer')?.first('init_declarator');
    if (first?.child('declarator')?.text !== by.text) continue;
    const value = first.child('value');
    const falls = /^(?:>>|\/|-)=$/.test(outer.child('update')?.child('operator')?.text ?? '');
    if (!value || !falls) return undefined;
    return value.text === 'warpSize' ? warpSize : integerAt(value, fn, evaluator);
  }
  return undefined;
}
