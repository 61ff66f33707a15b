/** Where the memory behind a host-side pointer comes from, as far as the function that uses it shows. */
import type { SyntaxNode } from '../parse';
import { unparenthesized } from '../parse/node';
import { bodyOf } from './body';
import { readDeclarator } from './declarators';
import type { Evaluator } from './evaluator';
import type { FunctionFacts, Variable, VariableEvent } from './facts';
import { lastPart } from './file-index';
import { eventsOf, findVariable } from './reach';
import { takesByValue } from './references';
import { assignedValue } from './threads';

export type MemoryKind =
  /** `cudaMalloc` and relatives. */
  | 'device'
  /** `cudaMallocManaged`, `__managed__`. */
  | 'managed'
  /** `cudaMallocHost`, `cudaHostAlloc`, registered memory. */
  | 'pinned'
  /** `malloc`, `new`. */
  | 'heap'
  /** An array or variable of the host, or an element of a container. */
  | 'object'
  /** A `__device__` or `__constant__` variable, whose name means nothing on the host. */
  | 'symbol'
  | 'unknown';

/** One place the memory may come from. */
export interface Source {
  readonly kind: MemoryKind;
  /** The allocating call, the `new`, or the name of the object. */
  readonly node: SyntaxNode;
  /** Name of the allocating function; empty for objects. */
  readonly api: string;
  /** What the allocation is asked for in bytes, where one argument says it. */
  readonly bytes?: SyntaxNode;
  /** The array or variable that is the memory. */
  readonly object?: Variable;
}

/** Every source the pointer may have; empty when it is only ever null or never set. */
export interface Provenance {
  readonly sources: readonly Source[];
  /** The pointer may stand inside of the memory rather than at its start. */
  readonly inside: boolean;
}

interface Allocator {
  readonly kind: MemoryKind;
  /** The argument that takes the pointer's address; absent when the pointer is returned. */
  readonly pointer?: number;
  readonly bytes?: number;
}

const allocators: Readonly<Record<string, Allocator>> = {
  cudaMalloc: { kind: 'device', pointer: 0, bytes: 1 },
  cudaMallocAsync: { kind: 'device', pointer: 0, bytes: 1 },
  cudaMallocFromPoolAsync: { kind: 'device', pointer: 0, bytes: 1 },
  cudaMallocPitch: { kind: 'device', pointer: 0 },
  cudaGetSymbolAddress: { kind: 'device', pointer: 0 },
  cudaMallocManaged: { kind: 'managed', pointer: 0, bytes: 1 },
  cudaMallocHost: { kind: 'pinned', pointer: 0, bytes: 1 },
  cudaHostAlloc: { kind: 'pinned', pointer: 0, bytes: 1 },
  posix_memalign: { kind: 'heap', pointer: 0, bytes: 2 },
  malloc: { kind: 'heap', bytes: 0 },
  calloc: { kind: 'heap' },
  realloc: { kind: 'heap', bytes: 1 },
  aligned_alloc: { kind: 'heap', bytes: 1 },
  strdup: { kind: 'heap' },
};

const nothing: Provenance = { sources: [], inside: false };
const hostContainer = /^(?:(?:std::)?(?:vector|array|basic_string|string)|thrust::host_vector)\b/;

/** Calls to a function that allocates, with what it gives. */
export function allocatorOf(call: SyntaxNode): (Allocator & { readonly api: string }) | undefined {
  const callee = call.child('function');
  if (call.type !== 'call_expression' || !callee || call.has('kernel_call_syntax')) return undefined;
  const api = callee.text.replace(/<[\s\S]*$/, '').replace(/^(?:::|std::)\s*/, '');
  const allocator = Object.hasOwn(allocators, api) ? allocators[api] : undefined;
  return allocator && { ...allocator, api };
}

export class Pointers {
  private readonly known = new Map<string, Provenance>();

  constructor(
    private readonly fn: FunctionFacts,
    private readonly evaluator: Evaluator,
    /** What is being followed, in this function and in those that led here. */
    private readonly pending = new Set<string>(),
  ) {}

