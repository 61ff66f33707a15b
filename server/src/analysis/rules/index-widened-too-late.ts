import type { SyntaxNode } from '../parse';
import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { FunctionFacts } from '../model/facts';
import { findVariable } from '../model/reach';
import { arithmeticType } from './lib/arithmetic-type';
import { known, type LaunchView } from './lib/common';
import { indexForm } from './lib/index-form';
import { launchedKernels } from './lib/launched';
import { msg, type Fix, type Report, type Rule } from './rule';

/** `size_t i = blockIdx.x * blockDim.x + threadIdx.x` multiplies in 32 bits, and widens what is left of the product. */
export const indexWidenedTooLate: Rule = {
  id: 'index-widened-too-late',
  severity: 'information',
  optIn: true,
  summary: 'An index is computed in 32 bits before it becomes a 64-bit number.',
  run: (analysis) => {
    return launchedKernels(analysis).flatMap(({ fn, views }) => (fitsAlways(views) ? [] : check(fn, analysis)));
  },
};

/** Each launch is known, and has fewer threads than 32 bits can count. */
function fitsAlways(views: readonly LaunchView[]): boolean {
  return (
    views.length > 0 &&
    views.every(({ launch }) => {
      const [blocks, threads] = [known(launch.grid.x), known(launch.block.x)];
      return blocks !== undefined && threads !== undefined && blocks * threads < 2n ** 31n;
    })
  );
}

function check(fn: FunctionFacts, { evaluator }: Analysis): Report[] {
  return bodyOf(fn)
    .of('init_declarator')
    .flatMap((node): Report[] => {
      const [name, value] = [node.child('declarator'), node.child('value')];
      const variable = name?.type === 'identifier' ? findVariable(fn, name.text, value ?? node) : undefined;
      if (!variable || !value || !/^[iu]64$/.test(evaluator.types.number(variable.type.base) ?? '')) return [];
      const form = indexForm(value, fn, evaluator);
      const product = [...(form?.terms ?? [])].some(([monomial, coefficient]) => {
        const names = form!.factors(monomial).map((id) => form!.unknowns.get(id)!.name);
        return (names.length > 1 || coefficient > 1n) && names.some((n) => n.startsWith('blockIdx.'));
      });
      const type = product
        ? arithmeticType(evaluator.resolveText(value.text, { at: value, function: fn }), evaluator.types)
        : undefined;
      if (!type || !/^[iu]32$/.test(type)) return [];
      const message = msg(
        "the product is computed in 32 bits before it becomes '{0}': it may wrap",
        variable.type.base,
      );
      return [{ span: value.span, message, fixes: castFix(value, variable.type.base) }];
    });
}

/** A cast before the first factor makes the whole product wide. */
function castFix(value: SyntaxNode, type: string): Fix[] {
  const product = [...value.walk()].find(
    (node) => node.type === 'binary_expression' && node.child('operator')?.text === '*',
  );
  const left = product?.child('left');
  if (!left) return [];
  const newText = `(${type})`;
  const title = msg("Use '{0}'", `${newText}${product!.text}`);
  return [{ title, edits: [{ span: { start: left.start, end: left.start }, newText }], preferred: true }];
}
