/** Calls by which the lanes of a warp work together. */
import { bodyOf } from '../../model/body';
import type { Evaluator } from '../../model/evaluator';
import type { FunctionFacts } from '../../model/facts';
import type { SyntaxNode } from '../../parse';

export interface WarpCall {
  readonly node: SyntaxNode;
  readonly name: string;
  readonly arguments: readonly SyntaxNode[];
}

const collective =
  /^__(?:shfl(?:_up|_down|_xor)?_sync|ballot_sync|a(?:ny|ll)_sync|match_(?:any|all)_sync|reduce_\w+_sync|syncwarp)$/;
const allLanes = 0xffffffffn;

export function warpCalls(fn: FunctionFacts): WarpCall[] {
  return bodyOf(fn)
    .of('call_expression')
    .flatMap((node) => {
      const name = node.child('function')?.text ?? '';
      return collective.test(name) ? [{ node, name, arguments: node.child('arguments')?.children ?? [] }] : [];
    });
}

export function integerAt(node: SyntaxNode, fn: FunctionFacts, evaluator: Evaluator): bigint | undefined {
  const folded = evaluator.fold(evaluator.resolveText(node.text, { at: node, function: fn }));
  return 'ok' in folded && typeof folded.ok.value === 'bigint' ? folded.ok.value : undefined;
}

/** Whether the mask names all 32 lanes; `__syncwarp()` does by default. */
export function namesAllLanes({ arguments: args }: WarpCall, fn: FunctionFacts, evaluator: Evaluator): boolean {
  const mask = args[0] && integerAt(args[0], fn, evaluator);
  return args.length === 0 || (mask !== undefined && BigInt.asUintN(32, mask) === allLanes);
}
