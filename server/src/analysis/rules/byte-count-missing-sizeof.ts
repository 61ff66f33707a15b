import type { Analysis } from '../model/build';
import type { Expr } from '../model/expression';
import type { FunctionFacts } from '../model/facts';
import { Symbolic } from '../model/symbolic';
import {
  byteCountsOf,
  compact,
  mentionsSizeof,
  elementCounts,
  elementsOf,
  factorsOf,
  type ByteCount,
} from './lib/byte-counts';
import { perHostFunction } from './lib/host';
import { msg, type Fix, type Report, type Rule } from './rule';

/** The size of an allocation or copy is a number of elements where the function takes bytes: most of the data is left out. */
export const byteCountMissingSizeof: Rule = {
  id: 'byte-count-missing-sizeof',
  severity: 'warning',
  summary: 'A number of elements is given where the runtime takes a number of bytes.',
  run: perHostFunction(/^cuda(?:Malloc|HostAlloc|Mem(?:cpy|set))/, (fn, analysis) => {
    const symbolic = new Symbolic(analysis.evaluator);
    return byteCountsOf(fn).flatMap((count) => check(count, fn, analysis, symbolic));
  }),
};

function check(count: ByteCount, fn: FunctionFacts, analysis: Analysis, symbolic: Symbolic): Report[] {
  const element = elementsOf(count, fn, analysis);
  if (!element || element.size < 2) return [];
  const { bytes, call } = count;
  if (mentionsSizeof(bytes, fn, analysis)) return [];
  const factors = factorsOf(bytes);
  // `n * 4` has the size of a float in it.
  if (factors.length > 1 && factors.some(({ text }) => /^\d+$/.test(text) && Number(text) % element.size === 0))
    return [];
  if (/bytes/i.test(bytes.text)) return [];
  const { evaluator } = analysis;
  const expr = evaluator.resolveText(bytes.text, { at: bytes, function: fn });
  const text = factors.map((factor) => compact(factor.text)).join('*');
  const folds = evaluator.evaluate(expr).known;
  const isCount = elementCounts(fn, analysis).some(
    (known) => known.text === text || (!folds && symbolic.same(known.expr, expr)),
  );
  if (!isCount && !isSymbolsExtent(count, text, expr, analysis, symbolic)) return [];
  const message = msg(
    "{0} takes bytes: '{1}' is a number of elements of {2} bytes each",
    call.name,
    bytes.text,
    String(element.size),
  );
  return [{ span: bytes.span, message, fixes: timesSize(count, element.text) }];
}

/** `cudaMemcpyToSymbol(table, source, 256)` of a table of 256 elements. */
function isSymbolsExtent(
  { call }: ByteCount,
  text: string,
  expr: Expr,
  { evaluator }: Analysis,
  symbolic: Symbolic,
): boolean {
  const name = /Symbol$/.test(call.name) ? call.arguments[/^cudaMemcpyTo/.test(call.name) ? 0 : 1] : undefined;
  const [only, ...others] = (name?.type === 'identifier' && evaluator.index.variables.get(name.text)) || [];
  const { arrays, extents } = only?.value.type ?? { arrays: 0, extents: [] };
  if (others.length > 0 || arrays !== 1 || extents.length !== 1) return false;
  const extent = extents[0]!;
  return (
    compact(extent.text) === text ||
    symbolic.same(evaluator.resolveText(extent.text, { at: extent, function: undefined }), expr)
  );
}

function timesSize({ bytes }: ByteCount, type: string): Fix[] {
  const simple = /^(?:identifier|number_literal|field_expression|call_expression|parenthesized_expression)$/.test(
    bytes.type,
  );
  const product = bytes.type === 'binary_expression' && bytes.child('operator')?.text === '*';
  const newText = `${simple || product ? bytes.text : `(${bytes.text})`} * sizeof(${type})`;
  return [{ title: msg('Multiply by sizeof({0})', type), edits: [{ span: bytes.span, newText }], preferred: true }];
}
