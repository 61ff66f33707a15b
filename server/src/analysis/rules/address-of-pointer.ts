import type { Analysis } from '../model/build';
import type { FunctionFacts, Variable } from '../model/facts';
import type { SyntaxNode } from '../parse';
import { unparenthesized } from '../parse/node';
import { elementOf, variableOf } from './lib/elements';
import { callsOf, perHostFunction, type ApiCall } from './lib/host';
import { msg, type Report, type Rule } from './rule';

/**
 * `cudaMemcpy(&p, …)` of a pointer copies over the pointer and what lies behind it on the stack; `cudaMalloc((void**)p, …)` writes the
 * new address to wherever the uninitialised pointer points.
 */
export const addressOfPointer: Rule = {
  id: 'address-of-pointer',
  severity: 'error',
  summary: 'A pointer is given where its address is needed, or its address where the pointer is.',
  run: perHostFunction(/^cuda(?:Malloc|HostAlloc|Mem(?:cpy|set))/, (fn, analysis) =>
    callsOf(fn).flatMap((call) => [...allocation(call, fn, analysis), ...copy(call, fn, analysis)]),
  ),
};

/** `cudaMalloc((void**)p, n)`. */
function allocation({ name, arguments: args }: ApiCall, fn: FunctionFacts, analysis: Analysis): Report[] {
  const [target] = args;
  if (!/^cuda(?:Malloc(?:Async|Managed|Host|Pitch)?|HostAlloc)$/.test(name) || target?.type !== 'cast_expression')
    return [];
  const pointer = target.child('value') && unparenthesized(target.child('value')!);
  if (pointer?.type !== 'identifier' || !/^\(\s*void\s*\*\s*\*\s*\)/.test(target.text)) return [];
  const variable = variableOf(pointer, fn, analysis);
  if (!variable || variable.kind === 'parameter' || variable.type.pointers !== 1 || variable.type.arrays > 0) return [];
  const { pointers, base } = analysis.evaluator.types.resolve(variable.type.base);
  if (pointers > 0 || base === 'void' || variable.type.base === 'auto' || variable.initial) return [];
  // Something else may have pointed it to a place for the address.
  if (
    (fn.events.get(variable.name) ?? []).some(({ action, member }) => member === undefined && action.kind !== 'passed')
  )
    return [];
  const message = msg("{0} needs the address of the pointer: '&{1}'", name, pointer.text);
  const edits = [{ span: pointer.span, newText: `&${pointer.text}` }];
  return [
    { span: target.span, message, fixes: [{ title: msg("Write '&{0}'", pointer.text), edits, preferred: true }] },
  ];
}

/** `cudaMemcpy(d, &p, n, kind)` between elements and a pointer. */
function copy({ name, arguments: args }: ApiCall, fn: FunctionFacts, analysis: Analysis): Report[] {
  if (!/^cudaMemcpy(?:Async)?$/.test(name)) return [];
  const [destination, source] = args;
  if (!destination || !source) return [];
  return [
    [destination, source],
    [source, destination],
  ].flatMap(([side, other]): Report[] => {
    const pointer = addressed(side!);
    const variable = pointer && variableOf(pointer, fn, analysis);
    if (pointer && variable && isVector(variable, analysis)) return [vectorAddress(side!, pointer)];
    if (!pointer || !variable || variable.type.arrays > 0 || variable.type.pointers !== 1) return [];
    const [own, opposite] = [elementOf(side, fn, analysis), elementOf(other, fn, analysis)];
    // Bytes and other raw storage may well hold a pointer.
    if (!own || !opposite || own.pointers === 0 || opposite.pointers > 0 || opposite.size < 2) return [];
    if (own.base !== opposite.base) return [];
    const message = msg("'{0}' is the address of the pointer, not of the memory it points to", side!.text);
    const edits = [{ span: side!.span, newText: pointer.text }];
    return [
      { span: side!.span, message, fixes: [{ title: msg("Write '{0}'", pointer.text), edits, preferred: true }] },
    ];
  });
}

function isVector({ type }: Variable, { evaluator }: Analysis): boolean {
  return (
    type.pointers === 0 && type.arrays === 0 && /^(?:std::)?vector\s*</.test(evaluator.types.resolve(type.base).base)
  );
}

/** `&v` of a `std::vector` is the object with its pointers, not its elements. */
function vectorAddress(side: SyntaxNode, { text }: SyntaxNode): Report {
  const newText = `${text}.data()`;
  const message = msg("'{0}' is the address of the vector object, not of its elements", side.text);
  return {
    span: side.span,
    message,
    fixes: [{ title: msg("Write '{0}'", newText), edits: [{ span: side.span, newText }], preferred: true }],
  };
}

/** `p` of `&p`. */
function addressed(node: SyntaxNode): SyntaxNode | undefined {
  const inner = unparenthesized(node);
  const target =
    inner.type === 'pointer_expression' && inner.child('operator')?.text === '&' ? inner.child('argument') : undefined;
  return target?.type === 'identifier' ? target : undefined;
}