  /** Where the memory behind a pointer expression comes from. */
  of(expression: SyntaxNode | undefined, depth = 0): Provenance {
    if (!expression || depth > 12) return this.unknown(expression ?? this.fn.node);
    const node = unparenthesized(expression);
    switch (node.type) {
      case 'identifier':
        return this.name(node);
      case 'null':
        return nothing;
      case 'number_literal':
        return node.text === '0' ? nothing : this.unknown(node);
      case 'cast_expression':
        return this.of(node.child('value'), depth + 1);
      case 'assignment_expression':
        return this.of(node.child('right'), depth + 1);
      case 'new_expression':
        // Placement new has an argument list of its own.
        if (node.child('placement')) return this.unknown(node);
        return { sources: [{ kind: 'heap', node, api: 'new' }], inside: false };
      case 'conditional_expression':
        return merge([this.of(node.child('consequence'), depth + 1), this.of(node.child('alternative'), depth + 1)]);
      case 'binary_expression':
        return this.sum(node, depth);
      case 'pointer_expression':
        return node.child('operator')?.text === '&' ? this.address(node.child('argument'), depth) : this.unknown(node);
      case 'subscript_expression':
        return this.element(node, depth);
      case 'field_expression':
        return this.member(node);
      case 'call_expression':
        return this.call(node, depth);
      default:
        return this.unknown(node);
    }
  }

  private unknown(node: SyntaxNode): Provenance {
    return { sources: [{ kind: 'unknown', node, api: '' }], inside: false };
  }

  /** `d + n`, `n + d`. */
  private sum(node: SyntaxNode, depth: number): Provenance {
    const op = node.child('operator')?.text;
    const left = node.child('left');
    const right = node.child('right');
    if (!left || !right || (op !== '+' && op !== '-')) return this.unknown(node);
    for (const side of op === '+' ? [left, right] : [left]) {
      const found = this.of(side, depth + 1);
      if (isKnown(found)) return { ...found, inside: true };
    }
    return this.unknown(node);
  }

  /** `&x`, `&a[i]`, `&s.x`, `&p->x`, `&v[0]`. */
  private address(target: SyntaxNode | undefined, depth: number): Provenance {
    const node = target && unparenthesized(target);
    if (!node) return this.unknown(this.fn.node);
    if (node.type === 'subscript_expression') {
      const object = node.child('argument');
      const first = node.child('indices')?.text.replace(/[[\]\s]/g, '') === '0';
      const inner = object ? unparenthesized(object) : undefined;
      if (inner?.type === 'subscript_expression') return { ...this.address(inner, depth + 1), inside: true };
      const held = inner?.type === 'identifier' ? this.container(inner) : undefined;
      const found = held && isKnown(held) ? held : this.of(inner, depth + 1);
      return first ? found : { ...found, inside: true };
    }
    if (node.type === 'identifier') {
      const variable = this.variable(node);
      if (!variable || variable.type.reference) return this.unknown(node);
      return this.object(variable, node);
    }
    if (node.type === 'field_expression') {
      const object = node.child('argument');
      if (node.child('operator')?.text === '->') return { ...this.of(object, depth + 1), inside: true };
      return { ...this.address(object, depth + 1), inside: true };
    }
    if (node.type === 'call_expression') {
      const method = methodOf(node);
      if (method && /^(?:front|at)$/.test(method.name)) return { ...this.container(method.object), inside: true };
    }
    if (node.type === 'pointer_expression' && node.child('operator')?.text === '*')
      return this.of(node.child('argument'), depth + 1);
    return this.unknown(node);
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
    if (!variable && this.isOwnMember(node.text)) return this.ownMember(node);
    if (!variable || variable.type.reference) return this.unknown(node);
    const shape = shapeOf(variable, this.evaluator);
    if (shape === 'array') return this.object(variable, node);
    const { specifiers } = variable;
    if (specifiers.has('__device__') || specifiers.has('__constant__') || specifiers.has('__managed__'))
      return shape === 'pointer' && specifiers.has('__managed__') ? this.unknown(node) : this.object(variable, node);
    if (shape === 'value') return this.unknown(node);
    return this.place(variable, undefined, node);
  }

