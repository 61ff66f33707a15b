import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { FunctionFacts } from '../model/facts';
import type { SyntaxNode } from '../parse';
import { pointsToArray } from '../model/named-variable';
import { allocatorOf } from '../model/provenance';
import { allocatedVariable } from './lib/byte-counts';
import { elementOf, fieldType, variableOf } from './lib/elements';
import { callsOf, isOnly, perHostFunction, pointersOf } from './lib/host';
import { msg, type Report, type Rule } from './rule';

/** Functions of the host that go through the memory of these arguments. */
const readers: Readonly<Record<string, readonly number[]>> = {
  memcpy: [0, 1],
  memmove: [0, 1],
  memset: [0],
  memcmp: [0, 1],
  fread: [0],
  fwrite: [0],
  qsort: [0],
  fill: [0, 1],
  fill_n: [0],
  copy: [0, 1, 2],
  copy_n: [0, 2],
  sort: [0, 1],
  iota: [0, 1],
  accumulate: [0, 1],
  transform: [0, 1, 2],
  generate: [0, 1],
  max_element: [0, 1],
  min_element: [0, 1],
};

/** Host code reads or writes memory that only the GPU can address: the program ends with a segmentation fault. */
export const devicePointerDerefOnHost: Rule = {
  id: 'device-pointer-deref-on-host',
  severity: 'error',
  summary: 'Host code accesses the memory behind a device pointer.',
  run: perHostFunction(/^cuda(?:Malloc|GetSymbolAddress)/, check),
};

function check(fn: FunctionFacts, analysis: Analysis): Report[] {
  // Directives can move a loop to the device.
  if (/#\s*pragma\s+(?:acc|omp\s+target)\b/.test(fn.body?.text ?? '')) return [];
  const pointers = pointersOf(fn, analysis);
  const body = bodyOf(fn);
  const places = [
    ...body.of('subscript_expression'),
    ...body.of('pointer_expression').filter((node) => node.child('operator')?.text === '*'),
    ...body.of('field_expression').filter((node) => node.child('operator')?.text === '->'),
  ];
  const accesses = places.flatMap((node): Report[] => {
    const pointer = node.child('argument');
    if (
      !pointer ||
      mayBeArray(node, pointer, fn, analysis) ||
      !evaluated(node, fn) ||
      !isOnly(pointers.of(pointer), 'device')
    )
      return [];
    return [{ span: node.span, message: message(pointer) }];
  });
  const calls = callsOf(fn).flatMap(({ name, node, arguments: args }): Report[] => {
    const own = analysis.evaluator.index.functions.has(name);
    const positions = !own && Object.hasOwn(readers, name) ? readers[name]! : [];
    const pointer = positions.map((i) => args[i]).find((arg) => arg && isOnly(pointers.of(arg), 'device'));
    return pointer && evaluated(node, fn) ? [{ span: pointer.span, message: message(pointer) }] : [];
  });
  // `cudaMalloc(&rows[i], n)` writes the address to where the host cannot write.
  const tables = callsOf(fn).flatMap(({ node, arguments: args }): Report[] => {
    const allocator = allocatorOf(node);
    const place = allocator?.pointer === undefined ? undefined : args[allocator.pointer];
    const target = place && allocatedVariable(place);
    const table = target?.type === 'subscript_expression' ? target.child('argument') : undefined;
    if (!table || !evaluated(node, fn) || !isOnly(pointers.of(table), 'device')) return [];
    return [{ span: place!.span, message: message(table) }];
  });
  return [...accesses, ...calls, ...tables];
}

/** `d[i]` of `float (*d)[N]` and `d->values` of an array member are addresses, and what is not known may be one. */
function mayBeArray(node: SyntaxNode, pointer: SyntaxNode, fn: FunctionFacts, analysis: Analysis): boolean {
  const variable = pointer.type === 'identifier' ? variableOf(pointer, fn, analysis) : undefined;
  if (variable && pointsToArray(variable)) return true;
  if (node.type === 'field_expression') {
    const type = fieldType(node, fn, analysis);
    return type ? type.arrays > 0 : node.parent?.type !== 'assignment_expression';
  }
  return node.parent?.type === 'argument_list' && !elementOf(pointer, fn, analysis);
}

function message(pointer: SyntaxNode): Report['message'] {
  return msg("'{0}' points to device memory, which the host cannot access", pointer.text);
}

/** Not only the operand of `&` or `sizeof`, and not in a lambda, which may run on the device. */
function evaluated(node: SyntaxNode, fn: FunctionFacts): boolean {
  for (let outer = node.parent; outer && outer !== fn.body; outer = outer.parent) {
    if (
      /^(?:lambda_expression|sizeof_expression|decltype|alignof_expression|template_argument_list|ERROR)$/.test(
        outer.type,
      )
    )
      return false;
    if (outer.type === 'call_expression' && /^(?:decltype|typeof|noexcept)$/.test(outer.child('function')?.text ?? ''))
      return false;
    // `&d[i]`, `&d->x.y`: only an address. `&d[f[i]]` reads f.
    const address = outer.type === 'pointer_expression' && outer.child('operator')?.text === '&';
    if (address && isPath(outer.child('argument'), node)) return false;
  }
  return true;
}

/** Whether `node` stands on the way from an address to its pointer, not in an index. */
function isPath(from: SyntaxNode | undefined, node: SyntaxNode): boolean {
  for (let step = from; step;) {
    if (step === node) return true;
    if (step.type === 'parenthesized_expression') step = step.children[0];
    else if (step.type === 'field_expression' && step.child('operator')?.text === '.') step = step.child('argument');
    // The member may be an array.
    else if (step.type === 'subscript_expression' && step.child('argument')?.type === 'field_expression')
      step = step.child('argument');
    else return false;
  }
  return false;
}
