import type { SyntaxNode } from '../parse';
import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { FunctionFacts } from '../model/facts';
import { floatType } from './lib/float-type';
import { isDevice, perFunction } from './lib/per-function';
import { msg, type Report, type Rule } from './rule';

/** `0.5` is a double: a float beside it is widened, and the operation runs at the rate of doubles. */
export const doubleLiteralInFloat: Rule = {
  id: 'double-literal-in-float',
  severity: 'information',
  optIn: true,
  summary: 'A literal without f makes arithmetic on floats double precision.',
  run: perFunction(isDevice, check),
};

const double = /^(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d+)?$/;

function check(fn: FunctionFacts, analysis: Analysis): Report[] {
  return bodyOf(fn)
    .of('number_literal')
    .flatMap((node): Report[] => {
      if (!double.test(node.text) || !beside(node, fn, analysis)) return [];
      const newText = `${node.text}f`;
      return [
        {
          span: node.span,
          message: msg('{0} is a double: the float beside it is computed with in double precision', node.text),
          fixes: [
            {
              title: msg("Use '{0}'", newText),
              edits: [{ span: { start: node.span.end, end: node.span.end }, newText: 'f' }],
              preferred: true,
            },
          ],
        },
      ];
    });
}

/** The other operand is a float, and nothing in it a double. */
function beside(literal: SyntaxNode, fn: FunctionFacts, analysis: Analysis): boolean {
  let node = literal;
  while (node.parent?.type === 'unary_expression' || node.parent?.type === 'parenthesized_expression')
    node = node.parent;
  const outer = node.parent;
  const op = outer?.child('operator')?.text ?? '';
  const binary = outer?.type === 'binary_expression' && /^(?:[-+*/]|[<>]=?|[!=]=)$/.test(op);
  const compound = outer?.type === 'assignment_expression' && /^[-+*/]=$/.test(op);
  if (!outer || !(binary || compound)) return false;
  const other = outer.child(node.field === 'left' ? 'right' : 'left');
  return other !== undefined && floatType(other, fn, analysis) === 'float';
}
