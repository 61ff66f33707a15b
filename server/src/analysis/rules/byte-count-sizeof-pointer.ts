import type { Analysis } from '../model/build';
import type { FunctionFacts } from '../model/facts';
import type { SyntaxNode } from '../parse';
import { unparenthesized } from '../parse/node';
import {
  allocatedVariable,
  byteCountsOf,
  definitionOf,
  elementsOf,
  factorsOf,
  type ByteCount,
} from './lib/byte-counts';
import { variableOf } from './lib/elements';
import { perHostFunction } from './lib/host';
import { msg, type Fix, type Report, type Rule } from './rule';

/** `sizeof(p)` of a pointer is 8, whatever it points to and however much. */
export const byteCountSizeofPointer: Rule = {
  id: 'byte-count-sizeof-pointer',
  severity: 'error',
  summary: 'A size in bytes is made from the size of a pointer instead of what it points to.',
  run: perHostFunction(/^cuda(?:Malloc|HostAlloc|Mem(?:cpy|set))/, (fn, analysis) =>
    byteCountsOf(fn).flatMap((count) => check(count, fn, analysis)),
  ),
};

function check(count: ByteCount, fn: FunctionFacts, analysis: Analysis): Report[] {
  const element = elementsOf(count, fn, analysis);
  if (!element || element.pointers > 0) return [];
  const whole = definitionOf(count.bytes, fn);
  const factors = factorsOf(whole);
  // Elements of eight bytes come out right by accident, but for the number of them.
  if (element.size === 8 && (factors.length > 1 || !isSeveral(count, fn))) return [];
  return factors.flatMap((factor): Report[] => {
    const operand = factor.type === 'sizeof_expression' ? factor.child('value') : undefined;
    const name = operand && unparenthesized(operand);
    const written = factor.child('type')?.text;
    const pointer = name?.type === 'identifier' ? pointerName(name, fn, analysis) : false;
    if (pointer) {
      const message =
        factors.length === 1
          ? msg('sizeof({0}) is the size of a pointer, 8 bytes, not of the memory it points to', name!.text)
          : msg('sizeof({0}) is the size of a pointer, 8 bytes; an element has {1}', name!.text, String(element.size));
      return [{ span: factor.span, message, fixes: factors.length === 1 ? [] : dereferenced(name!) }];
    }
    if (written !== undefined && /\*\s*$/.test(written) && factors.length > 1) {
      const message = msg(
        'sizeof({0}) is the size of a pointer, 8 bytes; an element has {1}',
        written,
        String(element.size),
      );
      const newText = `sizeof(${element.text})`;
      return [
        {
          span: factor.span,
          message,
          fixes: [{ title: msg('Use {0}', newText), edits: [{ span: factor.span, newText }], preferred: true }],
        },
      ];
    }
    return [];
  });
}

/** Another place of this function counts the elements behind one of the pointers. */
function isSeveral(count: ByteCount, fn: FunctionFacts): boolean {
  const named = ({ allocates, pointers }: ByteCount): (string | undefined)[] =>
    pointers.map((pointer) => (allocates ? allocatedVariable(pointer) : unparenthesized(pointer))?.text);
  const names = named(count);
  const counted = byteCountsOf(fn).some(
    (other) => names.some((name) => named(other).includes(name)) && factorsOf(definitionOf(other.bytes, fn)).length > 1,
  );
  return counted || count.pointers.some((pointer) => definesArray(definitionOf(pointer, fn)));
}

/** `new T[n]`, `malloc(n * size)`, `calloc(n, size)`, with or without a cast. */
function definesArray(value: SyntaxNode): boolean {
  const [inner] = factorsOf(value);
  if (inner?.type === 'new_expression') return inner.child('declarator')?.child('length') !== undefined;
  const args = inner?.type === 'call_expression' ? (inner.child('arguments')?.children ?? []) : [];
  const callee = inner?.child('function')?.text ?? '';
  if (/^(?:std::)?calloc$/.test(callee)) return args.length === 2 && args[0]!.text !== '1';
  return /^(?:std::)?malloc$/.test(callee) && args.length === 1 && factorsOf(args[0]!).length > 1;
}

function pointerName(name: SyntaxNode, fn: FunctionFacts, analysis: Analysis): boolean {
  const type = variableOf(name, fn, analysis)?.type;
  return type !== undefined && !type.reference && type.arrays === 0 && type.pointers > 0;
}

function dereferenced(name: SyntaxNode): Fix[] {
  const newText = `*${name.text}`;
  return [{ title: msg('Use sizeof({0})', newText), edits: [{ span: name.span, newText }], preferred: true }];
}
