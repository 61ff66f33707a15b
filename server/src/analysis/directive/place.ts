/** Where in a directive an offset is: for completion and hover. Pure. */
import { analysisOf } from '../model/build';
import type { FileModel } from '../model/types';
import { findDirectives, targetOf } from './find';
import { DirectiveScope } from './meaning';
import type { DirectiveComment, DirectiveItem } from './types';

export interface DirectivePlace {
  readonly comment: DirectiveComment;
  /** Every item of the directives that stand above the same code. */
  readonly items: readonly DirectiveItem[];
  /** Absent above no kernel of this file. */
  readonly scope?: DirectiveScope;
}

/** The directive around an offset: behind its colon, its end included. */
export function directiveAt(text: string, model: FileModel, offset: number): DirectivePlace | undefined {
  const all = findDirectives(text);
  const comment = all.find(({ content: { start, end } }) => start <= offset && offset <= end);
  const analysis = analysisOf(model);
  if (!comment || !analysis) return undefined;
  const items = all.filter(({ target }) => target === comment.target).flatMap((one) => one.items);
  const { kernel, launch } = targetOf(comment, model, text);
  const own = kernel !== undefined && model.kernels.includes(kernel);
  return { comment, items, ...(own ? { scope: new DirectiveScope(analysis, kernel, launch) } : {}) };
}

/** What is being written at the end of a directive's text. */
export type Writing =
  | { readonly kind: 'name'; readonly begun: string }
  | { readonly kind: 'value'; readonly name: string; readonly begun: string }
  /** Within brackets: a number of elements, or an argument. */
  | { readonly kind: 'expression'; readonly name: string; readonly begun: string };

export function writingAt(before: string): Writing {
  let start = 0;
  let depth = 0;
  for (let at = 0; at < before.length; at++) {
    const character = before[at] ?? '';
    if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) depth = Math.max(0, depth - 1);
    else if (depth === 0 && character === ',') start = at + 1;
  }
  const item = before.slice(start).replace(/^[\s*]+/, '');
  const begun = /[\w.]*$/.exec(item)?.[0] ?? '';
  const name = /^[\w.:]+/.exec(item)?.[0] ?? '';
  if (depth > 0) return { kind: 'expression', name, begun };
  const equals = item.indexOf('=');
  if (equals < 0) return { kind: 'name', begun: item };
  // Behind an operator or a range's dots an expression goes on; behind `|` begins another alternative.
  const value =
    item
      .slice(equals + 1)
      .split('|')
      .at(-1)
      ?.trim() ?? '';
  return /^\w*$/.test(value) ? { kind: 'value', name, begun } : { kind: 'expression', name, begun };
}
