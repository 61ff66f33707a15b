import type { Evaluator } from '../model/evaluator';
import type { FunctionFacts } from '../model/facts';
import type { SyntaxNode } from '../parse';
import { statementOf } from './lib/grid-form';
import { barriersOf, type Barrier, type Gate } from './lib/barriers';
import { deviceFunctions } from './lib/device-functions';
import type { Divergence } from './lib/divergence';
import { uniformTrips } from './lib/trips';
import { msg, type Fix, type Message, type Rule } from './rule';

/**
 * A barrier of the whole block under a condition that is not the same for all its threads: some wait, the others never come. The kernel
 * hangs, or goes on with what the barrier was to protect.
 */
export const syncthreadsDivergent: Rule = {
  id: 'syncthreads-divergent',
  severity: 'error',
  summary: 'A barrier of the block stands where not all of its threads come.',
  run: (analysis) => {
    const told = new Set<SyntaxNode>();
    return deviceFunctions(analysis).flatMap(({ fn, divergence }) =>
      barriersOf(fn, analysis.evaluator).flatMap((barrier) => {
        const gate = barrier.gates.find((candidate) => divides(candidate, barrier, fn, divergence()));
        // One condition is one mistake, however many barriers stand under it.
        if (!gate || told.has(gate.condition)) return [];
        told.add(gate.condition);
        const severity = comparesWithSize(gate.condition, fn, divergence(), analysis.evaluator) ? 'warning' : 'error';
        return [{ severity, span: barrier.node.span, message: explain(gate, barrier), fixes: fixes(gate, barrier) }];
      }),
    );
  },
};

function divides(gate: Gate, barrier: Barrier, fn: FunctionFacts, divergence: Divergence): boolean {
  const division = divergence.of(gate.condition);
  if (division.block !== 'differs') return false;
  if (gate.kind === 'loop') return !uniformTrips(gate.statement, divergence) && !boundByTemplate(gate, fn);
  // Arms of whole warps that each wait once are counted together by the hardware.
  if (gate.kind === 'if' || gate.kind === 'else')
    return division.warp === 'differs' || !otherArmWaits(gate.statement, barrier.node);
  return true;
}

/** `i < Traits::columns`: what a template's parameter says is chosen for the blocks that go with it. */
function boundByTemplate({ condition }: Gate, { templateParameters }: FunctionFacts): boolean {
  const names = templateParameters.flatMap(({ text }) => text.match(/\w+/g)?.slice(-1) ?? []);
  return names.some((name) => new RegExp(`\\b${name}::\\w`).test(condition.text));
}

/**
 * Whether an index is compared with a size that is known at run time only (`i < n`): callers may keep to sizes that no block straddles.
 */
function comparesWithSize(
  condition: SyntaxNode,
  fn: FunctionFacts,
  divergence: Divergence,
  evaluator: Evaluator,
): boolean {
  for (const node of condition.walk()) {
    if (node.type !== 'binary_expression' || !/^[<>]=?$/.test(node.child('operator')?.text ?? '')) continue;
    const sides = [node.child('left'), node.child('right')];
    const size = sides.find((side) => side && divergence.variation(side) === 0);
    if (!size || 'ok' in evaluator.fold(evaluator.resolveText(size.text, { at: size, function: fn }))) continue;
    if (comesFromCaller(size.text, fn)) return true;
  }
  return false;
}

/** Whether the text names a parameter, or a variable that is made of one. */
function comesFromCaller(text: string, fn: FunctionFacts, depth = 0): boolean {
  return (text.match(/[A-Za-z_]\w*/g) ?? []).some((name) => {
    if (fn.parameters.some(({ variable }) => variable.name === name)) return true;
    if (depth > 2) return false;
    const texts = (fn.events.get(name) ?? []).flatMap(({ action }) => ('text' in action ? [action.text] : []));
    return texts.some((value) => comesFromCaller(value, fn, depth + 1));
  });
}

function otherArmWaits(statement: SyntaxNode, barrier: SyntaxNode): boolean {
  const arms = [statement.child('consequence'), statement.child('alternative')];
  return arms.every((arm) => arm && (arm.contains(barrier) || /__syncthreads|\bsync\s*\(/.test(arm.text)));
}

function explain({ kind, condition, statement }: Gate, { name }: Barrier): Message {
  const text = condition.text.replace(/^\(([\s\S]*)\)$/, '$1').replace(/\s+/g, ' ');
  switch (kind) {
    case 'else':
      return msg(
        "threads for which '{0}' holds never reach this {1}: the other threads of the block wait for them",
        text,
        name,
      );
    case 'loop':
      return msg(
        "threads run this loop a different number of times ('{0}'): not all of them reach this {1} in each pass",
        text,
        name,
      );
    case 'exit':
      return statement.type === 'continue_statement'
        ? msg("threads for which '{0}' holds skip this {1}, while the others wait there", text, name)
        : msg("threads for which '{0}' holds leave the loop, while the others wait at this {1}", text, name);
    case 'switch':
      return msg("'{0}' is not the same for all threads of the block: only some of them reach this {1}", text, name);
    case 'if':
      return msg(
        "only threads for which '{0}' holds reach this {1}: the other threads of the block never do",
        text,
        name,
      );
  }
}

/** `if (c) { A; barrier; B; }` becomes `if (c) { A; } barrier; if (c) { B; }`. */
function fixes({ kind, condition, statement }: Gate, { node }: Barrier): Fix[] {
  const barrier = statementOf(node);
  const block = statement.child('consequence');
  if (kind !== 'if' || barrier.type !== 'expression_statement' || barrier.parent !== block || !block) return [];
  if (block.type !== 'compound_statement' || statement.child('alternative') || statement.type !== 'if_statement')
    return [];
  if (statement.parent?.type !== 'compound_statement') return [];
  const at = block.children.indexOf(barrier);
  const [before, after] = [block.children.slice(0, at), block.children.slice(at + 1)];
  // Names of the first half would not be known in the second, and the condition must not change in between.
  if (before.some((child) => child.type === 'declaration') || changes(before, condition)) return [];
  if (before.length === 0 || after.some(({ text }) => /\bsync|__syncthreads/.test(text))) return [];
  const source = statement.unit.text;
  const indentOf = (n: SyntaxNode): string => /[ \t]*$/.exec(source.slice(0, n.offset))![0];
  const indent = indentOf(statement);
  const eol = source.includes('\r\n') ? '\r\n' : '\n';
  const title = msg("Move '{0}' out of the condition", barrier.text);
  const last = before[before.length - 1]!;
  if (after.length === 0) {
    const edits = [
      { span: { start: last.end, end: barrier.end }, newText: '' },
      { span: { start: statement.end, end: statement.end }, newText: `${eol}${indent}${barrier.text}` },
    ];
    return [{ title, edits, preferred: true }];
  }
  const newText = `${eol}${indent}}${eol}${indent}${barrier.text}${eol}${indent}if ${condition.text} {`;
  return [{ title, edits: [{ span: { start: last.end, end: barrier.end }, newText }], preferred: true }];
}

function changes(statements: readonly SyntaxNode[], condition: SyntaxNode): boolean {
  const names = new Set(condition.text.match(/[A-Za-z_]\w*/g) ?? []);
  return statements.some((statement) =>
    [...statement.walk()].some((node) => {
      const target =
        node.type === 'assignment_expression'
          ? node.child('left')
          : node.type === 'update_expression'
            ? node.child('argument')
            : undefined;
      return target !== undefined && names.has(/[A-Za-z_]\w*/.exec(target.text)?.[0] ?? '');
    }),
  );
}
