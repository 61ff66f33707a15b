/**
 * A syntax tree in plain objects. The parser's own nodes live in WebAssembly memory, where each question costs a call and each
 * answer a freed tree; these are read once a top-level item and kept until that item changes.
 */
import type { Span } from '../model/types';

/** A branch of `#if`, `#ifdef`, `#else` … around top-level items. Compared by identity. */
export interface Condition {
  readonly directive: string;
  /** What stands after the directive: `FOO`, `defined(X) && Y`; empty for `#else`. */
  readonly text: string;
  /** The directive has other branches. */
  readonly alternatives: boolean;
  /** `#ifndef X` around a whole header. */
  readonly guard: boolean;
}

/** Where a top-level item stands. Recomputed with every parse, whether or not the item is reused. */
export interface UnitContext {
  readonly namespaces: readonly string[];
  readonly conditions: readonly Condition[];
}

let units = 0;

/** A top-level item (a function, a declaration, a directive) with its tree. */
export class Unit {
  /** Tells units apart, whatever becomes of their places. */
  readonly id = units++;
  /** The tree, read when first asked for. */
  root!: SyntaxNode;

  constructor(
    public base: number,
    readonly type: string,
    readonly text: string,
    public context: UnitContext,
  ) {}

  get end(): number {
    return this.base + this.text.length;
  }
}

export class SyntaxNode {
  parent: SyntaxNode | undefined;

  constructor(
    readonly unit: Unit,
    readonly type: string,
    readonly field: string | undefined,
    /** Offset within the unit: the unit moves as a whole. */
    readonly offset: number,
    readonly length: number,
    readonly children: readonly SyntaxNode[],
    /** The node is, or contains, something that could not be parsed. */
    readonly broken: boolean,
  ) {
    for (const child of children) child.parent = this;
  }

  get start(): number {
    return this.unit.base + this.offset;
  }

  get end(): number {
    return this.unit.base + this.offset + this.length;
  }

  get span(): Span {
    return { start: this.start, end: this.end };
  }

  /** Names the node independently of where its unit stands. */
  get key(): string {
    return `${this.unit.id}.${this.offset}`;
  }

  get text(): string {
    return this.unit.text.slice(this.offset, this.offset + this.length);
  }

  /** The first child with this field name. */
  child(field: string): SyntaxNode | undefined {
    return this.children.find((child) => child.field === field);
  }

  /** The first child of this type. */
  first(type: string): SyntaxNode | undefined {
    return this.children.find((child) => child.type === type);
  }

  has(type: string): boolean {
    return this.children.some((child) => child.type === type);
  }

  /** Whether `other` is this node or stands inside it. */
  contains(other: SyntaxNode): boolean {
    return (
      this.unit === other.unit &&
      this.offset <= other.offset &&
      this.offset + this.length >= other.offset + other.length
    );
  }

  /** This node and its ancestors, from the inside out. */
  *upwards(): Generator<SyntaxNode> {
    for (let node: SyntaxNode | undefined = this; node; node = node.parent) yield node;
  }

  /** This node and everything below, parents before children. */
  *walk(): Generator<SyntaxNode> {
    const stack: SyntaxNode[] = [this];
    for (let node = stack.pop(); node; node = stack.pop()) {
      yield node;
      for (let i = node.children.length - 1; i >= 0; i--) stack.push(node.children[i]!);
    }
  }
}

/** An expression without the parentheses around it. */
export function unparenthesized(node: SyntaxNode): SyntaxNode {
  let inner = node;
  while (inner.type === 'parenthesized_expression' && inner.children.length === 1) inner = inner.children[0]!;
  return inner;
}
