/** Reads declarations: names, types, initialisers, in every spelling the grammar has for them. */
import type { SyntaxNode } from '../parse';
import type { DeclaredType, VariableEvent } from './facts';
import { isVector } from './size-changes';
import { splitArguments } from './tokens';

export interface Declarator {
  readonly name: SyntaxNode;
  readonly pointers: number;
  readonly reference: boolean;
  readonly extents: readonly SyntaxNode[];
  readonly arrays: number;
  /** The innermost function declarator, if there is one. */
  readonly function?: SyntaxNode;
}

const nameTypes = new Set([
  'identifier',
  'field_identifier',
  'type_identifier',
  'qualified_identifier',
  'operator_name',
  'destructor_name',
  'template_function',
]);

/** Follows a declarator down to its name. */
export function readDeclarator(node: SyntaxNode | undefined): Declarator | undefined {
  let pointers = 0;
  let reference = false;
  let arrays = 0;
  let functionNode: SyntaxNode | undefined;
  const extents: SyntaxNode[] = [];
  for (let current = node, guard = 0; current && guard < 64; guard++) {
    if (nameTypes.has(current.type)) {
      const base = { name: current, pointers, reference, extents: extents.reverse(), arrays };
      return functionNode ? { ...base, function: functionNode } : base;
    }
    if (current.type === 'pointer_declarator' && !functionNode) pointers++;
    else if (current.type === 'reference_declarator') reference = true;
    else if (current.type === 'function_declarator') functionNode = current;
    else if (current.type === 'array_declarator') {
      const size = current.child('size');
      arrays++;
      if (size) extents.push(size);
    }
    const last: SyntaxNode | undefined = current.children[current.children.length - 1];
    const wrapped = /^(reference_declarator|parenthesized_declarator|attributed_declarator)$/.test(current.type);
    current = current.child('declarator') ?? (wrapped ? last : undefined);
  }
  return undefined;
}

/** The words before the declarators: `static`, `const`, `constexpr`, `__shared__`, `__global__`. */
export function readSpecifiers(node: SyntaxNode): Set<string> {
  const words = new Set<string>();
  for (const child of node.children) {
    if (child.type === 'type_qualifier' || child.type === 'storage_class_specifier') words.add(child.text);
    else if (child.type.startsWith('__')) words.add(child.type);
  }
  return words;
}

/** Base type as written, blanks normalised. */
export function readBase(node: SyntaxNode): string {
  const type = node.child('type');
  if (!type) return '';
  if (/^(struct|class|union|enum)_specifier$/.test(type.type)) return type.child('name')?.text ?? '';
  return type.text.replace(/\s+/g, ' ').trim();
}

export function declaredType(node: SyntaxNode, declarator: Declarator | undefined): DeclaredType {
  const specifiers = readSpecifiers(node);
  return {
    base: readBase(node),
    const: specifiers.has('const') || specifiers.has('constexpr'),
    pointers: declarator?.pointers ?? 0,
    reference: declarator?.reference ?? false,
    extents: declarator?.extents ?? [],
    arrays: declarator?.arrays ?? 0,
  };
}

/** Pointers and references of an abstract declarator (`float**`, a type in a cast). */
export function abstractPointers(node: SyntaxNode | undefined): number {
  let pointers = 0;
  for (let current = node; current; current = current.child('declarator')) {
    if (current.type === 'abstract_pointer_declarator' || current.type === 'pointer_type_declarator') pointers++;
  }
  return pointers;
}

/** The initial value of a declarator inside a declaration. */
export function readInitial(declarator: SyntaxNode): VariableEvent | undefined {
  if (declarator.type !== 'init_declarator') return undefined;
  const value = declarator.child('value');
  if (!value) return undefined;
  if (value.type === 'argument_list' || (value.type === 'initializer_list' && value.broken === false)) {
    return { node: declarator, action: { kind: 'arguments', texts: splitArguments(value.text.slice(1, -1)) } };
  }
  return { node: declarator, action: { kind: 'value', text: value.text } };
}

const scalarBase =
  /^(?:(?:unsigned|signed|long|short) ?)*(?:int|char|float|double|bool|long|short|unsigned|size_t|u?int\d+_t)?$/;

/**
 * `dim3 grid(bx, by);` and `size_t n(m * sizeof(float));` are read by the grammar as functions. Inside a function they are variables,
 * unless what stands in the parentheses can only be parameters.
 */
export function misreadVariable(
  node: SyntaxNode,
  declarator: Declarator,
  insideFunction: boolean,
): VariableEvent | undefined {
  const list = declarator.function?.child('parameters');
  if (!list || declarator.name.type !== 'identifier') return undefined;
  const base = readBase(node);
  const known =
    /^(dim3|uint3)$/.test(base) || (insideFunction && ((base !== '' && scalarBase.test(base)) || isVector(base)));
  if (!known) return undefined;
  const texts = splitArguments(list.text.slice(1, -1));
  if (texts.length === 0) return undefined;
  const prototype = list.children.some(
    (p) => p.child('type')?.type === 'primitive_type' && p.child('declarator') !== undefined,
  );
  if (prototype || list.children.some((p) => /^(dim3|int|unsigned|float)\s+\w/.test(p.text))) return undefined;
  return { node: declarator.function!, action: { kind: 'arguments', texts } };
}
