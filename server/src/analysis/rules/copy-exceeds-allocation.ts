import type { Analysis } from '../model/build';
import type { Evaluator } from '../model/evaluator';
import type { Expr } from '../model/expression';
import type { FunctionFacts } from '../model/facts';
import type { Source } from '../model/provenance';
import { bare, Symbolic } from '../model/symbolic';
import type { SyntaxNode } from '../parse';
import { byteCountsOf, type ByteCount } from './lib/byte-counts';
import { perHostFunction, pointersOf } from './lib/host';
import { msg, type Report, type Rule } from './rule';

/** A copy or memset goes beyond the end of an allocation: an error of the runtime at best, overwritten memory at worst. */
export const copyExceedsAllocation: Rule = {
  id: 'copy-exceeds-allocation',
  severity: 'error',
  summary: 'A copy or memset is larger than the memory it works on.',
  run: perHostFunction(/^cudaMem(?:cpy|set)/, (fn, analysis) => {
    const symbolic = new Symbolic(analysis.evaluator);
    return byteCountsOf(fn)
      .filter(({ allocates }) => !allocates)
      .flatMap((count) => check(count, fn, analysis, symbolic));
  }),
};

function check({ bytes, pointers }: ByteCount, fn: FunctionFacts, analysis: Analysis, symbolic: Symbolic): Report[] {
  const { evaluator } = analysis;
  const wanted = evaluator.resolveText(bytes.text, { at: bytes, function: fn });
  for (const pointer of pointers) {
    const { sources, inside } = pointersOf(fn, analysis).of(pointer);
    const [source] = sources;
    // Memory that is allocated in several places may have several sizes.
    if (!source || sources.length !== 1 || inside) continue;
    const room = sizeOf(source, fn, evaluator);
    if (!room) continue;
    const [count, size] = [symbolic.integer(wanted), symbolic.integer(room.expr)];
    if (count !== undefined && size !== undefined) {
      if (count <= size || size <= 0n) continue;
      const message = msg("{0} bytes are more than '{1}' has: {2} bytes", String(count), pointer.text, String(size));
      return [{ span: bytes.span, message }];
    }
    if (isLarger(wanted, room.expr, fn, symbolic)) {
      const message = msg("'{0}' bytes are more than '{1}' has: '{2}' bytes", bytes.text, pointer.text, room.text);
      return [{ span: bytes.span, message }];
    }
  }
  return [];
}

/** How many bytes a source has. */
function sizeOf(
  source: Source,
  fn: FunctionFacts,
  evaluator: Evaluator,
): { readonly expr: Expr; readonly text: string } | undefined {
  const { node, api, bytes, object } = source;
  // What another function of the file allocates has its names there.
  if (!fn.body?.contains(node) && !object) return undefined;
  const at = (text: string, place: SyntaxNode): { expr: Expr; text: string } => ({
    expr: evaluator.resolveText(text, { at: place, function: fn }),
    text,
  });
  if (bytes) return at(bytes.text, bytes);
  if (api === 'calloc') {
    const [count, size] = node.child('arguments')?.children ?? [];
    return count && size ? at(`(${count.text}) * (${size.text})`, node) : undefined;
  }
  if (api === 'new') {
    const length = node.child('declarator')?.child('length');
    const type = node.child('type');
    if (!type) return undefined;
    return length ? at(`(${length.text}) * sizeof(${type.text})`, node) : undefined;
  }
  if (object && object.type.pointers === 0 && !object.type.reference && object.kind !== 'parameter')
    return at(`sizeof(${object.name})`, node);
  return undefined;
}

/** Both are the same product of unknowns, and the first has the larger number in front of it. */
function isLarger(wanted: Expr, room: Expr, fn: FunctionFacts, symbolic: Symbolic): boolean {
  const [a, b] = [productOf(wanted, symbolic), productOf(room, symbolic)];
  if (a.number <= b.number || b.number <= 0n || a.rest.length === 0 || a.rest.length !== b.rest.length) return false;
  const left = [...b.rest];
  return a.rest.every((factor) => {
    const at = left.findIndex((other) => isSame(factor, other, fn, symbolic));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

function isSame(a: Expr, b: Expr, fn: FunctionFacts, symbolic: Symbolic): boolean {
  // Two calls may return two numbers; one that is found twice behind a name is the same.
  if (a.kind === 'call' || b.kind === 'call') return a === b;
  if (a.kind !== 'opaque' || !symbolic.same(a, b)) return false;
  // A name that changes in between may stand for another number.
  const events = fn.events.get(a.name.replace(/\..*$/, '')) ?? [];
  return events.filter(({ action }) => action.kind !== 'passed').length <= 1;
}

/** `4 * n * m` as 4 and n, m. */
function productOf(
  expr: Expr,
  symbolic: Symbolic,
  depth = 0,
): { readonly number: bigint; readonly rest: readonly Expr[] } {
  const number = symbolic.integer(expr);
  if (number !== undefined) return { number, rest: [] };
  const e = bare(expr);
  if (e.kind !== 'binary' || e.op !== '*' || depth > 12) return { number: 1n, rest: [e] };
  const [left, right] = [productOf(e.left, symbolic, depth + 1), productOf(e.right, symbolic, depth + 1)];
  return { number: left.number * right.number, rest: [...left.rest, ...right.rest] };
}
