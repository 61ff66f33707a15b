/** The text of a directive → its items, with positions. Never fails: what is no item becomes a problem. Pure. */
import type { Span } from '../model/types';
import { msg } from '../rules/rule';
import type { Choices, DirectiveItem, DirectiveProblem, FillText, Piece } from './types';

export interface ParsedItems {
  readonly items: readonly DirectiveItem[];
  readonly problems: readonly DirectiveProblem[];
}

/** `text` is the content behind the colon, which begins at `offset` in the file. */
export function parseItems(text: string, offset: number): ParsedItems {
  const items: DirectiveItem[] = [];
  const problems: DirectiveProblem[] = [];
  const whole: Piece = { text, span: { start: offset, end: offset + text.length } };
  const parts = split(whole, ',');
  parts.forEach((part, index) => {
    const piece = trimmed(part);
    if (piece.text === '') {
      // A comma at the end is no harm, and a directive being written is not complained about.
      const between = index < parts.length - 1 && parts.length > 1;
      if (between) problems.push({ message: msg('Expected name=value between the commas'), span: wide(part.span) });
      return;
    }
    const parsed = parseItem(piece);
    if ('item' in parsed) items.push(parsed.item);
    else problems.push(parsed.problem);
  });
  return { items, problems };
}

function parseItem(piece: Piece): { item: DirectiveItem } | { problem: DirectiveProblem } {
  const head = /^([A-Za-z_]\w*(?:\s*(?:\.|::)\s*[A-Za-z_]\w*)*)\s*/.exec(piece.text);
  if (head === null) {
    return { problem: { message: msg('Expected the name of a parameter or of a setting, then ='), span: piece.span } };
  }
  const written = head[1] ?? '';
  const base = { name: written.replace(/\s+/g, ''), nameSpan: part(piece, 0, written.length).span, span: piece.span };
  let at = head[0].length;
  let size: Piece | undefined;
  if (piece.text[at] === '[') {
    const close = closing(piece.text, at);
    if (close < 0) return { problem: { message: msg("Expected ']' behind the number of elements"), span: piece.span } };
    size = trimmed(part(piece, at + 1, close));
    at = close + 1;
    at += /^\s*/.exec(piece.text.slice(at))?.[0].length ?? 0;
  }
  const sized = size === undefined ? {} : { size };
  if (at >= piece.text.length) return { item: { ...base, ...sized } };
  if (piece.text[at] !== '=' || piece.text[at + 1] === '=') {
    const span = part(piece, at, piece.text.length).span;
    return { problem: { message: msg("Expected '=' behind '{0}', or a comma", written), span } };
  }
  const value = trimmed(part(piece, at + 1, piece.text.length));
  if (value.text === '') {
    return { problem: { message: msg("Expected a value behind '{0}='", written), span: piece.span } };
  }
  return { item: { ...base, ...sized, value } };
}

/** `8|16|32` and `a..b step c`: a single value is one alternative. */
export function parseChoices(value: Piece): Choices {
  const dots = topLevel(value.text, '..');
  if (dots < 0) return { alternatives: split(value, '|').map(trimmed) };
  const first = trimmed(part(value, 0, dots));
  const rest = part(value, dots + 2, value.text.length);
  const step = /\bstep\b/.exec(rest.text);
  if (step === null) return { alternatives: [], range: { first, last: trimmed(rest) } };
  return {
    alternatives: [],
    range: {
      first,
      last: trimmed(part(rest, 0, step.index)),
      step: trimmed(part(rest, step.index + 4, rest.text.length)),
    },
  };
}

