/** Where the memory of containers and owning pointers lies: `v.data()`, `thrust::raw_pointer_cast`, `p.get()`. */
import type { SyntaxNode } from '../parse';
import { unparenthesized } from '../parse/node';
import { bodyOf } from './body';
import { readDeclarator } from './declarators';
import type { Evaluator } from './evaluator';
import type { FunctionFacts } from './facts';
import { namedVariable } from './named-variable';
import { unknownAt, type Provenance } from './provenance';
import { assignedValue } from './threads';

/** The function in which a name is read. */
interface Scope {
  readonly fn: FunctionFacts;
  readonly evaluator: Evaluator;
}

export const hostContainer = /^(?:(?:std::)?(?:vector|array|basic_string|string)|thrust::host_vector)\b/;

/** The memory of a `std::unique_ptr` with the deleter of its own. */
export function ownedMemory(object: SyntaxNode, scope: Scope): Provenance {
  const variable = object.type === 'identifier' ? namedVariable(object, scope.fn, scope.evaluator) : undefined;
  const value = variable?.initial && assignedValue(variable.initial.node);
  const made =
    value?.type === 'call_expression' && /^(?:std::)?make_unique\b/.test(value.child('function')?.text ?? '');
  if (!made || variable?.kind !== 'variable') return unknownAt(object);
  return { sources: [{ kind: 'heap', node: value, api: 'make_unique' }], inside: false };
}

/** `thrust::raw_pointer_cast(v.data())`, `(&v[0])`. */
export function rawPointerMemory(argument: SyntaxNode | undefined, scope: Scope): Provenance {
  const root = argument && rootOf(argument);
  const base = root && containerType(root, scope);
  if (base === undefined || !root) return unknownAt(argument ?? scope.fn.node);
  if (/(?:^|::)device_vector</.test(base))
    return { sources: [{ kind: 'device', node: root, api: 'thrust::device_vector' }], inside: true };
  return unknownAt(root);
}

export function containerMemory(object: SyntaxNode | undefined, scope: Scope): Provenance {
  const base = object?.type === 'identifier' ? containerType(object, scope) : undefined;
  if (!object || base === undefined || !hostContainer.test(base) || ownAllocator(base))
    return unknownAt(object ?? scope.fn.node);
  return { sources: [{ kind: 'object', node: object, api: base.replace(/<[\s\S]*$/, '') }], inside: false };
}

/** The declared type of a container. The grammar reads `std::vector<float> v(n);` as a function. */
function containerType(name: SyntaxNode, { fn, evaluator }: Scope): string | undefined {
  const variable = namedVariable(name, fn, evaluator);
  if (variable) {
    const { type } = variable;
    return type.pointers === 0 && type.arrays === 0 ? typeText(type.base, evaluator) : undefined;
  }
  const found = bodyOf(fn)
    .of('declaration')
    .filter((declaration) => declaration.offset < name.offset && declaration.parent?.contains(name))
    .flatMap((declaration) =>
      declaration.children
        .filter((child) => child.field === 'declarator')
        .map((child) => readDeclarator(child))
        .filter((declarator) => declarator?.function && declarator.name.text === name.text)
        .map(() => declaration.child('type')?.text ?? ''),
    );
  return found.length === 1 ? typeText(found[0]!, evaluator) : undefined;
}

function typeText(base: string, evaluator: Evaluator): string {
  const resolved = evaluator.types.resolve(base).base;
  return (resolved === '' ? base : resolved).replace(/\s+/g, '');
}

function ownAllocator(base: string): boolean {
  const list = /<(.*)>$/.exec(base)?.[1];
  if (list === undefined) return false;
  let depth = 0;
  for (const c of list) {
    if (c === '<') depth++;
    else if (c === '>') depth--;
    else if (c === ',' && depth === 0) return !/^(?:std::)?array</.test(base);
  }
  return false;
}

/** `v` of `v.data()`, `&v[0]`, `m[i][j]`. */
export function rootOf(node: SyntaxNode): SyntaxNode | undefined {
  for (let inner: SyntaxNode | undefined = unparenthesized(node); inner;) {
    if (inner.type === 'identifier') return inner;
    if (inner.type === 'call_expression') inner = methodOf(inner)?.object;
    else inner = inner.child('argument');
    if (inner) inner = unparenthesized(inner);
  }
  return undefined;
}

export function methodOf(call: SyntaxNode): { readonly object: SyntaxNode; readonly name: string } | undefined {
  const callee = call.child('function');
  const object = callee?.type === 'field_expression' ? callee.child('argument') : undefined;
  const name = callee?.child('field')?.text;
  return object && name !== undefined ? { object, name } : undefined;
}
