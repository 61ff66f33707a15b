import type { SyntaxNode } from '../parse';
import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { FunctionFacts } from '../model/facts';
import { findVariable } from '../model/reach';
import { floatBase, floatType } from './lib/float-type';
import { perFunction } from './lib/per-function';
import { msg, type Fix, type Report, type Rule } from './rule';

/** `1 / 2` divides integers before the float around it is reached: the result is 0, not 0.5. */
export const integerDivisionInFloat: Rule = {
  id: 'integer-division-in-float',
  severity: 'warning',
  summary: 'A quotient of two integers loses its fraction before it is used as a floating-point number.',
  run: perFunction(() => true, check),
};

const integer = /^\d+$/;
const mathCalls = /^(?:std::)?(?:pow|exp2?|log(?:2|10)?|sqrt|cbrt|sin|cos|tan|tanh|fma|fabs|fmax|fmin)f?$/;

function check(fn: FunctionFacts, analysis: Analysis): Report[] {
  return bodyOf(fn)
    .of('binary_expression')
    .flatMap((node) => {
      const [left, right] = [node.child('left'), node.child('right')];
      if (node.child('operator')?.text !== '/' || !left || !right) return [];
      if (!integer.test(left.text) || !integer.test(right.text) || /^0+$/.test(right.text)) return [];
      const [a, b] = [BigInt(left.text), BigInt(right.text)];
      if (a % b === 0n || !wantsFloat(node, fn, analysis)) return [];
      const message = msg(
        '{0} divides integers: the result is {1}, not {2}',
        node.text,
        String(a / b),
        String(Number((Number(a) / Number(b)).toPrecision(4))),
      );
      return [{ span: node.span, message, fixes: floatFix(left, right, wantsFloat(node, fn, analysis)!) }];
    });
}

/** The floating type that the quotient is used as, next to it. */
function wantsFloat(node: SyntaxNode, fn: FunctionFacts, analysis: Analysis): 'float' | 'double' | undefined {
  let inner = node;
  for (let outer = node.parent; outer; inner = outer, outer = outer.parent) {
    switch (outer.type) {
      case 'parenthesized_expression':
      case 'unary_expression':
        continue;
      case 'binary_expression': {
        if (!/^[-+*/]$/.test(outer.child('operator')?.text ?? '')) return undefined;
        const other = outer.child(inner.field === 'left' ? 'right' : 'left');
        const type = other && floatType(other, fn, analysis);
        if (type) return type;
        continue;
      }
      case 'init_declarator': {
        const variable = findVariable(fn, outer.child('declarator')?.text ?? '', outer);
        return variable && variable.type.pointers + variable.type.arrays === 0
          ? floatBase(variable.type.base, analysis)
          : undefined;
      }
      case 'assignment_expression': {
        const left = outer.child('left');
        return left && inner.field === 'right' ? floatType(left, fn, analysis) : undefined;
      }
      case 'argument_list': {
        const callee = outer.parent?.child('function')?.text ?? '';
        return mathCalls.test(callee) ? (callee.endsWith('f') ? 'float' : 'double') : undefined;
      }
      default:
        return undefined;
    }
  }
  return undefined;
}

function floatFix(left: SyntaxNode, right: SyntaxNode, type: 'float' | 'double'): Fix[] {
  const suffix = type === 'float' ? '.0f' : '.0';
  const edits = [left, right].map(({ span }) => ({ span: { start: span.end, end: span.end }, newText: suffix }));
  const newText = `${left.text}${suffix} / ${right.text}${suffix}`;
  return [{ title: msg("Use '{0}'", newText), edits, preferred: true }];
}
