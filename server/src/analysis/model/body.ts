import type { SyntaxNode } from '../parse';
import type { FunctionFacts } from './facts';

const none: readonly SyntaxNode[] = [];

/** The nodes of a function's body by type, in the order of the text. Lambdas inside are part of the body. */
export class BodyIndex {
  private readonly byType = new Map<string, SyntaxNode[]>();

  constructor(fn: FunctionFacts) {
    for (const node of fn.body?.walk() ?? []) {
      const list = this.byType.get(node.type);
      if (list) list.push(node);
      else this.byType.set(node.type, [node]);
    }
  }

  of(type: string): readonly SyntaxNode[] {
    return this.byType.get(type) ?? none;
  }
}

const indices = new WeakMap<FunctionFacts, BodyIndex>();

/** The index of a function's body: one walk for all rules, kept as long as the function's text. */
export function bodyOf(fn: FunctionFacts): BodyIndex {
  let index = indices.get(fn);
  if (!index) indices.set(fn, (index = new BodyIndex(fn)));
  return index;
}
