/** Where the memory behind a host-side pointer comes from, as far as the function that uses it shows. */
import type { SyntaxNode } from '../parse';
import { unparenthesized } from '../parse/node';
import { AssignedMemory } from './assigned-memory';
import { containerMemory, methodOf, ownedMemory, rawPointerMemory, rootOf } from './container-memory';
import type { Evaluator } from './evaluator';
import type { FunctionFacts, Variable } from './facts';
import { namedVariable, pointsToArray, shapeOf } from './named-variable';
import {
  allocatedBy,
  allocatorOf,
  isKnown,
  merge,
  nothing,
  unknownAt,
  type MemoryKind,
  type Provenance,
} from './provenance';

export class Pointers {
  private readonly assigned: AssignedMemory;

  constructor(
    readonly fn: FunctionFacts,
    readonly evaluator: Evaluator,
    /** What is being followed, in this function and in those that led here. */
    pending = new Set<string>(),
  ) {
    this.assigned = new AssignedMemory(fn, evaluator, pending, {
      of: (expression) => this.of(expression),
      inside: (other) => new Pointers(other, evaluator, pending).assigned,
    });
  }

  /** Where the memory behind a pointer expression comes from. */
  of(expression: SyntaxNode | undefined, depth = 0): Provenance {
    if (!expression || depth > 12) return unknownAt(expression ?? this.fn.node);
    const node = unparenthesized(expression);
    switch (node.type) {
      case 'identifier':
        return this.name(node);
      case 'null':
        return nothing;
      case 'number_literal':
        return node.text === '0' ? nothing : unknownAt(node);
      case 'cast_expression':
        return this.of(node.child('value'), depth + 1);
      case 'assignment_expression':
        return this.of(node.child('right'), depth + 1);
      case 'new_expression':
        // Placement new has an argument list of its own.
        if (node.child('placement')) return unknownAt(node);
        return { sources: [{ kind: 'heap', node, api: 'new' }], inside: false };
      case 'conditional_expression':
        return merge([this.of(node.child('consequence'), depth + 1), this.of(node.child('alternative'), depth + 1)]);
      case 'binary_expression':
        return this.sum(node, depth);
      case 'pointer_expression':
        return node.child('operator')?.text === '&' ? this.address(node.child('argument'), depth) : unknownAt(node);
      case 'subscript_expression':
        return this.element(node, depth);
      case 'field_expression':
        return this.member(node);
      case 'call_expression':
        return this.call(node, depth);
      default:
        return unknownAt(node);
    }
  }

  /** `d + n`, `n + d`. */
  private sum(node: SyntaxNode, depth: number): Provenance {
    const op = node.child('operator')?.text;
    const left = node.child('left');
    const right = node.child('right');
    if (!left || !right || (op !== '+' && op !== '-')) return unknownAt(node);
    for (const side of op === '+' ? [left, right] : [left]) {
      const found = this.of(side, depth + 1);
      if (isKnown(found)) return { ...found, inside: true };
    }
    return unknownAt(node);
  }

  /** `&x`, `&a[i]`, `&s.x`, `&p->x`, `&v[0]`. */
  private address(target: SyntaxNode | undefined, depth: number): Provenance {
    const node = target && unparenthesized(target);
    if (!node) return unknownAt(this.fn.node);
    if (node.type === 'subscript_expression') {
      const object = node.child('argument');
      const first = node.child('indices')?.text.replace(/[[\]\s]/g, '') === '0';
      const inner = object ? unparenthesized(object) : undefined;
      if (inner?.type === 'subscript_expression') return { ...this.address(inner, depth + 1), inside: true };
      const held = inner?.type === 'identifier' ? containerMemory(inner, this) : undefined;
      const found = held && isKnown(held) ? held : this.of(inner, depth + 1);
      return first ? found : { ...found, inside: true };
    }
    if (node.type === 'identifier') {
      const variable = this.variable(node);
      if (!variable || variable.type.reference) return unknownAt(node);
      return this.object(variable, node);
    }
    if (node.type === 'field_expression') {
      const object = node.child('argument');
      if (node.child('operator')?.text === '->') return { ...this.of(object, depth + 1), inside: true };
      return { ...this.address(object, depth + 1), inside: true };
    }
    if (node.type === 'call_expression') {
      const method = methodOf(node);
      if (method && /^(?:front|at)$/.test(method.name))
        return { ...containerMemory(method.object, this), inside: true };
    }
    if (node.type === 'pointer_expression' && node.child('operator')?.text === '*')
      return this.of(node.child('argument'), depth + 1);
    return unknownAt(node);
  }