  /** `d[i]` of an array of pointers, `m[i]` of an array of arrays. */
  private element(node: SyntaxNode, depth: number): Provenance {
    const object = node.child('argument');
    const inner = object && unparenthesized(object);
    if (!inner) return this.unknown(node);
    if (inner.type === 'subscript_expression') {
      const root = rootOf(inner);
      const variable = root && this.variable(root);
      const arrays = variable?.type.pointers === 0 ? variable.type.arrays : 0;
      return arrays >= 3 ? { ...this.address(inner, depth + 1), inside: true } : this.unknown(node);
    }
    if (inner.type !== 'identifier') return this.unknown(node);
    const variable = this.variable(inner);
    if (!variable || variable.type.reference) return this.unknown(node);
    const { type } = variable;
    const list = type.arrays > 0 && type.pointers === 1 && !pointsToArray(variable);
    if (type.arrays > 1 && type.pointers === 0) return { ...this.object(variable, inner), inside: true };
    const holdsPointers = list || type.pointers >= 2 || /<[^<>]*\*\s*>/.test(type.base);
    return holdsPointers ? this.place(variable, '[]', inner) : this.unknown(node);
  }

  /** `s.d_a` and `s->d_a`. */
  private member(node: SyntaxNode): Provenance {
    const object = node.child('argument');
    const field = node.child('field')?.text;
    const fieldNode = node.child('field');
    if (object?.type === 'this' && fieldNode && this.isOwnMember(fieldNode.text)) return this.ownMember(fieldNode);
    if (object?.type !== 'identifier' || field === undefined) return this.unknown(node);
    const variable = this.variable(object);
    return variable ? this.place(variable, field, object) : this.unknown(node);
  }

  private call(node: SyntaxNode, depth: number): Provenance {
    const callee = node.child('function')?.text.replace(/\s+/g, '') ?? '';
    const args = node.child('arguments')?.children ?? [];
    if (/^(?:static|reinterpret|const)_cast</.test(callee)) return this.of(args[0], depth + 1);
    const allocator = allocatorOf(node);
    if (allocator && allocator.pointer === undefined) return { sources: [source(node, allocator)], inside: false };
    if (/(?:^|::)raw_pointer_cast$/.test(callee)) return this.rawPointer(args[0]);
    const method = methodOf(node);
    if (method && /^(?:data|c_str)$/.test(method.name) && args.length === 0) return this.container(method.object);
    if (method?.name === 'get' && args.length === 0) return this.owned(method.object);
    return this.unknown(node);
  }

  /** The memory of a `std::unique_ptr` with the deleter of its own. */
  private owned(object: SyntaxNode): Provenance {
    const variable = object.type === 'identifier' ? this.variable(object) : undefined;
    const value = variable?.initial && assignedValue(variable.initial.node);
    const made =
      value?.type === 'call_expression' && /^(?:std::)?make_unique\b/.test(value.child('function')?.text ?? '');
    if (!made || variable?.kind !== 'variable') return this.unknown(object);
    return { sources: [{ kind: 'heap', node: value, api: 'make_unique' }], inside: false };
  }

  /** `thrust::raw_pointer_cast(v.data())`, `(&v[0])`. */
  private rawPointer(argument: SyntaxNode | undefined): Provenance {
    const root = argument && rootOf(argument);
    const base = root && this.containerType(root);
    if (base === undefined || !root) return this.unknown(argument ?? this.fn.node);
    if (/(?:^|::)device_vector</.test(base))
      return { sources: [{ kind: 'device', node: root, api: 'thrust::device_vector' }], inside: true };
    return this.unknown(root);
  }

  private container(object: SyntaxNode | undefined): Provenance {
    const base = object?.type === 'identifier' ? this.containerType(object) : undefined;
    if (!object || base === undefined || !hostContainer.test(base) || ownAllocator(base))
      return this.unknown(object ?? this.fn.node);
    return { sources: [{ kind: 'object', node: object, api: base.replace(/<[\s\S]*$/, '') }], inside: false };
  }

  /** The declared type of a container. The grammar reads `std::vector<float> v(n);` as a function. */
  private containerType(name: SyntaxNode): string | undefined {
    const variable = this.variable(name);
    if (variable) {
      const { type } = variable;
      return type.pointers === 0 && type.arrays === 0 ? this.typeText(type.base) : undefined;
    }
    const found = bodyOf(this.fn)
      .of('declaration')
      .filter((declaration) => declaration.offset < name.offset && declaration.parent?.contains(name))
      .flatMap((declaration) =>
        declaration.children
          .filter((child) => child.field === 'declarator')
          .map((child) => readDeclarator(child))
          .filter((declarator) => declarator?.function && declarator.name.text === name.text)
          .map(() => declaration.child('type')?.text ?? ''),
      );
    return found.length === 1 ? this.typeText(found[0]!) : undefined;
  }

