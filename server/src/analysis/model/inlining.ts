/** What a call comes to, where a function of the file or a lambda only computes what it returns. */
import type { SyntaxNode } from '../parse';
import { declaredType, readDeclarator } from './declarators';
import type { Evaluator, Place } from './evaluator';
import type { Expr } from './expression';
import type { DeclaredType, FunctionFacts } from './facts';
import { lastPart, type FileIndex } from './file-index';
import { blockOf, computing, helperStatements, lastOf, returns } from './helpers';
import { findVariable } from './reach';
import { splitArguments } from './tokens';

/** Undefined where the function is not understood. */
export function helperResult(
  { callee, templates }: Extract<Expr, { kind: 'call' }>,
  args: readonly Expr[],
  place: Place,
  evaluator: Evaluator,
): Expr | undefined {
  const helper = helperOf(callee, args.length, evaluator.index);
  if (!helper) return undefined;
  const { fn, statements } = helper;
  const bindings = new Map<string, Expr>();
  fn.parameters.forEach(({ variable }, index) => bind(bindings, variable.name, variable.type, args[index], evaluator));
  const depth = (place.depth ?? 0) + 1;
  splitArguments(templates ?? '').forEach((text, index) => {
    const parameter = fn.templateParameters[index];
    const name = parameter?.type === 'parameter_declaration' ? parameter.child('declarator')?.text : undefined;
    if (name !== undefined) bindings.set(name, evaluator.resolveText(text, { ...place, depth }));
  });
  const result = returned(statements, { at: fn.node, function: fn, bindings, depth: depth + 1 }, evaluator);
  // What is not understood keeps its name.
  if (!result || result.kind === 'opaque') return undefined;
  const type = fn.returnType.base;
  return evaluator.types.number(type) ? { kind: 'cast', type, operand: result } : result;
}

export function lambdaResult(
  lambda: SyntaxNode,
  args: readonly Expr[],
  place: Place,
  evaluator: Evaluator,
): Expr | undefined {
  const parameters = lambda.child('declarator')?.child('parameters')?.children ?? [];
  const statements = computing(lambda.child('body')?.children ?? []);
  if (!statements || parameters.length !== args.length || lambda.broken) return undefined;
  const bindings = new Map<string, Expr>();
  for (const [index, parameter] of parameters.entries()) {
    const declarator = readDeclarator(parameter.child('declarator'));
    if (declarator) bind(bindings, declarator.name.text, declaredType(parameter, declarator), args[index], evaluator);
  }
  const depth = (place.depth ?? 0) + 2;
  return returned(statements, { at: lambda, function: place.function, bindings, depth }, evaluator);
}

/** `auto up = [](int a, int b) { … };`, where `callee` names such a variable. */
export function lambdaOf(
  callee: string,
  { at, function: fn }: Place,
  { variables }: FileIndex,
): SyntaxNode | undefined {
  const local = fn && findVariable(fn, callee, at);
  const globals = local || callee.includes('::') ? [] : (variables.get(callee) ?? []);
  const variable = local ?? (globals.length === 1 ? globals[0]!.value : undefined);
  const value = variable?.initial?.node.child('value');
  return value?.type === 'lambda_expression' ? value : undefined;
}

function bind(
  bindings: Map<string, Expr>,
  name: string,
  type: DeclaredType,
  arg: Expr | undefined,
  { types }: Evaluator,
): void {
  if (!arg) return;
  const cast = types.number(type.base) !== undefined && type.pointers === 0;
  bindings.set(name, cast ? { kind: 'cast', type: type.base, operand: arg } : arg);
}

/** What a helper's statements return, from the first on; nothing if they may end without. */
function returned(statements: readonly SyntaxNode[], place: Place, evaluator: Evaluator): Expr | undefined {
  for (const [index, statement] of statements.entries()) {
    if (statement.type === 'return_statement') {
      const value = statement.children.find((child) => child.type !== 'return');
      return value && evaluator.resolveText(value.text, { ...place, at: value });
    }
    const [condition, consequence] = [statement.child('condition'), statement.child('consequence')];
    if (statement.type !== 'if_statement' || !condition || !consequence || !returns(lastOf(consequence))) continue;
    const alternative = statement.child('alternative');
    const rest = [...(alternative ? blockOf(alternative) : []), ...statements.slice(index + 1)];
    const then = returned(blockOf(consequence), place, evaluator);
    const otherwise = returned(rest, place, evaluator);
    if (!then || !otherwise) return undefined;
    const test = evaluator.resolveText(condition.text, { ...place, at: condition });
    return { kind: 'conditional', condition: test, then, otherwise };
  }
  return undefined;
}

/** A function of the file that only computes what it returns. */
function helperOf(
  callee: string,
  count: number,
  { functions }: FileIndex,
): { fn: FunctionFacts; statements: readonly SyntaxNode[] } | undefined {
  const fitting = (functions.get(lastPart(callee)) ?? []).filter(
    ({ value }) => value.body && value.parameters.length === count,
  );
  const fn = fitting.length === 1 ? fitting[0]!.value : undefined;
  const statements = fn && helperStatements(fn);
  if (!fn || !statements) return undefined;
  const changed = fn.parameters.some(({ variable }) =>
    (fn.events.get(variable.name) ?? []).some((e) => e.action.kind !== 'passed'),
  );
  return changed ? undefined : { fn, statements };
}
