import type { Analysis } from '../model/build';
import type { FunctionFacts } from '../model/facts';
import { byteCountsOf, definitionOf, elementsOf, factorsOf, type ByteCount } from './lib/byte-counts';
import { isScalar } from './lib/elements';
import { perHostFunction } from './lib/host';
import { msg, type Report, type Rule } from './rule';

/** `n * sizeof(float)` for an array of double: half of it is neither allocated nor copied. */
export const elementSizeMismatch: Rule = {
  id: 'element-size-mismatch',
  severity: 'error',
  summary: 'A size in bytes is computed with a type that is smaller than the elements.',
  run: perHostFunction(/^cuda(?:Malloc|HostAlloc|Mem(?:cpy|set))/, (fn, analysis) =>
    byteCountsOf(fn).flatMap((count) => check(count, fn, analysis)),
  ),
};

function check(count: ByteCount, fn: FunctionFacts, analysis: Analysis): Report[] {
  const element = elementsOf(count, fn, analysis);
  if (!element || !(isScalar(element, analysis) || element.pointers > 0)) return [];
  const factors = factorsOf(definitionOf(count.bytes, fn));
  const sizes = factors.filter(({ type }) => type === 'sizeof_expression');
  const [only] = sizes;
  const type = only?.child('type')?.text;
  if (!only || sizes.length !== 1 || type === undefined || !analysis.evaluator.types.number(type)) return [];
  // `2 * n * sizeof(float)` makes up for it, and `sizeof(float)` alone is no array.
  if (factors.length < 2 || factors.some(({ text }) => /^(?:[2-9]|\d\d+)$/.test(text))) return [];
  const size = analysis.evaluator.types.size(type, 0);
  if (size === undefined || size < 2 || size >= element.size) return [];
  const message = msg(
    'sizeof({0}) is {1}, but each element is a {2} of {3} bytes',
    type,
    String(size),
    element.text,
    String(element.size),
  );
  const newText = `sizeof(${element.text})`;
  return [
    {
      span: only.span,
      message,
      fixes: [{ title: msg('Use {0}', newText), edits: [{ span: only.span, newText }], preferred: true }],
    },
  ];
}