  private typeText(base: string): string {
    const resolved = this.evaluator.types.resolve(base).base;
    return (resolved === '' ? base : resolved).replace(/\s+/g, '');
  }

  private variable(name: SyntaxNode): Variable | undefined {
    const local = findVariable(this.fn, name.text, name);
    if (local) return isDeclaredTwice(local, this.fn) ? undefined : local;
    const { index } = this.evaluator;
    const globals = (index.variables.get(name.text) ?? []).filter(({ value }) => value.owner === '');
    if (globals.length !== 1) return undefined;
    return globals[0]!.value.specifiers.has('extern') && globals[0]!.value.type.arrays === 0
      ? undefined
      : globals[0]!.value;
  }

  /** Everything a variable, or one member of it, is ever set to. */
  private place(variable: Variable, member: string | undefined, at: SyntaxNode): Provenance {
    const key = `${variable.node.key}.${member ?? ''}`;
    const known = this.known.get(key);
    if (known) return known;
    // `t = a; a = b; b = t;` adds nothing to what each of them holds already.
    if (this.pending.has(key)) return nothing;
    this.pending.add(key);
    const found = this.collect(variable, member, at);
    this.pending.delete(key);
    // What was found while another variable is being followed may lack what that one adds.
    if (this.pending.size === 0) this.known.set(key, found);
    return found;
  }

  private collect(variable: Variable, member: string | undefined, at: SyntaxNode): Provenance {
    if (variable.kind === 'parameter' && member === undefined) return this.unknown(at);
    const all = this.allEvents(variable);
    if (!all) return this.unknown(at);
    const parts: Provenance[] = [];
    for (const [event, fn] of all) {
      const inner = fn === this.fn ? this : new Pointers(fn, this.evaluator, this.pending);
      const part =
        member === undefined ? inner.wholeEvent(event, parts) : inner.memberEvent(event, member, variable, parts);
      if (part) parts.push(part);
    }
    return merge(parts);
  }

  /** The functions of the file and of what it includes. */
  private everyFunction(): FunctionFacts[] {
    const { imported, facts } = this.evaluator.index;
    return [...imported, ...facts].flatMap(({ functions }) => functions);
  }

  /** A pointer among the members of the class this function belongs to, which the file defines. */
  private isOwnMember(name: string): boolean {
    const owner = classOf(this.fn);
    const fields = owner === '' ? [] : (this.evaluator.index.structs.get(lastPart(owner))?.fields ?? []);
    return fields.some((field) => field.name === name && field.type.pointers === 1 && field.type.arrays === 0);
  }

  /** Everything the functions of the class in this file set a member to. */
  private ownMember(node: SyntaxNode): Provenance {
    const key = `this.${node.text}`;
    const known = this.known.get(key);
    if (known) return known;
    if (this.pending.has(key)) return nothing;
    this.pending.add(key);
    const owner = lastPart(classOf(this.fn));
    const methods = this.everyFunction().filter((fn) => lastPart(classOf(fn)) === owner);
    const parts: Provenance[] = [];
    // A method of another file may set it as well.
    if (methods.some((fn) => isElsewhere(fn, methods))) parts.push(this.unknown(node));
    for (const fn of methods) {
      const inner = fn === this.fn ? this : new Pointers(fn, this.evaluator, this.pending);
      for (const event of fn.events.get(node.text) ?? []) {
        if (findVariable(fn, node.text, event.node)) continue;
        const part = inner.wholeEvent(event, parts);
        if (part) parts.push(part);
      }
      for (const initializer of fn.node.children
        .filter(({ type }) => type === 'field_initializer_list')
        .flatMap(({ children }) => children)) {
        const [field, value] = initializer.children;
        const [only] = value?.children ?? [];
        if (field?.text === node.text && only) parts.push(inner.of(only));
      }
    }
    this.pending.delete(key);
    const found = merge(parts);
    if (this.pending.size === 0) this.known.set(key, found);
    return found;
  }

