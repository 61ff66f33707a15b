/** Conditions that let one thread through, or one at a time. */
import type { SyntaxNode } from '../../parse';
import type { Evaluator } from '../../model/evaluator';
import type { FunctionFacts } from '../../model/facts';
import type { FileIndex } from '../../model/file-index';
import { Symbolic } from '../../model/symbolic';
import { comparison, conditionsAt, mirror, type Held } from './conditions';
import { direct, influencesOf, isUnknown, nothing, type Influence } from './influence';

/** Code that takes turns by other means. */
const locks = /\b(?:atomicCAS\w*|atomicExch\w*|mutex|acquire|semaphore)\b|[lL]ock(?:ed)?\s*\(/;

/** Whether the body has means of its own to keep threads from each other. */
export function takesTurns(body: string): boolean {
  return locks.test(body);
}

/** Components of threadIdx and blockIdx of which, as far as the condition may mean it, one value only is let through. */
function singled(held: Held, fn: FunctionFacts, evaluator: Evaluator): Influence {
  const influences = influencesOf(fn, evaluator);
  const whole = influences.of(held.condition);
  if (isUnknown(whole)) return whole;
  if (direct(whole) === nothing) return nothing;
  const compared = comparison(held);
  if (!compared) return searched(held.condition, fn, evaluator.index) ? nothing : direct(whole);
  const sides = [compared, mirror(compared)].filter(({ left }) => direct(influences.of(left)) !== nothing);
  if (sides.length !== 1) return direct(whole);
  const { left, op, right } = sides[0]!;
  const number = numberOf(right, fn, evaluator);
  if (op === '!=') return nothing;
  if (op === '==') return smallRemainder(left, fn, evaluator) ? nothing : direct(whole);
  if (op.startsWith('<'))
    return number !== undefined && number + (op === '<=' ? 1n : 0n) < 2n ? direct(whole) : nothing;
  return number === undefined ? direct(whole) : nothing;
}

/** A flag that a loop sets, or a function with a loop (`isPrime(i)`): what it says of one thread it may say of others. */
function searched(condition: SyntaxNode, fn: FunctionFacts, index: FileIndex): boolean {
  const loops = /^(?:for|while|do)_statement$/;
  if (condition.type === 'identifier') {
    const events = fn.events.get(condition.text) ?? [];
    return events.some(({ node }) => [...node.upwards()].some(({ type }) => loops.test(type)));
  }
  const own = condition.type === 'call_expression' ? index.functions.get(condition.child('function')?.text ?? '') : [];
  return (own ?? []).some(({ value }) => [...(value.body?.walk() ?? [])].some(({ type }) => loops.test(type)));
}

/** `i % 2 == 0` lets every second thread through. */
function smallRemainder(node: SyntaxNode, fn: FunctionFacts, evaluator: Evaluator): boolean {
  const divides = node.type === 'binary_expression' && node.child('operator')?.text === '%';
  const size = divides ? numberOf(node.child('right')!, fn, evaluator) : undefined;
  return size !== undefined && size > 0n && size <= 8n;
}

function numberOf(node: SyntaxNode, fn: FunctionFacts, evaluator: Evaluator): bigint | undefined {
  return new Symbolic(evaluator).integer(evaluator.resolveText(node.text, { at: node, function: fn }));
}

/** What of threadIdx and blockIdx the conditions at a place let through one value of only. */
export function singledAt(node: SyntaxNode, fn: FunctionFacts, evaluator: Evaluator): Influence {
  return conditionsAt(node, fn).reduce(
    (sum, held) => sum | singled(held, fn, evaluator),
    switchedAt(node, fn, evaluator),
  );
}

/** `switch (blockIdx.x)`: each case is that of one value. */
function switchedAt(node: SyntaxNode, fn: FunctionFacts, evaluator: Evaluator): Influence {
  let sum: Influence = nothing;
  for (const outer of node.upwards()) {
    if (outer === fn.body) break;
    if (outer.type === 'switch_statement') sum |= influencesOf(fn, evaluator).of(outer.child('condition'));
  }
  return isUnknown(sum) ? sum : direct(sum);
}