  /** The memory of a variable itself. */
  private object(variable: Variable, node: SyntaxNode): Provenance {
    const { specifiers } = variable;
    const kind: MemoryKind = specifiers.has('__managed__')
      ? 'managed'
      : specifiers.has('__device__') || specifiers.has('__constant__')
        ? 'symbol'
        : specifiers.has('__shared__')
          ? 'unknown'
          : 'object';
    return { sources: [{ kind, node, api: '', object: variable }], inside: false };
  }

  private name(node: SyntaxNode): Provenance {
    if (/^(?:NULL|nullptr)$/.test(node.text)) return nothing;
    const variable = this.variable(node);
    if (!variable && this.assigned.isOwnMember(node.text)) return this.assigned.ownMember(node);
    if (!variable || variable.type.reference) return unknownAt(node);
    const shape = shapeOf(variable, this.evaluator);
    if (shape === 'array') return this.object(variable, node);
    const { specifiers } = variable;
    if (specifiers.has('__device__') || specifiers.has('__constant__') || specifiers.has('__managed__'))
      return shape === 'pointer' && specifiers.has('__managed__') ? unknownAt(node) : this.object(variable, node);
    if (shape === 'value') return unknownAt(node);
    return this.assigned.of(variable, undefined, node);
  }

  /** `d[i]` of an array of pointers, `m[i]` of an array of arrays. */
  private element(node: SyntaxNode, depth: number): Provenance {
    const object = node.child('argument');
    const inner = object && unparenthesized(object);
    if (!inner) return unknownAt(node);
    if (inner.type === 'subscript_expression') {
      const root = rootOf(inner);
      const variable = root && this.variable(root);
      const arrays = variable?.type.pointers === 0 ? variable.type.arrays : 0;
      return arrays >= 3 ? { ...this.address(inner, depth + 1), inside: true } : unknownAt(node);
    }
    if (inner.type !== 'identifier') return unknownAt(node);
    const variable = this.variable(inner);
    if (!variable || variable.type.reference) return unknownAt(node);
    const { type } = variable;
    const list = type.arrays > 0 && type.pointers === 1 && !pointsToArray(variable);
    if (type.arrays > 1 && type.pointers === 0) return { ...this.object(variable, inner), inside: true };
    const holdsPointers = list || type.pointers >= 2 || /<[^<>]*\*\s*>/.test(type.base);
    return holdsPointers ? this.assigned.of(variable, '[]', inner) : unknownAt(node);
  }

  /** `s.d_a` and `s->d_a`. */
  private member(node: SyntaxNode): Provenance {
    const object = node.child('argument');
    const field = node.child('field')?.text;
    const fieldNode = node.child('field');
    if (object?.type === 'this' && fieldNode && this.assigned.isOwnMember(fieldNode.text))
      return this.assigned.ownMember(fieldNode);
    if (object?.type !== 'identifier' || field === undefined) return unknownAt(node);
    const variable = this.variable(object);
    return variable ? this.assigned.of(variable, field, object) : unknownAt(node);
  }

  private call(node: SyntaxNode, depth: number): Provenance {
    const callee = node.child('function')?.text.replace(/\s+/g, '') ?? '';
    const args = node.child('arguments')?.children ?? [];
    if (/^(?:static|reinterpret|const)_cast</.test(callee)) return this.of(args[0], depth + 1);
    const allocator = allocatorOf(node);
    if (allocator && allocator.pointer === undefined) return allocatedBy(node, allocator);
    if (/(?:^|::)raw_pointer_cast$/.test(callee)) return rawPointerMemory(args[0], this);
    const method = methodOf(node);
    if (method && /^(?:data|c_str)$/.test(method.name) && args.length === 0)
      return containerMemory(method.object, this);
    if (method?.name === 'get' && args.length === 0) return ownedMemory(method.object, this);
    return unknownAt(node);
  }

  private variable(name: SyntaxNode): Variable | undefined {
    return namedVariable(name, this.fn, this.evaluator);
  }
}