  /** Events of a local variable, or of one at file scope in all functions of the file. */
  private allEvents(variable: Variable): [VariableEvent, FunctionFacts][] | undefined {
    const local = (this.fn.variables.get(variable.name) ?? []).includes(variable);
    if (local) return eventsOf(this.fn, variable).map((event) => [event, this.fn]);
    const events: [VariableEvent, FunctionFacts][] = [];
    if (variable.initial) {
      const value = assignedValue(variable.initial.node);
      if (!value || !/^(?:NULL|nullptr|0)$/.test(value.text)) return undefined;
    }
    for (const fn of this.everyFunction()) {
      for (const event of fn.events.get(variable.name) ?? []) {
        if (!findVariable(fn, variable.name, event.node)) events.push([event, fn]);
      }
    }
    return events;
  }

  private wholeEvent(event: VariableEvent, before: readonly Provenance[]): Provenance | undefined {
    const { action, node } = event;
    // What is done to an element leaves the pointer alone.
    if (event.member !== undefined) return undefined;
    switch (action.kind) {
      case 'value':
        return this.of(assignedValue(node));
      case 'arguments': {
        const values = assignedValue(node)?.children ?? [];
        return values.length === 0 ? nothing : values.length === 1 ? this.of(values[0]) : this.unknown(node);
      }
      case 'compound':
        return { sources: [], inside: true };
      case 'passed':
        return this.passed(action.callee, action.index, node, before);
      case 'unknown':
        return this.addressTaken(node);
    }
  }

  private memberEvent(
    event: VariableEvent,
    member: string,
    variable: Variable,
    before: readonly Provenance[],
  ): Provenance | undefined {
    const { action, node } = event;
    if (event.member === member) {
      // What a caller's structure held before is unknown: only what surely ran counts.
      const sure = variable.kind !== 'parameter' || this.surelyRuns(node);
      if (!sure && action.kind !== 'passed') return this.unknown(node);
      return this.wholeEvent({ node, action }, before);
    }
    if (event.member !== undefined) return undefined;
    if (action.kind === 'passed') return member === '[]' ? undefined : this.structPassed(action.callee, node);
    if (event === variable.initial && action.kind === 'arguments' && action.texts.length === 0) return undefined;
    const whole = action.kind === 'value' ? assignedValue(node) : undefined;
    // New memory holds no pointers yet.
    const fresh = whole !== undefined && this.of(whole).sources.every(({ kind }) => kind === 'heap');
    if (fresh) return undefined;
    if (member === '[]' && action.kind !== 'unknown') {
      const empty = action.kind === 'arguments' && action.texts.every((text) => /^(?:NULL|nullptr|0|\w+)$/.test(text));
      const container = hostContainer.test(variable.type.base);
      return (empty && container) || /^\{\s*(?:NULL|nullptr|0)?\s*\}$/.test(whole?.text ?? '')
        ? undefined
        : this.unknown(node);
    }
    return this.unknown(node);
  }

  private structPassed(callee: string, node: SyntaxNode): Provenance | undefined {
    return /^(?:printf|sizeof|free)$/.test(callee) ? undefined : this.unknown(node);
  }

  private surelyRuns(node: SyntaxNode): boolean {
    for (const outer of node.upwards()) {
      if (outer === this.fn.body) return true;
      if (/^(?:if_statement|switch_statement|lambda_expression|conditional_expression|preproc_\w+)$/.test(outer.type))
        return false;
    }
    return false;
  }

  /** The pointer is handed to a function by name: only a reference could set it. */
  private passed(
    callee: string,
    index: number,
    node: SyntaxNode,
    before: readonly Provenance[],
  ): Provenance | undefined {
    const name = lastPart(callee.replace(/<.*$/, ''));
    if (/cudaHostRegister$/.test(name) && index === 0)
      return { sources: [{ kind: 'pinned', node, api: 'cudaHostRegister' }], inside: false };
    if (/^[A-Z_][A-Z0-9_]*$/.test(name))
      return /FREE|DELETE|CHECK|ASSERT|CALL|CUDA_ERR/.test(name) ? undefined : this.unknown(node);
    if (takesByValue(this.evaluator.index, callee, index)) return undefined;
    const own = this.evaluator.index.functions.has(name);
    // A function of another file could take a reference; it would have no reason to once the pointer is set.
    return !own && before.some(({ sources }) => sources.length > 0) ? undefined : this.unknown(node);
  }

