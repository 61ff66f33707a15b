/** Hides the ways in which macros look unlike C++: calls without `;`, qualifiers, statements as arguments, comments in definitions. */
import { blank, matchingBracket, skipSpace, type Replacement } from './mask-text';

/** A macro's name, by custom in capitals, at the beginning of a line. */
const macroAtLineStart = /^[ \t]*([A-Z_][A-Z0-9_]{2,})[ \t]*(\(|\r?$)/gm;
/** What begins a statement that a macro such as `PRAGMA_UNROLL` may stand before. */
const statementStart = /^(?:for|while|do|if|switch)\b/;

/** `CHECK(f())` on a line of its own without `;`: a statement. `UNROLL(4)` before a loop: nothing. */
export function maskMacroLines(text: string, out: Replacement[]): void {
  for (const match of text.matchAll(macroAtLineStart)) {
    const start = match.index + match[0].search(/\S/);
    const call = match[2] === '(';
    const close = call ? matchingBracket(text, match.index + match[0].length - 1, 1000) : start + match[1]!.length - 1;
    // What ends in a line break is followed by something else.
    if (close < 0 || !/^[ \t]*(?:\/\/[^\n]*|\/\*[^\n]*\*\/[ \t]*)?\r?\n/.test(text.slice(close + 1, close + 200)))
      continue;
    const next = skipComments(text, close + 1);
    if (!call && /(?:^|_)(?:BEGIN|END|OPEN|CLOSE|NAMESPACE)(?:_|$)/.test(match[1]!) && afterStatement(text, start)) {
      out.push({ start, text: blank(match[1]!) });
    } else if (statementStart.test(text.slice(next, next + 8)) && !/\belse\b/.test(text.slice(start, close))) {
      const pragma = /UNROLL|PRAGMA|VECTOR|SIMD|IVDEP/.test(match[1]!);
      if (pragma) out.push({ start, text: blank(text.slice(start, close + 1)) });
      else if (call && afterStatement(text, start)) end(close, out);
    } else if (call && /[A-Za-z_}]/.test(text.charAt(next)) && afterStatement(text, start)) {
      end(close, out);
    }
  }
}

function end(close: number, out: Replacement[]): void {
  // The blank or line break behind it carries no meaning here.
  out.push({ start: close + 1, text: ';' });
}

/** Whether what stands before `offset` is over: a new statement or declaration begins here. */
function afterStatement(text: string, offset: number): boolean {
  const before = text.slice(Math.max(0, offset - 400), offset).replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, ' ');
  return /(?:^|[;{}):])\s*$/.test(before) || /(?:^|\n)[ \t]*#[^\n]*[^\\\n]\s*$/.test(before);
}

function skipComments(text: string, offset: number): number {
  let at = skipSpace(text, offset);
  for (let comment = commentEnd(text, at); comment > at; comment = commentEnd(text, at)) at = skipSpace(text, comment);
  return at;
}

function commentEnd(text: string, at: number): number {
  if (text.charAt(at) !== '/') return at;
  if (text.charAt(at + 1) === '/') return text.indexOf('\n', at);
  const close = text.charAt(at + 1) === '*' ? text.indexOf('*/', at) : -1;
  return close < 0 ? at : close + 2;
}

const unrollDirective = /^[ \t]*#[ \t]*pragma[ \t]+(?:no)?unroll\b[^\n]*|\b_Pragma\s*\(\s*"[^"\n]*"\s*\)/gm;

/** `for (…)` + `#pragma unroll` + `for (…)`: a directive is no statement, so that the outer loop would lose its body. */
export function maskUnroll(text: string, out: Replacement[]): void {
  for (const match of text.matchAll(unrollDirective)) out.push({ start: match.index, text: blank(match[0]) });
}

