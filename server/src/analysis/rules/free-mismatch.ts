import type { Analysis } from '../model/build';
import { bodyOf } from '../model/body';
import type { FunctionFacts } from '../model/facts';
import type { SyntaxNode } from '../parse';
import type { MemoryKind, Source } from '../model/provenance';
import { callsOf, isOnly, perHostFunction, pointersOf } from './lib/host';
import { msg, type Fix, type Report, type Rule } from './rule';

/** What each function may free. */
const frees: Readonly<Record<string, readonly MemoryKind[]>> = {
  free: ['heap'],
  cudaFree: ['device', 'managed'],
  cudaFreeAsync: ['device', 'managed'],
  cudaFreeHost: ['pinned'],
};
const rightFree: Partial<Record<MemoryKind, string>> = {
  device: 'cudaFree',
  managed: 'cudaFree',
  pinned: 'cudaFreeHost',
};

/**
 * Memory is freed by another allocator than it came from. `free` of what CUDA allocated ends the program; cudaFree of anything else
 * returns an error, which every later check reports in the wrong place, and leaks.
 */
export const freeMismatch: Rule = {
  id: 'free-mismatch',
  severity: 'error',
  summary: 'Memory is freed with a function that does not belong to its allocation.',
  run: perHostFunction(/^(?:cuda(?:Malloc|Host|Free)|free$)/, check),
};

function check(fn: FunctionFacts, analysis: Analysis): Report[] {
  const calls = callsOf(fn).flatMap(({ name, node, arguments: args }): Report[] => {
    const allowed =
      Object.hasOwn(frees, name) && !analysis.evaluator.index.functions.has(name) ? frees[name] : undefined;
    const argument = args[0];
    if (!allowed || !argument) return [];
    const callee = node.child('function')!;
    return wrong(argument, allowed, name, (right) => [{ span: callee.span, newText: right }]);
  });
  const deletes = bodyOf(fn)
    .of('delete_expression')
    .flatMap((node): Report[] => {
      const argument = node.children[node.children.length - 1];
      if (!argument || argument.type === 'delete') return [];
      return wrong(argument, ['heap'], 'delete', (right) => [
        { span: node.span, newText: `${right}(${argument.text})` },
      ]);
    });
  return [...calls, ...deletes];

  function wrong(
    argument: SyntaxNode,
    allowed: readonly MemoryKind[],
    name: string,
    edits: (right: string) => Fix['edits'],
  ): Report[] {
    const found = pointersOf(fn, analysis).of(argument);
    const [first] = found.sources;
    if (!first || !isOnly(found, first.kind) || allowed.includes(first.kind)) return [];
    if (/^(?:cudaHostRegister|thrust::)/.test(first.api)) return [];
    if (first.kind === 'object' || first.kind === 'heap') {
      const from = found.sources.every(({ api }) => api === first.api) ? first.api : '';
      const right = from === 'malloc' || from === 'calloc' || from === 'realloc' ? 'free' : undefined;
      return [{ span: argument.span, message: describe(argument, first, name), fixes: fix(right) }];
    }
    if (first.kind === 'unknown' || first.kind === 'symbol') return [];
    return [{ span: argument.span, message: describe(argument, first, name), fixes: fix(rightFree[first.kind]) }];

    function fix(right: string | undefined): Fix[] {
      return right === undefined ? [] : [{ title: msg('Use {0}', right), edits: edits(right), preferred: true }];
    }
  }
}

function describe(argument: SyntaxNode, { api, kind }: Source, name: string): Report['message'] {
  if (api === '' || kind === 'object')
    return msg("'{0}' is not allocated memory: {1} cannot free it", argument.text, name);
  return msg("'{0}' comes from {1}, which {2} cannot free", argument.text, api, name);
}
