/** A directive: comment lines above a kernel or a launch that say how to run it. Positions are UTF-16 offsets into the file. */
import type { Message } from '../rules/rule';
import type { Span } from '../model/types';

/** A piece of the directive as written. */
export interface Piece {
  readonly text: string;
  readonly span: Span;
}

/** `name`, `name=value`, `name[size]`, `name[size]=value`. */
export interface DirectiveItem {
  /** `N`, `block`, `params.data`. */
  readonly name: string;
  readonly nameSpan: Span;
  /** Between the brackets behind the name: elements of a buffer. */
  readonly size?: Piece;
  readonly value?: Piece;
  readonly span: Span;
}

/** What is wrong with the form of an item. */
export interface DirectiveProblem {
  readonly message: Message;
  readonly span: Span;
}

/** One comment that begins with `kernel-lens:`. */
export interface DirectiveComment {
  /** The whole comment. */
  readonly span: Span;
  /** What stands behind the colon. */
  readonly content: Span;
  readonly items: readonly DirectiveItem[];
  readonly problems: readonly DirectiveProblem[];
  /** Where the code begins that the comment stands above: comments and blanks skipped. */
  readonly target: number;
}

/** How a buffer begins, as the directive says. Bounds are expressions. */
export type FillText =
  | { readonly kind: 'constant'; readonly value: Piece }
  | { readonly kind: 'ramp' }
  | { readonly kind: 'random'; readonly low?: Piece; readonly high?: Piece };

/** A value with what stands for several: `8|16|32`, `1<<16..1<<26`, `1000..5000 step 1000`. */
export interface Choices {
  readonly alternatives: readonly Piece[];
  readonly range?: { readonly first: Piece; readonly last: Piece; readonly step?: Piece };
}

/** Names with a meaning of their own; a parameter of such a name is the parameter, and blockDim and gridDim stay. */
export const reservedNames = [
  'block',
  'grid',
  'shared',
  'cluster',
  'cooperative',
  'check',
  'flops',
  'bytes',
  'launch',
  'blockDim',
  'gridDim',
] as const;
export type ReservedName = (typeof reservedNames)[number];

/** What a reserved word sets; undefined for other names. */
export function reservedMeaning(name: string): Exclude<ReservedName, 'blockDim' | 'gridDim'> | undefined {
  if (name === 'blockDim') return 'block';
  if (name === 'gridDim') return 'grid';
  return (reservedNames as readonly string[]).includes(name)
    ? (name as Exclude<ReservedName, 'blockDim' | 'gridDim'>)
    : undefined;
}
