import type { SyntaxNode } from '../parse';
import { gatesOf, type Gate } from './lib/barriers';
import { deviceFunctions } from './lib/device-functions';
import type { Divergence } from './lib/divergence';
import { uniformTrips } from './lib/trips';
import { namesAllLanes, warpCalls } from './lib/warp-calls';
import { msg, type Message, type Rule } from './rule';

/**
 * A warp-wide call names all 32 lanes in its mask under a condition that some of them do not meet: each lane of the mask has to make the
 * same call, or nothing is defined.
 */
export const shuffleMaskDivergent: Rule = {
  id: 'shuffle-mask-divergent',
  severity: 'warning',
  summary: 'A warp-wide call names lanes in its mask that do not come to it.',
  run: (analysis) => {
    const told = new Set<SyntaxNode>();
    return deviceFunctions(analysis).flatMap(({ fn, divergence }) =>
      warpCalls(fn).flatMap((call) => {
        if (!namesAllLanes(call, fn, analysis.evaluator)) return [];
        const gate = gatesOf(call.node, fn.body!)?.find((candidate) => splitsWarp(candidate, divergence()));
        // One condition is one mistake, however many calls stand under it.
        if (!gate || told.has(gate.condition)) return [];
        told.add(gate.condition);
        return [{ span: call.node.span, message: explain(gate, call.name) }];
      }),
    );
  },
};

function splitsWarp(gate: Gate, divergence: Divergence): boolean {
  if (divergence.of(gate.condition).warp !== 'differs') return false;
  return gate.kind !== 'loop' || !uniformTrips(gate.statement, divergence);
}

function explain({ kind, condition }: Gate, name: string): Message {
  const text = condition.text.replace(/^\(([\s\S]*)\)$/, '$1').replace(/\s+/g, ' ');
  switch (kind) {
    case 'else':
    case 'exit':
      return msg(
        "the mask of {1}() names all 32 lanes, but those for which '{0}' holds do not come to this call",
        text,
        name,
      );
    case 'switch':
      return msg("the mask of {1}() names all 32 lanes, but '{0}' sends some of them elsewhere", text, name);
    case 'loop':
      return msg(
        "the mask of {1}() names all 32 lanes, but some leave the loop ('{0}') earlier than others",
        text,
        name,
      );
    case 'if':
      return msg(
        "the mask of {1}() names all 32 lanes, but only those for which '{0}' holds come to this call",
        text,
        name,
      );
  }
}
