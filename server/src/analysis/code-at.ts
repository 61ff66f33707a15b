/** Words of a text outside its comments and strings, also where it does not parse. Pure. */
import type { Span } from './model/types';

/** What is no code, and numbers, whose separators look like quotes. */
const opaque =
  /\/\/(?:[^\n\\]|\\[\s\S])*|\/\*[\s\S]*?(?:\*\/|$)|R"([^()\\\s]{0,16})\([\s\S]*?\)\1"|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|\b\d(?:'?[\w.])*/g;

/** Whether `offset` lies in code: not inside a comment, a string or a number. */
export function isCode(text: string, offset: number): boolean {
  for (const { 0: match, index } of text.matchAll(opaque)) {
    if (index >= offset) return true;
    // A position at the end of a line comment is still in it; behind a string it is not.
    const end = index + match.length - (match.startsWith('//') ? 0 : 1);
    if (offset <= end) return false;
  }
  return true;
}

/** The word at or right before `offset`. */
export function wordAt(text: string, offset: number): { readonly word: string; readonly span: Span } | undefined {
  const before = /\w*$/.exec(text.slice(Math.max(0, offset - 200), offset))?.[0] ?? '';
  const after = /^\w*/.exec(text.slice(offset, offset + 200))?.[0] ?? '';
  const word = before + after;
  const start = offset - before.length;
  return /^[A-Za-z_]/.test(word) ? { word, span: { start, end: start + word.length } } : undefined;
}
