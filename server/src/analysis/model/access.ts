/** How a function's body uses what a pointer parameter points to. */
import type { SyntaxNode } from '../parse';
import { unparenthesized } from '../parse/node';
import type { FunctionFacts } from './facts';
import type { Memory } from './environment';
import { lastPart, type FileIndex } from './file-index';
import { findVariable } from './reach';
import type { Parameter } from './types';

type Access = Parameter['access'];

interface Seen {
  read: boolean;
  write: boolean;
  unknown: boolean;
}

const atomics = /^(?:__)?atomic[A-Z]\w*$/;
/** Functions that only read behind a pointer argument. */
const readers = /^(?:__ldg|__ldcg|__ldca|__ldcs|__ldlu|__ldcv|printf|tex1Dfetch)$/;
const writers = /^(?:__stcg|__stcs|__stwb|__stwt)$/;

const accessesByFunction: Memory<readonly Access[]> = new WeakMap();
const usesByFunction = new WeakMap<FunctionFacts, Map<string, SyntaxNode[]>>();

/** Uses of each name in a function, found in one walk. */
function usesOf(fn: FunctionFacts): Map<string, SyntaxNode[]> {
  let uses = usesByFunction.get(fn);
  if (!uses) {
    uses = new Map();
    for (const node of fn.body?.walk() ?? []) {
      if (node.type !== 'identifier') continue;
      const list = uses.get(node.text);
      if (list) list.push(node);
      else uses.set(node.text, [node]);
    }
    usesByFunction.set(fn, uses);
  }
  return uses;
}

export class AccessAnalysis {
  private readonly known = new Map<SyntaxNode, Access>();

  constructor(private readonly index: FileIndex) {}

  /** The access of each parameter. */
  all(fn: FunctionFacts): readonly Access[] {
    return this.index.environment.remember(accessesByFunction, fn, () =>
      fn.parameters.map((_, position) => this.of(fn, position)),
    );
  }

  of(fn: FunctionFacts, position: number, depth = 0): Access {
    const parameter = fn.parameters[position]?.variable;
    if (!parameter || (parameter.type.pointers === 0 && !parameter.type.reference) || parameter.name === '')
      return 'unknown';
    const known = this.known.get(parameter.node);
    if (known) return known;
    const seen: Seen = { read: false, write: false, unknown: false };
    // Guards against functions that call each other.
    this.known.set(parameter.node, 'unknown');
    if (fn.body && depth < 5) this.follow(fn, parameter.name, seen, depth, new Set());
    const access = conclude(seen, parameter.type.const && parameter.type.pointers < 2);
    this.known.set(parameter.node, access);
    return access;
  }

  private follow(fn: FunctionFacts, name: string, seen: Seen, depth: number, aliases: Set<string>): void {
    if (aliases.has(name) || aliases.size > 8) return;
    aliases.add(name);
    for (const node of usesOf(fn).get(name) ?? []) {
      const variable = findVariable(fn, name, node);
      if (variable && variable.node.offset === node.offset) continue;
      this.use(fn, node, seen, depth, aliases);
    }
  }

  /** Climbs from the pointer's name through arithmetic and casts to where it is used. */
  private use(fn: FunctionFacts, name: SyntaxNode, seen: Seen, depth: number, aliases: Set<string>): void {
    let node = name;
    // Whether `node` denotes the pointed-to place (after `[]`, `*`, `->`) or the pointer.
    let place = false;
    for (let parent = node.parent; parent; node = parent, parent = parent.parent) {
      switch (parent.type) {
        case 'parenthesized_expression':
        case 'comma_expression':
          continue;
        case 'cast_expression':
          if (place) return read(seen);
          continue;
        case 'subscript_expression':
          if (node.field !== 'argument') return place ? read(seen) : undefined;
          place = true;
          continue;
        case 'subscript_argument_list':
          return place ? read(seen) : undefined;
        case 'pointer_expression':
          if (parent.child('operator')?.text === '*') place = true;
          else if (place) place = false;
          else return unknown(seen);
          continue;
        case 'field_expression':
          if (node.field !== 'argument') return;
          place = true;
          continue;
        case 'binary_expression':
          if (place) return read(seen);
          if (!/^[+-]$/.test(parent.child('operator')?.text ?? '')) return;
          continue;
        case 'conditional_expression':
          if (place) return read(seen);
          if (node.field === 'condition') return;
          continue;
        case 'assignment_expression':
          return this.assigned(fn, node, parent, place, seen, depth, aliases);
        case 'update_expression':
          if (!place) return;
          read(seen);
          seen.write = true;
          return;
        case 'init_declarator':
          if (place) return bound(parent, seen);
          return this.alias(fn, parent.child('declarator'), seen, depth, aliases);
        case 'argument_list':
          return this.argument(fn, node, parent, place, seen, depth, aliases);
        default:
          if (place) read(seen);
          else if (parent.type === 'return_statement' || parent.type === 'initializer_list') unknown(seen);
          return;
      }
    }
  }

