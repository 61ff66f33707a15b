import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { FunctionFacts } from '../model/facts';
import { isFloat } from '../model/numbers';
import { Symbolic } from '../model/symbolic';
import type { SyntaxNode } from '../parse';
import { unparenthesized } from '../parse/node';
import { arithmeticType } from './lib/arithmetic-type';
import { isMultiple } from './lib/grid-form';
import { perFunction } from './lib/per-function';
import { roundedUp } from './lib/round-up';
import { msg, type Report, type Rule } from './rule';

/** `ceil(n / 256)` on integers: the division has rounded down before `ceil` sees anything, so the last block is missing. */
export const ceilOfIntegerDivision: Rule = {
  id: 'ceil-of-integer-division',
  severity: 'error',
  summary: '`ceil` is given the result of an integer division, which is rounded down already.',
  run: perFunction(() => true, check),
};

function check(fn: FunctionFacts, { evaluator }: Analysis): Report[] {
  const symbolic = new Symbolic(evaluator);
  return bodyOf(fn)
    .of('call_expression')
    .flatMap((call): Report[] => {
      if (!/^(?:::)?(?:std::)?ceilf?$/.test(call.child('function')?.text ?? '')) return [];
      const args = call.child('arguments')?.children ?? [];
      const division = args.length === 1 ? withoutCasts(args[0]!) : undefined;
      const [left, right] = [division?.child('left'), division?.child('right')];
      if (!division || !left || !right || division.child('operator')?.text !== '/') return [];
      const [count, divisor] = [left, right].map((node) =>
        evaluator.resolveText(node.text, { at: node, function: fn }),
      );
      const types = [count!, divisor!].map((expr) => arithmeticType(expr, evaluator.types));
      if (types.some((type) => type === undefined || isFloat(type))) return [];
      // Exact, or rounded up by hand.
      if (
        isMultiple(count!, divisor!, symbolic) ||
        symbolic.ceilDivision({ kind: 'binary', op: '/', left: count!, right: divisor! })
      )
        return [];
      const newText = roundedUp(division);
      const message = msg("'{0}' divides integers and rounds down before ceil sees it", division.text);
      const fixes = [{ title: msg('Round up: {0}', newText), edits: [{ span: call.span, newText }], preferred: true }];
      return [{ span: call.span, message, fixes }];
    });
}

function withoutCasts(node: SyntaxNode): SyntaxNode {
  let inner = unparenthesized(node);
  for (;;) {
    const next = castOperand(inner);
    if (!next) return inner;
    inner = unparenthesized(next);
  }
}

function castOperand(node: SyntaxNode): SyntaxNode | undefined {
  if (node.type === 'cast_expression') return node.child('value');
  const callee = node.type === 'call_expression' ? node.child('function') : undefined;
  const args = node.child('arguments')?.children ?? [];
  if (args.length !== 1 || !callee) return undefined;
  const isCast = callee.type === 'primitive_type' || /^static_cast\s*</.test(callee.text);
  return isCast ? args[0] : undefined;
}