/** Last part of names for qualifiers: `FORCE_INLINE`, `C10_HOST_DEVICE`. */
const qualifierMacro =
  /(?<![\w#])(?:[A-Z][A-Z0-9_]*_)?(?:INLINE|FORCEINLINE|DEVICE|HOSTDEVICE|QUALIFIERS?|FUNC|FUNCTION|HD|HDI|DEV|HOST|CUDART_CB)(?=\s+[A-Za-z_~][^;={}()#]*\()/g;
const deviceQualifier = '__device__';

/** `FORCE_INLINE float f(float x) {`: the word goes; if its name says so and there is room, `__device__` takes its place. */
export function maskQualifierMacros(text: string, out: Replacement[]): void {
  for (const { 0: word, index } of text.matchAll(qualifierMacro)) {
    const lineStart = text.lastIndexOf('\n', index) + 1;
    if (
      /^[ \t]*#/.test(text.slice(lineStart, index)) ||
      /[\w)][ \t]*[-+*/%=<|&?,(!]\s*$/.test(text.slice(lineStart, index))
    )
      continue;
    const device = /DEV|HD/.test(word) && word.length >= deviceQualifier.length;
    out.push({ start: index, text: (device ? deviceQualifier : '').padEnd(word.length) });
  }
}

/** `float* RESTRICT x` of a macro that an earlier file defines: without it, the parameter would be called RESTRICT. */
const restrictMacro = /(?<=\*\s*)\b(?!__restrict)\w*RESTRICT\w*(?=\s+[A-Za-z_]\w*\s*[,)=;])/gi;

export function maskRestrict(text: string, out: Replacement[]): void {
  for (const { 0: word, index } of text.matchAll(restrictMacro)) out.push({ start: index, text: blank(word) });
}

const kernelDefinition = /^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+(?:[^\n\\]|\\\r?\n)*?\b__global__\b/gm;
const globalWord = '__global__';

/** `KERNEL void k(` where the file defines KERNEL as `__global__`: what it stands for takes its place, as far as there is room. */
export function maskKernelDefines(text: string, out: Replacement[]): void {
  for (const [, name = ''] of text.matchAll(kernelDefinition)) {
    const use = new RegExp(
      `(?<=^|[;{}>])[ \\t]*(?:extern[ \\t]+"C"[ \\t]+)?(?:static[ \\t]+|inline[ \\t]+)*\\b${name}[ \\t]+(?:void[ \\t]+)?(?=[A-Za-z_]\\w*[ \\t]*\\()`,
      'gm',
    );
    for (const { 0: words, index } of text.matchAll(use)) {
      const start = index + words.search(/\S/);
      const room = index + words.length - start;
      // Without its `void` a kernel looks like a constructor, which does as well.
      const word = room > globalWord.length + 5 ? `${globalWord} void` : globalWord;
      if (room > word.length) out.push({ start, text: word.padEnd(room) });
    }
  }
}

const longDefinition = /^[ \t]*#[ \t]*define\b(?:[^\n]*\\\r?\n)+[^\n]*/gm;

/** A comment inside a definition of several lines would end it. */
export function maskComments(text: string, out: Replacement[]): void {
  for (const definition of text.matchAll(longDefinition)) {
    for (const comment of definition[0].matchAll(/\/\*[^\n]*?\*\//g))
      out.push({ start: definition.index + comment.index, text: blank(comment[0]) });
  }
}

/** `TIME(k<<<…>>>(a); cudaDeviceSynchronize());`: statements as a macro's argument become a list of expressions. */
export function joinStatements(text: string, launch: number, out: Replacement[]): void {
  const open = enclosingParenthesis(text, launch);
  if (open < 0 || !/[A-Za-z_]\w*\s*$/.test(text.slice(Math.max(0, open - 80), open))) return;
  if (/\b(?:for|if|while|switch)\s*$/.test(text.slice(Math.max(0, open - 80), open))) return;
  const semicolons: number[] = [];
  let depth = 0;
  for (let i = open; i < text.length && i - open < 1000; i++) {
    const c = text.charAt(i);
    if (c === '(' || c === '[' || c === '{') depth++;
    else if (c === ';' && depth === 1) semicolons.push(i);
    else if ((c === ')' || c === ']' || c === '}') && --depth === 0) {
      if (c !== ')') return;
      for (const at of semicolons) out.push({ start: at, text: skipSpace(text, at + 1) === i ? ' ' : ',' });
      return;
    }
  }
}

/** The parenthesis that is open where the statement of `offset` stands in one, or -1. */
function enclosingParenthesis(text: string, offset: number): number {
  let depth = 0;
  for (let i = offset - 1; i >= 0 && offset - i < 400; i--) {
    const c = text.charAt(i);
    if (c === ')') depth++;
    else if (c === '(' && depth-- === 0) return i;
    else if (depth === 0 && (c === '{' || c === '}' || c === ';' || c === '#')) return -1;
  }
  return -1;
}

/** Any call on a line of its own, without `;`, would swallow the launch on the next line: end it. */
export function terminateMacroCall(text: string, launch: number, out: Replacement[]): void {
  const lineStart = text.lastIndexOf('\n', launch) + 1;
  if (lineStart === 0 || !/^\s*[A-Za-z_][\w:<>, ]*$/.test(text.slice(lineStart, launch))) return;
  const before = text.slice(Math.max(0, lineStart - 300), lineStart).replace(/\/\/[^\n]*|\/\*[^\n]*?\*\//g, blank);
  const call = /(?:^|\n)[ \t]*([A-Za-z_]\w*)[ \t]*(?:\([^;{}\n]*\))?[ \t]*\r?\n\s*$/.exec(before);
  const word = call?.[1] ?? 'else';
  if (/^(?:if|else|for|while|do|switch|return|try)$/.test(word)) return;
  // A lone name that is no macro may be part of the launch, whose name stands on the next line.
  if (!/^[A-Z_][A-Z0-9_]*$/.test(word) && !/\)\s*$/.test(before)) return;
  const last = before.trimEnd();
  // A blank in the line break's place ends the statement; the break itself carries no meaning here.
  out.push({ start: lineStart - before.length + last.length, text: ';' });
}
