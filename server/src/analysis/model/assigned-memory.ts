/** The memory of everything that a variable, or a member of one, is ever set to. */
import type { SyntaxNode } from '../parse';
import { hostContainer } from './container-memory';
import type { Evaluator } from './evaluator';
import type { FunctionFacts, Variable, VariableEvent } from './facts';
import { lastPart } from './file-index';
import { allocatedBy, allocatorOf, merge, nothing, unknownAt, type Provenance } from './provenance';
import { eventsOf, findVariable } from './reach';
import { takesByValue } from './references';
import { assignedValue } from './threads';

/** How the values that are set are followed further. */
interface Follow {
  /** Where the memory behind an expression of this function comes from. */
  of(expression: SyntaxNode | undefined): Provenance;
  /** The same for another function. */
  inside(fn: FunctionFacts): AssignedMemory;
}

export class AssignedMemory {
  private readonly known = new Map<string, Provenance>();

  constructor(
    private readonly fn: FunctionFacts,
    private readonly evaluator: Evaluator,
    /** What is being followed, in this function and in those that led here. */
    private readonly pending: Set<string>,
    private readonly follow: Follow,
  ) {}

  /** Everything a variable, or one member of it, is ever set to. */
  of(variable: Variable, member: string | undefined, at: SyntaxNode): Provenance {
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
    if (variable.kind === 'parameter' && member === undefined) return unknownAt(at);
    const all = this.allEvents(variable);
    if (!all) return unknownAt(at);
    const parts: Provenance[] = [];
    for (const [event, fn] of all) {
      const inner = fn === this.fn ? this : this.follow.inside(fn);
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
  isOwnMember(name: string): boolean {
    const owner = classOf(this.fn);
    const fields = owner === '' ? [] : (this.evaluator.index.structs.get(lastPart(owner))?.fields ?? []);
    return fields.some((field) => field.name === name && field.type.pointers === 1 && field.type.arrays === 0);
  }

  /** Everything the functions of the class in this file set a member to. */
  ownMember(node: SyntaxNode): Provenance {
    const key = `this.${node.text}`;
    const known = this.known.get(key);
    if (known) return known;
    if (this.pending.has(key)) return nothing;
    this.pending.add(key);
    const owner = lastPart(classOf(this.fn));
    const methods = this.everyFunction().filter((fn) => lastPart(classOf(fn)) === owner);
    const parts: Provenance[] = [];
    // A method of another file may set it as well.
    if (methods.some((fn) => isElsewhere(fn, methods))) parts.push(unknownAt(node));
    for (const fn of methods) {
      const inner = fn === this.fn ? this : this.follow.inside(fn);
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
        if (field?.text === node.text && only) parts.push(inner.follow.of(only));
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
        return this.follow.of(assignedValue(node));
      case 'arguments': {
        const values = assignedValue(node)?.children ?? [];
        return values.length === 0 ? nothing : values.length === 1 ? this.follow.of(values[0]) : unknownAt(node);
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
      if (!sure && action.kind !== 'passed') return unknownAt(node);
      return this.wholeEvent({ node, action }, before);
    }
    if (event.member !== undefined) return undefined;
    if (action.kind === 'passed') return member === '[]' ? undefined : this.structPassed(action.callee, node);
    if (event === variable.initial && action.kind === 'arguments' && action.texts.length === 0) return undefined;
    const whole = action.kind === 'value' ? assignedValue(node) : undefined;
    // New memory holds no pointers yet.
    const fresh = whole !== undefined && this.follow.of(whole).sources.every(({ kind }) => kind === 'heap');
    if (fresh) return undefined;
    if (member === '[]' && action.kind !== 'unknown') {
      const empty = action.kind === 'arguments' && action.texts.every((text) => /^(?:NULL|nullptr|0|\w+)$/.test(text));
      const container = hostContainer.test(variable.type.base);
      return (empty && container) || /^\{\s*(?:NULL|nullptr|0)?\s*\}$/.test(whole?.text ?? '')
        ? undefined
        : unknownAt(node);
    }
    return unknownAt(node);
  }

  private structPassed(callee: string, node: SyntaxNode): Provenance | undefined {
    return /^(?:printf|sizeof|free)$/.test(callee) ? undefined : unknownAt(node);
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
      return /FREE|DELETE|CHECK|ASSERT|CALL|CUDA_ERR/.test(name) ? undefined : unknownAt(node);
    if (takesByValue(this.evaluator.index, callee, index)) return undefined;
    const own = this.evaluator.index.functions.has(name);
    // A function of another file could take a reference; it would have no reason to once the pointer is set.
    return !own && before.some(({ sources }) => sources.length > 0) ? undefined : unknownAt(node);
  }

  /** `&p`: an allocating call sets it; anybody else may. */
  private addressTaken(node: SyntaxNode): Provenance | undefined {
    if (node.type !== 'pointer_expression') return unknownAt(node);
    let inner = node;
    for (let outer = node.parent; outer; inner = outer, outer = outer.parent) {
      if (outer.type === 'parenthesized_expression' || outer.type === 'cast_expression') continue;
      if (outer.type === 'initializer_list') {
        const declaration = [...outer.upwards()].find(({ type }) => type === 'declaration');
        // `void* args[] = {&d, &n};` of cudaLaunchKernel.
        return declaration?.child('type')?.text === 'void' ? undefined : unknownAt(node);
      }
      if (outer.type !== 'argument_list') return unknownAt(node);
      const call = outer.parent;
      const callee = call?.child('function')?.text ?? '';
      if (/^(?:static|reinterpret|const)_cast\b/.test(callee)) {
        outer = call!;
        continue;
      }
      const position = outer.children.indexOf(inner);
      const allocator = call && allocatorOf(call);
      if (allocator?.pointer === position) return allocatedBy(call!, allocator);
      if (/^cudaMemcpyToSymbol(?:Async)?$/.test(callee) && position === 1) return undefined;
      return unknownAt(node);
    }
    return unknownAt(node);
  }
}

/** `Buffer` for a function of it, inside or outside of the class. */
function classOf({ owner, name }: FunctionFacts): string {
  return owner !== '' ? owner : name.includes('::') ? name.slice(0, name.lastIndexOf('::')) : '';
}

/** Declared here and defined in another file. */
function isElsewhere(fn: FunctionFacts, all: readonly FunctionFacts[]): boolean {
  if (fn.body || /=\s*(?:delete|default)\b/.test(fn.node.text)) return false;
  const name = lastPart(fn.name);
  return !all.some((other) => other.body && lastPart(other.name) === name);
}
