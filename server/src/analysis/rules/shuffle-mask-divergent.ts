import { bodyOf } from '../model/body';
import type { Analysis } from '../model/build';
import type { Memory } from '../model/environment';
import type { FunctionFacts } from '../model/facts';
import { lastPart } from '../model/file-index';
import { uniform, uniformityOf } from '../model/uniformity';
import type { SyntaxNode } from '../parse';
import { gatesOf, type Gate } from './lib/barriers';
import { deviceFunctions } from './lib/device-functions';
import type { Divergence } from './lib/divergence';
import { uniformTrips } from './lib/trips';
import { namesAllLanes, warpCalls, type WarpCall } from './lib/warp-calls';
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
      [...wholeWarpCalls(fn, analysis), ...callsOfHelpers(fn, analysis)].flatMap((call) => {
        const gate = gatesOf(call.node, fn.body!)?.find((candidate) => splitsWarp(candidate, divergence()));
        // One condition is one mistake, however many calls stand under it.
        if (!gate || told.has(gate.condition)) return [];
        told.add(gate.condition);
        return [{ span: call.node.span, message: explain(gate, call.name) }];
      }),
    );
  },
};

function wholeWarpCalls(fn: FunctionFacts, { evaluator }: Analysis): WarpCall[] {
  return warpCalls(fn).filter((call) => namesAllLanes(call, fn, evaluator));
}

/** Calls of functions of the file that make such a call for each of their callers. */
function callsOfHelpers(fn: FunctionFacts, analysis: Analysis): WarpCall[] {
  const { index } = analysis.evaluator;
  return bodyOf(fn)
    .of('call_expression')
    .flatMap((node): WarpCall[] => {
      const callee = node.child('function');
      const name =
        callee && /identifier$|^template_function$/.test(callee.type) ? callee.text.replace(/<.*$/s, '') : '';
      const own = index.functions.get(lastPart(name)) ?? [];
      const helper = own.length === 1 && !index.macros.has(name) ? own[0]!.value : undefined;
      const inner =
        helper && helper !== fn ? index.environment.remember(memory, helper, () => always(helper, analysis)) : [];
      return inner.map((call) => ({ ...call, node }));
    });
}

/** The first such call that the function makes whoever calls it; none where it may return before. */
function always(helper: FunctionFacts, analysis: Analysis): readonly WarpCall[] {
  if (!helper.body || !helper.specifiers.has('__device__')) return [];
  const uniformity = uniformityOf(helper, analysis.evaluator);
  const [returns] = bodyOf(helper).of('return_statement');
  const call = wholeWarpCalls(helper, analysis).find(({ node }) => {
    // What is counted down by numbers alone is counted down by each lane.
    const gates = gatesOf(node, helper.body!);
    return gates?.every(({ kind, condition }) => kind === 'loop' && uniformity.of(condition) === uniform);
  });
  return call && (!returns || returns.end > call.node.start) ? [call] : [];
}

const memory: Memory<readonly WarpCall[]> = new WeakMap();

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