/** `zeros`, `ones`, `ramp`, `random`, `random(lo, hi)`, `constant(x)`; undefined for anything else. */
export function parseFill(value: Piece): FillText | undefined {
  const call = /^([a-z]+)\s*(?:\(([\s\S]*)\))?$/.exec(value.text);
  if (call === null) return undefined;
  const [, name, list] = call;
  const from = value.text.indexOf('(') + 1;
  const inner = list === undefined ? undefined : part(value, from, from + list.length);
  const args = inner === undefined || inner.text.trim() === '' ? [] : split(inner, ',').map(trimmed);
  const literal = (text: string): Piece => ({ text, span: value.span });
  const [first, second] = args;
  switch (name) {
    case 'zeros':
      return list === undefined ? { kind: 'constant', value: literal('0') } : undefined;
    case 'ones':
      return list === undefined ? { kind: 'constant', value: literal('1') } : undefined;
    case 'ramp':
      return list === undefined ? { kind: 'ramp' } : undefined;
    case 'random':
      if (list === undefined) return { kind: 'random' };
      return args.length === 2 && first && second ? { kind: 'random', low: first, high: second } : undefined;
    case 'constant':
      return args.length === 1 && first ? { kind: 'constant', value: first } : undefined;
    default:
      return undefined;
  }
}

/** `256`, `(32, 8)`, `32x8x1`: the axes as expressions. */
export function parseDimensions(value: Piece): readonly Piece[] {
  const crossed = /^[1-9]\d*(?:\s*[x×]\s*\d+){1,2}$/.test(value.text);
  if (crossed) {
    return [...value.text.matchAll(/\d+/g)].map(({ 0: text, index }) => part(value, index, index + text.length));
  }
  const list = /^(?:dim3\s*)?\(/.exec(value.text);
  if (list !== null && closing(value.text, list[0].length - 1) === value.text.length - 1) {
    const inner = part(value, list[0].length, value.text.length - 1);
    const axes = split(inner, ',').map(trimmed);
    if (axes.length > 1 || list[0].startsWith('dim3')) return axes;
  }
  return [value];
}

/** `reference`, `reference(1e-5)`, `1e-5`. */
export function parseCheck(value: Piece): { readonly reference?: Piece; readonly tolerance?: Piece } {
  const named = /^([A-Za-z_]\w*(?:::[A-Za-z_]\w*)*)\s*(?:\(([\s\S]*)\))?$/.exec(value.text);
  if (named === null) return { tolerance: value };
  const [, name = '', inner] = named;
  const reference = part(value, 0, name.length);
  if (inner === undefined) return { reference };
  const from = value.text.indexOf('(') + 1;
  const tolerance = trimmed(part(value, from, from + inner.length));
  return tolerance.text === '' ? { reference } : { reference, tolerance };
}

export function part({ text, span }: Piece, from: number, to: number): Piece {
  return { text: text.slice(from, to), span: { start: span.start + from, end: span.start + to } };
}

export function trimmed(piece: Piece): Piece {
  const start = piece.text.length - piece.text.trimStart().length;
  return part(piece, start, Math.max(start, piece.text.trimEnd().length));
}

/** Splits at a separator outside of brackets; `||` is an operator, no separator. */
function split(piece: Piece, separator: ',' | '|'): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  for (const at of outside(piece.text)) {
    if (piece.text[at] !== separator) continue;
    if (separator === '|' && (piece.text[at + 1] === '|' || piece.text[at - 1] === '|')) continue;
    pieces.push(part(piece, start, at));
    start = at + 1;
  }
  pieces.push(part(piece, start, piece.text.length));
  return pieces;
}

function topLevel(text: string, wanted: string): number {
  return outside(text).find((at) => text.startsWith(wanted, at)) ?? -1;
}

/** Positions outside of brackets. A bracket too many closes nothing. */
function outside(text: string): number[] {
  const positions: number[] = [];
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) depth = Math.max(0, depth - 1);
    else if (depth === 0) positions.push(at);
  }
  return positions;
}

/** Where the bracket at `open` closes, or -1. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    const character = text[at] ?? '';
    if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character) && --depth === 0) return at;
  }
  return -1;
}

/** A mark needs at least one character. */
function wide(span: Span): Span {
  return span.end > span.start ? span : { start: Math.max(0, span.start - 1), end: span.end };
}
