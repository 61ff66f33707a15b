/** Quick fixes that give a kernel the bound it lacks. */
import type { SyntaxNode } from '../../parse';
import type { Analysis } from '../../model/build';
import type { Evaluator } from '../../model/evaluator';
import type { Expr } from '../../model/expression';
import type { FunctionFacts } from '../../model/facts';
import type { Symbolic } from '../../model/symbolic';
import type { Access, KernelAccesses } from './accesses';
import { axes, type Axis, type LaunchView } from './common';
import { parametersGiven, statementOf } from './grid-form';
import { msg, type Fix, type TextChange } from '../rule';

/** A name that is visible in the kernel and holds the number of elements. */
export type Bound = string;

/** The kernel's parameter that gets the count, or a constant of the file that is it. */
export function boundFor(count: Expr, view: LaunchView, analysis: Analysis, symbolic: Symbolic): Bound | undefined {
  const { kernelFacts } = view;
  const given = parametersGiven(count, view, analysis, symbolic);
  const parameter = given.find(({ name, type }) => name !== '' && analysis.evaluator.types.number(type.base));
  if (parameter) return parameter.name;
  const number = symbolic.integer(count);
  if (number === undefined || !kernelFacts) return undefined;
  const { index } = analysis.evaluator;
  for (const [name, macros] of index.macros) {
    const [only] = macros;
    if (!only || macros.length !== 1 || only.value.parameters || only.unit.base > kernelFacts.node.start) continue;
    if (symbolic.integer(analysis.evaluator.resolveText(name, { at: only.unit.root, function: undefined })) === number)
      return name;
  }
  for (const [name, variables] of index.variables) {
    const [only] = variables;
    if (
      !only ||
      variables.length !== 1 ||
      !only.value.type.const ||
      only.unit.base > kernelFacts.node.start ||
      only.value.owner !== ''
    )
      continue;
    if (
      symbolic.integer(analysis.evaluator.resolveText(name, { at: kernelFacts.node, function: undefined })) === number
    )
      return name;
  }
  return undefined;
}

interface IndexVariable {
  readonly name: string;
  /** The declaration after which it has its value. */
  readonly statement: SyntaxNode;
}

/** The variable of the kernel that holds the thread's number on `axis`. */
function indexVariable(fn: FunctionFacts, axis: Axis, evaluator: Evaluator): IndexVariable | undefined {
  const flat = `blockIdx.${axis}*blockDim.${axis}+threadIdx.${axis}`;
  const wanted = new Set([
    flat,
    `blockDim.${axis}*blockIdx.${axis}+threadIdx.${axis}`,
    `threadIdx.${axis}+blockIdx.${axis}*blockDim.${axis}`,
    `threadIdx.${axis}+blockDim.${axis}*blockIdx.${axis}`,
  ]);
  for (const [name, variables] of fn.variables) {
    const initial = variables.length === 1 ? variables[0]!.initial : undefined;
    if (initial?.action.kind !== 'value' || statementOf(initial.node).parent !== fn.body) continue;
    if (
      wanted.has(initial.action.text.replace(/[\s()]|size_t|int/g, '')) ||
      productForm(initial.node, fn, axis, evaluator)
    ) {
      return { name, statement: statementOf(initial.node) };
    }
  }
  return undefined;
}

/** `bx * TILE + tx` with names for the built-in variables. */
function productForm(node: SyntaxNode, fn: FunctionFacts, axis: Axis, evaluator: Evaluator): boolean {
  const value = node.child('value');
  if (!value || !/^binary_expression$/.test(value.type) || value.child('operator')?.text !== '+') return false;
  const sides = [value.child('left'), value.child('right')].map((side) => {
    return side ? evaluator.resolveText(side.text, { at: side, function: fn }) : undefined;
  });
  const isThread = (e: Expr | undefined): boolean => bareName(e) === `threadIdx.${axis}`;
  const isBlock = (e: Expr | undefined): boolean => {
    const inner = e?.kind === 'cast' ? e.operand : e;
    return (
      inner?.kind === 'binary' &&
      inner.op === '*' &&
      [inner.left, inner.right].some((f) => bareName(f) === `blockIdx.${axis}`)
    );
  };
  return (isThread(sides[0]) && isBlock(sides[1])) || (isThread(sides[1]) && isBlock(sides[0]));
}

function bareName(expr: Expr | undefined): string {
  let e = expr;
  while (e?.kind === 'cast') e = e.operand;
  return e?.kind === 'opaque' ? e.name : '';
}

