/** What kind of elements a host-side pointer expression points to. */
import type { SyntaxNode } from '../../parse';
import { unparenthesized } from '../../parse/node';
import type { Analysis } from '../../model/build';
import { abstractPointers, readBase } from '../../model/declarators';
import type { DeclaredType, FunctionFacts, Variable } from '../../model/facts';
import { isDeclaredTwice, pointsToArray } from '../../model/named-variable';
import { findVariable } from '../../model/reach';

export interface Element {
  /** Base type, typedefs resolved: `float`. */
  readonly base: string;
  /** Stars of the element itself: 1 for the elements of a `float**`. */
  readonly pointers: number;
  /** Bytes of one element. */
  readonly size: number;
  /** As C++ writes it: `unsigned int`, `float*`. */
  readonly text: string;
}

/** The variable a name means in a function, or at file scope. */
export function variableOf(name: SyntaxNode, fn: FunctionFacts, { evaluator }: Analysis): Variable | undefined {
  const local = findVariable(fn, name.text, name);
  if (local) return isDeclaredTwice(local, fn) ? undefined : local;
  const globals = (evaluator.index.variables.get(name.text) ?? []).filter(({ value }) => value.owner === '');
  return globals.length === 1 ? globals[0]!.value : undefined;
}

/** The elements behind a pointer; nothing for `void*`, casts to other types, and what is not known. */
export function elementOf(
  expression: SyntaxNode | undefined,
  fn: FunctionFacts,
  analysis: Analysis,
): Element | undefined {
  const node = expression && unparenthesized(expression);
  switch (node?.type) {
    case 'identifier': {
      const variable = variableOf(node, fn, analysis);
      return variable && !variable.type.reference ? pointee(variable, analysis) : undefined;
    }
    case 'field_expression': {
      const type = fieldType(node, fn, analysis);
      return type && stepped(type, 1, analysis);
    }
    case 'binary_expression':
      return /^[+-]$/.test(node.child('operator')?.text ?? '')
        ? (elementOf(node.child('left'), fn, analysis) ?? elementOf(node.child('right'), fn, analysis))
        : undefined;
    case 'pointer_expression':
      return node.child('operator')?.text === '&' ? addressed(node.child('argument'), fn, analysis) : undefined;
    case 'cast_expression':
      return isVoid(node.child('type')) ? elementOf(node.child('value'), fn, analysis) : undefined;
    case 'call_expression': {
      const callee = node.child('function');
      const [only] = node.child('arguments')?.children ?? [];
      if (callee?.type === 'template_function' && /_cast$/.test(callee.child('name')?.text ?? '')) {
        return isVoid(callee.child('arguments')?.children[0]) ? elementOf(only, fn, analysis) : undefined;
      }
      const object = callee?.child('argument');
      return callee?.child('field')?.text === 'data' && object?.type === 'identifier'
        ? contained(object, fn, analysis)
        : undefined;
    }
    default:
      return undefined;
  }
}

function isVoid(type: SyntaxNode | undefined): boolean {
  return type !== undefined && readBase(type) === 'void' && abstractPointers(type.child('declarator')) > 0;
}

/** `&x`, `&a[i]`, `&v[0]`. */
function addressed(target: SyntaxNode | undefined, fn: FunctionFacts, analysis: Analysis): Element | undefined {
  const node = target && unparenthesized(target);
  if (node?.type === 'identifier') {
    const variable = variableOf(node, fn, analysis);
    return variable && !variable.type.reference && variable.type.arrays === 0
      ? stepped(variable.type, 0, analysis)
      : undefined;
  }
  if (node?.type === 'field_expression') {
    const type = fieldType(node, fn, analysis);
    return type && type.arrays === 0 ? stepped(type, 0, analysis) : undefined;
  }
  const object = node?.type === 'subscript_expression' ? node.child('argument') : undefined;
  if (!object) return undefined;
  if (object.type === 'identifier') return contained(object, fn, analysis) ?? elementOf(object, fn, analysis);
  return elementOf(object, fn, analysis);
}

/** Type of the elements of a `std::vector` or `std::array`. */
export function contained(name: SyntaxNode, fn: FunctionFacts, analysis: Analysis): Element | undefined {
  const base = variableOf(name, fn, analysis)?.type.base;
  const match =
    base === undefined ? undefined : /^(?:std::)?(?:vector|array)\s*<\s*([\w:\s]+?)\s*(\**)\s*[,>]/.exec(base);
  return match ? stepped(plain(match[1]!, match[2]!.length), 0, analysis) : undefined;
}

function plain(base: string, pointers: number): DeclaredType {
  return { base, const: false, pointers, reference: false, extents: [], arrays: 0 };
}

function pointee(variable: Variable, analysis: Analysis): Element | undefined {
  const { type } = variable;
  // A parameter `int a[2][3]` counts as two stars, but holds no pointers.
  if (variable.kind === 'parameter' && type.pointers > 1 && variable.node.parent?.type === 'array_declarator')
    return undefined;
  if (type.arrays > 0) return pointsToArray(variable) ? undefined : stepped(type, 0, analysis);
  return stepped(type, 1, analysis);
}

/** The type after `steps` dereferences. */
function stepped(type: DeclaredType, steps: number, { evaluator }: Analysis): Element | undefined {
  const resolved = evaluator.types.resolve(type.base);
  const pointers = type.pointers + resolved.pointers - steps;
  if (pointers < 0 || type.base === 'auto' || (pointers === 0 && resolved.base === 'void')) return undefined;
  const size = evaluator.types.size(type.base, type.pointers - steps);
  if (size === undefined) return undefined;
  const written = type.pointers - steps;
  const text = written >= 0 ? `${type.base}${'*'.repeat(written)}` : `${resolved.base}${'*'.repeat(pointers)}`;
  return { base: resolved.base, pointers, size, text };
}

/** `s.d` and `s->d` of a structure of the file. */
export function fieldType(node: SyntaxNode, fn: FunctionFacts, analysis: Analysis): DeclaredType | undefined {
  const object = node.child('argument');
  const field = node.child('field')?.text;
  const variable = object?.type === 'identifier' ? variableOf(object, fn, analysis) : undefined;
  if (!variable || variable.type.arrays > 0) return undefined;
  const { types, index } = analysis.evaluator;
  const struct = index.structs.get(types.resolve(variable.type.base).base);
  const found = struct?.fields.filter(({ name }) => name === field) ?? [];
  return found.length === 1 ? found[0]!.type : undefined;
}

/** A built-in number: the structures and vectors that people fill by parts are none. */
export function isScalar({ base, pointers }: Element, { evaluator }: Analysis): boolean {
  return pointers === 0 && evaluator.types.number(base) !== undefined;
}