  /** `&p`: an allocating call sets it; anybody else may. */
  private addressTaken(node: SyntaxNode): Provenance | undefined {
    if (node.type !== 'pointer_expression') return this.unknown(node);
    let inner = node;
    for (let outer = node.parent; outer; inner = outer, outer = outer.parent) {
      if (outer.type === 'parenthesized_expression' || outer.type === 'cast_expression') continue;
      if (outer.type === 'initializer_list') {
        const declaration = [...outer.upwards()].find(({ type }) => type === 'declaration');
        // `void* args[] = {&d, &n};` of cudaLaunchKernel.
        return declaration?.child('type')?.text === 'void' ? undefined : this.unknown(node);
      }
      if (outer.type !== 'argument_list') return this.unknown(node);
      const call = outer.parent;
      const callee = call?.child('function')?.text ?? '';
      if (/^(?:static|reinterpret|const)_cast\b/.test(callee)) {
        outer = call!;
        continue;
      }
      const position = outer.children.indexOf(inner);
      const allocator = call && allocatorOf(call);
      if (allocator?.pointer === position) return { sources: [source(call!, allocator)], inside: false };
      if (/^cudaMemcpyToSymbol(?:Async)?$/.test(callee) && position === 1) return undefined;
      return this.unknown(node);
    }
    return this.unknown(node);
  }
}

function source(call: SyntaxNode, { kind, api, bytes }: Allocator & { readonly api: string }): Source {
  const argument = bytes === undefined ? undefined : call.child('arguments')?.children[bytes];
  return { kind, node: call, api, ...(argument ? { bytes: argument } : {}) };
}

function isKnown({ sources }: Provenance): boolean {
  return sources.length > 0 && sources.every(({ kind }) => kind !== 'unknown');
}

function merge(parts: readonly Provenance[]): Provenance {
  return { sources: parts.flatMap(({ sources }) => sources), inside: parts.some(({ inside }) => inside) };
}

/** Whether a variable's name is a pointer, an array that decays to one, or neither. */
export function shapeOf(variable: Variable, { types }: Evaluator): 'pointer' | 'array' | 'value' {
  const { type } = variable;
  if (pointsToArray(variable)) return 'pointer';
  if (type.arrays > 0 && type.pointers === 0) return 'array';
  const resolved = types.resolve(type.base);
  if (type.pointers > 0 || resolved.pointers > 0 || type.base === 'auto') return type.arrays > 0 ? 'array' : 'pointer';
  return 'value';
}

/** `Buffer` for a function of it, inside or outside of the class. */
function classOf({ owner, name }: FunctionFacts): string {
  return owner !== '' ? owner : name.includes('::') ? name.slice(0, name.lastIndexOf('::')) : '';
}

/** In both branches of an `#if`: the name has two meanings in one scope. */
export function isDeclaredTwice({ name, scope }: Variable, fn: FunctionFacts): boolean {
  return (fn.variables.get(name) ?? []).filter((other) => other.scope === scope).length > 1;
}

/** Declared here and defined in another file. */
function isElsewhere(fn: FunctionFacts, all: readonly FunctionFacts[]): boolean {
  if (fn.body || /=\s*(?:delete|default)\b/.test(fn.node.text)) return false;
  const name = lastPart(fn.name);
  return !all.some((other) => other.body && lastPart(other.name) === name);
}

/** `float (*p)[N]`: a pointer to an array, where `float* p[N]` is an array of pointers. */
export function pointsToArray({ node, type }: Variable): boolean {
  return type.arrays > 0 && type.pointers > 0 && node.parent?.type === 'pointer_declarator';
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
function rootOf(node: SyntaxNode): SyntaxNode | undefined {
  for (let inner: SyntaxNode | undefined = unparenthesized(node); inner;) {
    if (inner.type === 'identifier') return inner;
    if (inner.type === 'call_expression') inner = methodOf(inner)?.object;
    else inner = inner.child('argument');
    if (inner) inner = unparenthesized(inner);
  }
  return undefined;
}

function methodOf(call: SyntaxNode): { readonly object: SyntaxNode; readonly name: string } | undefined {
  const callee = call.child('function');
  const object = callee?.type === 'field_expression' ? callee.child('argument') : undefined;
  const name = callee?.child('field')?.text;
  return object && name !== undefined ? { object, name } : undefined;
}