export function guardFixes(
  fn: FunctionFacts,
  access: Access,
  found: KernelAccesses,
  bounds: ReadonlyMap<Axis, Bound>,
  evaluator: Evaluator,
): Fix[] {
  const guards: { text: string; variable: IndexVariable; bound: Bound }[] = [];
  for (const axis of axes) {
    const bound = bounds.get(axis);
    const used = found.accesses.some(({ unguarded }) => unguarded.some((use) => use.axis === axis));
    if (!used) continue;
    const variable = indexVariable(fn, axis, evaluator);
    // Half a guard would only look safe.
    if (!variable || bound === undefined) {
      if (access.unguarded.some((use) => use.axis === axis)) return [];
      continue;
    }
    guards.push({ text: `${variable.name} >= ${bound}`, variable, bound });
  }
  if (guards.length === 0) return [];
  const last = guards.map(({ variable }) => variable.statement).sort((a, b) => b.end - a.end)[0]!;
  if (waitsForOthers(fn, last)) return predicateFixes(found, guards, last, evaluator);
  const condition = guards.map(({ text }) => text).join(' || ');
  const guard = `if (${condition}) return;`;
  const edit = insertAfter(last, guard);
  return [{ title: msg("Insert '{0}'", guard), edits: [edit], preferred: true }];
}

/** After `statement`: the threads of a block wait for each other, so none may leave early. */
function waitsForOthers(fn: FunctionFacts, statement: SyntaxNode): boolean {
  const rest = fn.body!.text.slice(statement.end - fn.body!.start);
  return /__sync\w*\s*\(|\bsync\s*\(|_sync\s*\(|\bbar\.sync|\bbarrier\b|arrive_and_wait|cooperative_groups|\bcg::/.test(
    rest,
  );
}

function insertAfter(statement: SyntaxNode, text: string): TextChange {
  const source = statement.unit.text;
  const end = statement.offset + statement.length;
  const lineStart = source.lastIndexOf('\n', statement.offset) + 1;
  const indent = /^[ \t]*/.exec(source.slice(lineStart))![0];
  const eol = source.includes('\r\n') ? '\r\n' : '\n';
  // A comment behind the declaration stays on its line.
  const tail = /^[ \t]*(?:\/\/[^\r\n]*)?/.exec(source.slice(end))![0].trimEnd();
  const offset = statement.unit.base + end + tail.length;
  const ownLine = source.slice(lineStart, statement.offset).trim() === '';
  return { span: { start: offset, end: offset }, newText: ownLine ? `${eol}${indent}${text}` : ` ${text}` };
}

/** With barriers behind: each access is made conditional where it stands. */
function predicateFixes(
  found: KernelAccesses,
  guards: readonly { text: string; variable: IndexVariable; bound: Bound }[],
  last: SyntaxNode,
  evaluator: Evaluator,
): Fix[] {
  const condition = guards.map(({ variable, bound }) => `${variable.name} < ${bound}`).join(' && ');
  const edits: TextChange[] = [];
  const wrapped = new Set<SyntaxNode>();
  const unguarded = found.accesses.filter((access) => access.unguarded.length > 0);
  for (const { node } of unguarded) {
    if (node.start < last.end) return [];
    const statement = statementOf(node);
    const assignment = statement.type === 'expression_statement' ? statement.first('assignment_expression') : undefined;
    if (assignment?.child('left')?.contains(node) || (statement.type === 'expression_statement' && !assignment))
      wrapped.add(statement);
  }
  for (const statement of wrapped) {
    if (waits(statement)) return [];
    edits.push({ span: { start: statement.start, end: statement.start }, newText: `if (${condition}) ` });
  }
  for (const { node, variable } of unguarded) {
    if (wrapped.has(statementOf(node))) continue;
    const { type } = variable;
    if (type.pointers !== 1 || !evaluator.types.number(type.base) || node.parent?.type === 'update_expression')
      return [];
    const whole = node.field === 'right' || node.field === 'value';
    const newText = `${condition} ? ${node.text} : 0`;
    edits.push({
      span: node.span,
      newText: whole && node.parent?.type !== 'binary_expression' ? newText : `(${newText})`,
    });
  }
  return [
    {
      title: msg("Access only where '{0}'", condition),
      edits: edits.sort((a, b) => a.span.start - b.span.start),
      preferred: true,
    },
  ];
}

function waits(statement: SyntaxNode): boolean {
  return /__sync|_sync\s*\(/.test(statement.text);
}
