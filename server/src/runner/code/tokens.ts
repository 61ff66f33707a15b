/**
 * A scanner for C++ tokens, as far as rewriting needs it. It works on tokens instead of a syntax tree because launches
 * also stand in macros and in code that a parser cannot follow.
 */
export type TokenKind = 'identifier' | 'number' | 'text' | 'punctuation' | 'directive';

export interface Token {
  readonly kind: TokenKind;
  readonly value: string;
  readonly start: number;
  readonly end: number;
  /** Of a directive: its name, e.g. `include`. */
  readonly directive?: string;
  /** Whether the token belongs to a `#define`'s replacement. */
  readonly inDefine: boolean;
}

const identifierStart = /[A-Za-z_$\u0080-\uffff]/;
const identifierRest = /[A-Za-z0-9_$\u0080-\uffff]*/y;
const numberRest = /(?:[eEpP][+-]|'?[A-Za-z0-9_.])*/y;
const launchBrackets = /<<[ \t]*<|>>[ \t]*>/y;
const rawString = /"([^(\s\\]{0,16})\(/y;

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** End of a line that may go on after a backslash. */
function logicalLineEnd(text: string, from: number): number {
  let at = from;
  for (;;) {
    const newline = text.indexOf('\n', at);
    if (newline < 0) return text.length;
    const before = text[newline - 1] === '\r' ? newline - 2 : newline - 1;
    if (text[before] !== '\\') return newline;
    at = newline + 1;
  }
}

/** End of the literal that starts with the quote at `at`; a newline ends an unfinished one. */
function quotedEnd(text: string, at: number): number {
  const quote = text[at];
  let i = at + 1;
  while (i < text.length && text[i] !== quote && text[i] !== '\n') i += text[i] === '\\' ? 2 : 1;
  return Math.min(i + 1, text.length);
}

/** Where the comment that starts at `at` ends, or `at` when there is none. */
function commentEnd(text: string, at: number): number {
  if (text.startsWith('//', at)) return logicalLineEnd(text, at);
  if (!text.startsWith('/*', at)) return at;
  const end = text.indexOf('*/', at + 2);
  return end < 0 ? text.length : end + 2;
}

/** End of a directive: its line, without a comment that begins on it. */
function directiveEnd(text: string, at: number): number {
  const lineEnd = logicalLineEnd(text, at);
  for (let i = at; i < lineEnd; i++) {
    if (text[i] === '"') i = quotedEnd(text, i) - 1;
    else if (text.startsWith('//', i) || text.startsWith('/*', i)) return i;
  }
  return lineEnd;
}

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let defineEnd = 0;
  let lineStart = true;
  let i = 0;
  const add = (kind: TokenKind, end: number, value = text.slice(i, end)) => {
    tokens.push({ kind, value, start: i, end, inDefine: i < defineEnd });
    i = end;
  };
  while (i < text.length) {
    const c = text[i] ?? '';
    if (c === '\n') {
      lineStart = true;
      i++;
      continue;
    }
    if (c === ' ' || c === '\t' || c === '\r' || c === '\f' || c === '\v' || c === '\ufeff' || c === '\\') {
      i++;
      continue;
    }
    const afterComment = commentEnd(text, i);
    if (afterComment > i) {
      i = afterComment;
      continue;
    }
    if (c === '#' && lineStart) {
      const name = /^#\s*(\w*)/.exec(text.slice(i, i + 64)) ?? ['#', ''];
      const directive = name[1] ?? '';
      const end = directive === 'define' ? i + name[0].length : directiveEnd(text, i);
      tokens.push({ kind: 'directive', value: text.slice(i, end), start: i, end, directive, inDefine: false });
      if (directive === 'define') defineEnd = logicalLineEnd(text, i);
      lineStart = false;
      i = end;
      continue;
    }
    lineStart = false;
    if (c === '"' || c === "'") {
      add('text', quotedEnd(text, i));
    } else if (identifierStart.test(c)) {
      const end = i + matchAt(identifierRest, text, i).length;
      const raw = /^(?:u8|u|U|L)?R$/.test(text.slice(i, end)) ? matchAt(rawString, text, end) : '';
      if (raw === '') {
        add('identifier', end);
      } else {
        const close = `)${raw.slice(1, -1)}"`;
        const at = text.indexOf(close, end);
        add('text', at < 0 ? text.length : at + close.length);
      }
    } else if (/[0-9]/.test(c) || (c === '.' && /[0-9]/.test(text[i + 1] ?? ''))) {
      add('number', i + 1 + matchAt(numberRest, text, i + 1).length);
    } else {
      // nvcc also takes `<< <` and `>> >`, which some formatters make of a launch.
      const chevrons = matchAt(launchBrackets, text, i);
      const two = text.startsWith('::', i) || text.startsWith('->', i);
      if (chevrons === '') add('punctuation', i + (two ? 2 : 1));
      else add('punctuation', i + chevrons.length, chevrons.replace(/\s/g, ''));
    }
  }
  return tokens;
}

const closers: Readonly<Record<string, string>> = { '(': ')', '{': '}', '[': ']' };

export function isOpener(token: Token | undefined): boolean {
  return token?.kind === 'punctuation' && token.value in closers;
}

export function isCloser(token: Token | undefined): boolean {
  return token?.kind === 'punctuation' && (token.value === ')' || token.value === '}' || token.value === ']');
}

/** Whether the token is this punctuation or identifier. */
export function is(token: Token | undefined, value: string): boolean {
  return token !== undefined && token.value === value && token.kind !== 'text' && token.kind !== 'directive';
}

/**
 * Index of the bracket that closes the one at `open`, or -1. Of `#if … #else …` both branches start at the same depth,
 * so that a brace which each of them opens counts once.
 */
export function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  const outer: number[] = [];
  for (let i = open; i < tokens.length; i++) {
    const token = tokens[i];
    if (token?.kind === 'directive') {
      const name = token.directive ?? '';
      if (name.startsWith('if')) outer.push(depth);
      else if (name === 'else' || name.startsWith('elif')) depth = outer[outer.length - 1] ?? depth;
      else if (name === 'endif') outer.pop();
    } else if (isOpener(token)) {
      depth++;
    } else if (isCloser(token)) {
      depth--;
      if (depth === 0) return i;
    }
  }
  return -1;
}

/** Index of the bracket that opens the one at `close`, or -1. */
export function opening(tokens: readonly Token[], close: number): number {
  let depth = 0;
  for (let i = close; i >= 0; i--) {
    if (isCloser(tokens[i])) depth++;
    else if (isOpener(tokens[i])) {
      depth--;
      if (depth === 0) return i;
    }
  }
  return -1;
}

/** Index of the `<` that opens the template arguments that end at `close`, or -1. */
export function openingAngle(tokens: readonly Token[], close: number): number {
  let depth = 0;
  for (let i = close; i >= 0; i--) {
    const token = tokens[i];
    if (is(token, '>')) depth++;
    else if (is(token, '>>>')) depth += 3;
    else if (is(token, '<')) {
      depth--;
      if (depth === 0) return i;
    } else if (isCloser(token)) {
      i = opening(tokens, i);
      if (i < 0) return -1;
    } else if (is(token, ';') || is(token, '{') || is(token, '<<<')) {
      return -1;
    }
  }
  return -1;
}