  private assigned(
    fn: FunctionFacts,
    node: SyntaxNode,
    parent: SyntaxNode,
    place: boolean,
    seen: Seen,
    depth: number,
    aliases: Set<string>,
  ): void {
    if (node.field === 'left') {
      if (!place) return;
      seen.write = true;
      if (parent.child('operator')?.text !== '=') read(seen);
    } else if (place) {
      read(seen);
    } else {
      const left = parent.child('left');
      if (left && unparenthesized(left).type === 'identifier') this.follow(fn, left.text, seen, depth, aliases);
      else unknown(seen);
    }
  }

  private alias(
    fn: FunctionFacts,
    declarator: SyntaxNode | undefined,
    seen: Seen,
    depth: number,
    aliases: Set<string>,
  ): void {
    let name = declarator;
    while (name && name.type !== 'identifier')
      name = name.child('declarator') ?? name.children[name.children.length - 1];
    if (name) this.follow(fn, name.text, seen, depth, aliases);
    else unknown(seen);
  }

  private argument(
    fn: FunctionFacts,
    node: SyntaxNode,
    list: SyntaxNode,
    place: boolean,
    seen: Seen,
    depth: number,
    aliases: Set<string>,
  ): void {
    const call = list.parent;
    if (call?.type === 'init_declarator') {
      if (place) return read(seen);
      return this.alias(fn, call.child('declarator'), seen, depth, aliases);
    }
    const callee = call?.child('function');
    if (!callee) return place ? read(seen) : unknown(seen);
    const name = lastPart(callee.text.replace(/<[\s\S]*$/, '').trim());
    if (/_cast$/.test(name)) {
      // The cast passes the pointer on.
      if (place) return read(seen);
      return this.use(fn, call!, seen, depth, aliases);
    }
    if (atomics.test(name) && list.children[0] === node) {
      read(seen);
      seen.write = true;
      return;
    }
    if (readers.test(name)) return read(seen);
    if (writers.test(name)) {
      seen.write = true;
      return;
    }
    const position = list.children.indexOf(node);
    const helpers = (this.index.functions.get(name) ?? []).filter(
      ({ value }) => value.body && value.parameters.length === list.children.length,
    );
    const helper = helpers.length === 1 ? helpers[0]!.value : undefined;
    const reference = helper?.parameters[position]?.variable.type.reference ?? false;
    if (place && !reference) return read(seen);
    if (!helper) return unknown(seen);
    switch (this.of(helper, position, depth + 1)) {
      case 'readwrite':
        read(seen);
        seen.write = true;
        return;
      case 'write':
        seen.write = true;
        return;
      case 'read':
        return read(seen);
      case 'unknown':
        return unknown(seen);
    }
  }
}

/** `float& x = a[i];`: what is done through `x` is not followed. */
function bound(declarator: SyntaxNode, seen: Seen): void {
  read(seen);
  if (declarator.child('declarator')?.type !== 'reference_declarator') return;
  const constant = declarator.parent?.children.some((c) => c.type === 'type_qualifier' && c.text === 'const');
  if (constant !== true) unknown(seen);
}

function read(seen: Seen): void {
  seen.read = true;
}

function unknown(seen: Seen): void {
  seen.unknown = true;
}

function conclude(seen: Seen, constant: boolean): Access {
  if (constant) return 'read';
  if (seen.unknown) return 'unknown';
  if (seen.read && seen.write) return 'readwrite';
  if (seen.write) return 'write';
  return seen.read ? 'read' : 'unknown';
}
