import { bodyOf } from '../model/body';
import type { FunctionFacts } from '../model/facts';
import { blockBit, dataBit, laneBits, uniform, unknownBit, warpBits } from '../model/uniformity';
import type { SyntaxNode } from '../parse';
import { barriersOf, gatesOf, type Barrier } from './lib/barriers';
import { deviceFunctions } from './lib/device-functions';
import type { Divergence } from './lib/divergence';
import { sharedElements, type SharedElement } from './lib/shared-elements';
import { msg, type Rule } from './rule';

/**
 * Threads without work leave before a barrier, and the others then read shared memory that those threads were to fill. Since compute
 * capability 7.0 nobody waits for them; the harm is what they did not do.
 */
export const syncthreadsAfterReturn: Rule = {
  id: 'syncthreads-after-return',
  severity: 'warning',
  summary: 'Threads leave the kernel before a barrier behind which their part of shared memory is used.',
  run: (analysis) =>
    deviceFunctions(analysis).flatMap(({ fn, divergence }) => {
      if (!fn.specifiers.has('__global__')) return [];
      const barriers = barriersOf(fn, analysis.evaluator);
      if (barriers.length === 0) return [];
      for (const exit of bodyOf(fn).of('return_statement')) {
        const condition = conditionOf(exit, fn);
        const barrier = barriers.find(({ node }) => node.start > exit.end);
        if (!condition || !barrier || !leavesPartOfBlock(condition, divergence())) continue;
        const name = missingPart(exit, barrier, fn, divergence());
        if (name === undefined) continue;
        const text = condition.text.replace(/^\(([\s\S]*)\)$/, '$1').replace(/\s+/g, ' ');
        const message = msg(
          "threads for which '{0}' holds leave here, before {1}: their part of '{2}' is missing for the rest of the block",
          text,
          barrier.name,
          name,
        );
        // One is enough: the next `return` has the same cure.
        return [{ span: exit.span, message }];
      }
      return [];
    }),
};

/** The condition of an early `return` at the top of the kernel. */
function conditionOf(exit: SyntaxNode, fn: FunctionFacts): SyntaxNode | undefined {
  const gates = gatesOf(exit, fn.body!);
  const [gate] = gates ?? [];
  return gates?.length === 1 && gate?.kind === 'if' ? gate.condition : undefined;
}

/** The data ends within a block: the number of the thread in the grid is compared with a size. */
function leavesPartOfBlock(condition: SyntaxNode, divergence: Divergence): boolean {
  const bits = divergence.variation(condition);
  if ((bits & (dataBit | unknownBit)) !== 0) return false;
  const ends = [...condition.walk()].some((node) => {
    if (node.type !== 'binary_expression' || !/^[<>]=?$/.test(node.child('operator')?.text ?? '')) return false;
    const sides = [node.child('left')!, node.child('right')!].map((side) => divergence.variation(side));
    return sides.includes(uniform) && sides.some((side) => (side & blockBit) !== 0 && (side & laneBits) !== 0);
  });
  return ends && divergence.of(condition).block === 'differs';
}

/** The shared array that each thread fills after the exit, and of which threads then use other parts than their own. */
function missingPart(
  exit: SyntaxNode,
  barrier: Barrier,
  fn: FunctionFacts,
  divergence: Divergence,
): string | undefined {
  const later = sharedElements(fn).filter(({ node }) => node.start > exit.end);
  const filled = later.filter((e) => e.writes && e.node.start < barrier.node.start && differs(e, divergence));
  const own = new Set(filled.map(({ index }) => index));
  const foreign = later.find((e) => {
    if (!e.reads || e.node.start < barrier.node.start || own.has(e.index)) return false;
    return filled.some(({ name }) => name === e.name) && reachesAnywhere(e, fn, divergence);
  });
  return foreign?.name;
}

function differs({ node }: SharedElement, divergence: Divergence): boolean {
  const index = node.child('indices');
  const bits = index ? divergence.variation(index) : uniform;
  return (bits & (laneBits | warpBits)) !== 0;
}

/** Not kept within a group of threads or within the data. */
function reachesAnywhere({ node }: SharedElement, fn: FunctionFacts, divergence: Divergence): boolean {
  const grouped = [...node.walk()].some(
    (inner) => inner.type === 'subscript_argument_list' && /[/%&]|>>/.test(divergence.written(inner)),
  );
  const gates = grouped ? undefined : gatesOf(node, fn.body!);
  return gates?.every(({ condition }) => (divergence.variation(condition) & blockBit) === 0) === true;
}
