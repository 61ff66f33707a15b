import type { Analysis } from '../model/build';
import type { FunctionFacts } from '../model/facts';
import { decidableLaunchesIn } from './lib/common';
import { hostFunctions } from './lib/host';
import { canFollow, insertLine, lineOf, waitsBetween } from './lib/host-order';
import { msg, type Fix, type Report, type Rule } from './rule';
import type { SyntaxNode } from '../parse';

/** `main` returns while the kernel still runs: nothing of what it prints is ever shown. */
export const missingSyncBeforeExit: Rule = {
  id: 'missing-sync-before-exit',
  severity: 'warning',
  summary: 'The program ends without waiting for a kernel that prints.',
  run: (analysis) =>
    hostFunctions(analysis, /^<<<$/)
      .filter(({ name }) => name === 'main')
      .flatMap((fn) => check(fn, analysis)),
};

function check(fn: FunctionFacts, analysis: Analysis): Report[] {
  const own = decidableLaunchesIn(fn, analysis);
  const last = own[own.length - 1];
  if (!last?.kernelFacts || !/\bprintf\s*\(/.test(last.kernelFacts.body?.text ?? '')) return [];
  const { node } = last.facts;
  const end = fn.body!.children[fn.body!.children.length - 1];
  if (!end || (end !== node && !end.contains(node) && !canFollow(node, end))) return [];
  const around = (call: SyntaxNode): boolean => call.contains(node);
  if (waitsBetween(fn, node.offset, fn.body!.offset + fn.body!.length, analysis, around)) return [];
  // A loop may wait where it begins.
  for (const outer of node.upwards())
    if (
      /^(?:for|while|do)_statement$|^for_range_loop$/.test(outer.type) &&
      waitsBetween(fn, outer.offset, node.offset, analysis, around)
    )
      return [];
  const message = msg(
    "the program ends without waiting for '{0}': what the kernel prints is not shown",
    last.launch.kernelName,
  );
  return [{ span: last.launch.span, message, fixes: synchronize(node) }];
}

function synchronize(node: SyntaxNode): Fix[] {
  const statement = lineOf(node);
  if (!statement) return [];
  const text = 'cudaDeviceSynchronize();';
  return [{ title: msg("Insert '{0}'", text), edits: [insertLine(statement, text, 'after')], preferred: true }];
}
