import type { SyntaxNode, Unit } from '../parse';
import type { AccessAnalysis } from './access';
import type { Evaluator } from './evaluator';
import type { DeclaredType, FunctionFacts, Variable } from './facts';
import { isConditional } from './file-index';
import type { CType, Expression, Kernel, Parameter, SharedVariable, TemplateParameter } from './types';

export function qualified(unit: Unit, name: string): string {
  return [...unit.context.namespaces, name].join('::');
}

export function toExpression(evaluator: Evaluator, node: SyntaxNode, fn: FunctionFacts | undefined): Expression {
  const text = node.text;
  return { text, span: node.span, value: evaluator.evaluate(evaluator.resolveText(text, { at: node, function: fn })) };
}

export function buildKernel(fn: FunctionFacts, unit: Unit, evaluator: Evaluator, access: AccessAnalysis): Kernel {
  const bounds = fn.launchBounds?.children.find((child) => child.type !== '__launch_bounds__');
  const expression = (node: SyntaxNode): Expression => toExpression(evaluator, node, fn);
  const accesses = access.all(fn);
  return {
    name: qualified(unit, fn.name),
    nameSpan: fn.nameNode.span,
    span: { start: fn.whole.start, end: (fn.body ?? fn.whole).end },
    ...(fn.body ? { body: fn.body.span } : {}),
    parameters: fn.parameters.map(({ node, variable }, index) =>
      buildParameter(fn, node, variable, evaluator, accesses[index] ?? 'unknown'),
    ),
    templateParameters: fn.templateParameters.flatMap(templateParameter),
    shared: sharedVariables(fn, evaluator, expression),
    ...(bounds ? { maxThreads: expression(bounds) } : {}),
    threadAxes: fn.threadAxes,
    blockAxes: fn.blockAxes,
    conditional: isConditional(unit.context.conditions, fn.node),
    broken: (fn.body ?? fn.node).broken,
  };
}

function buildParameter(
  fn: FunctionFacts,
  node: SyntaxNode,
  variable: Variable,
  evaluator: Evaluator,
  access: Parameter['access'],
): Parameter {
  const text = variable.name === '' ? node.text : withoutName(node, variable.node);
  const base = evaluator.types.resolve(variable.type.base);
  const type: CType = {
    text,
    base: templateName(fn, variable.type) ? variable.type.base : base.base,
    pointers: variable.type.pointers + base.pointers,
    reference: variable.type.reference,
    const: variable.type.const,
  };
  return { name: variable.name, type, span: node.span, access, ...(hasDefault(node) ? { hasDefault: true } : {}) };
}

/** Whether a launch may leave the argument of this parameter out. */
export function hasDefault(parameter: SyntaxNode): boolean {
  return parameter.type === 'optional_parameter_declaration';
}

/** A template parameter hides a typedef of the same name. */
function templateName(fn: FunctionFacts, type: DeclaredType): boolean {
  return fn.templateParameters.some((p) => p.text.split(/[\s=.]+/).includes(type.base));
}

function withoutName(node: SyntaxNode, name: SyntaxNode): string {
  const text = node.text;
  const start = name.offset - node.offset;
  const [before] = [text.slice(0, start) + text.slice(start + name.length)];
  return before
    .replace(/=[\s\S]*$/, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function templateParameter(node: SyntaxNode): TemplateParameter[] {
  switch (node.type) {
    case 'type_parameter_declaration':
    case 'optional_type_parameter_declaration':
    case 'variadic_type_parameter_declaration': {
      const name = node.child('name')?.text ?? node.first('type_identifier')?.text ?? '';
      const value = node.child('default_type')?.text;
      const kind = node.type.startsWith('variadic') ? 'other' : 'type';
      return [{ kind, name, ...(value === undefined ? {} : { default: value }) }];
    }
    case 'parameter_declaration':
    case 'optional_parameter_declaration': {
      const name = node.child('declarator')?.text ?? '';
      const value = node.child('default_value')?.text;
      const type = node.child('type')?.text ?? '';
      return [{ kind: 'value', name, type, ...(value === undefined ? {} : { default: value }) }];
    }
    default:
      return /parameter/.test(node.type) ? [{ kind: 'other', name: node.text }] : [];
  }
}

function sharedVariables(
  fn: FunctionFacts,
  evaluator: Evaluator,
  expression: (node: SyntaxNode) => Expression,
): SharedVariable[] {
  const shared: SharedVariable[] = [];
  for (const variable of [...fn.variables.values()].flat()) {
    if (variable.specifiers.has('__shared__')) shared.push(sharedVariable(variable, expression));
  }
  for (const variable of evaluator.index.shared) {
    // At file scope it belongs to the kernels that use it.
    if (mentions(fn, variable.name))
      shared.push(sharedVariable(variable, (node) => toExpression(evaluator, node, undefined)));
  }
  return shared.sort((a, b) => a.span.start - b.span.start);
}

function mentions(fn: FunctionFacts, name: string): boolean {
  return fn.body !== undefined && !fn.variables.has(name) && new RegExp(`\\b${name}\\b`).test(fn.body.text);
}

function sharedVariable(variable: Variable, expression: (node: SyntaxNode) => Expression): SharedVariable {
  return {
    name: variable.name,
    type: variable.type.base,
    span: variable.node.span,
    dynamic: variable.specifiers.has('extern'),
    extents: variable.type.extents.map(expression),
  };
}
