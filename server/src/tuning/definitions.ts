/** Where a source says a number that a launch uses: a literal, or a constant's definition. Pure. */
import type { Span } from '../analysis';

/** A number in the text that can be replaced. */
export interface NumberSite {
  readonly span: Span;
  readonly value: number;
}

const literal = /^(\d+)[uUlL]*$/;

/** Comments and literals of text as blanks, positions kept. */
export function withoutComments(text: string): string {
  return text.replace(
    /\/\/(?:[^\n\\]|\\[\s\S])*|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\.)*'/g,
    (part) => part.replace(/[^\n]/g, ' '),
  );
}

/** A decimal literal and nothing else between these places. */
export function literalAt(code: string, span: Span): NumberSite | undefined {
  const raw = code.slice(span.start, span.end);
  const start = span.start + (raw.length - raw.trimStart().length);
  const found = literal.exec(raw.trim());
  const digits = found?.[1];
  return digits === undefined ? undefined : { span: { start, end: start + digits.length }, value: Number(digits) };
}

/**
 * The one definition of a name by a decimal literal that holds at `before`: `#define TILE 16`, `constexpr int TILE = 16;`,
 * `int threads = 256;`. Undefined where there are several that could hold, or where the variable is assigned elsewhere.
 */
export function definitionOf(code: string, name: string, before: number): NumberSite | undefined {
  const macros = [
    ...code.matchAll(
      new RegExp(`^[ \\t]*#[ \\t]*define[ \\t]+${name}[ \\t]+\\(?[ \\t]*(\\d+)[uUlL]*[ \\t]*\\)?[ \\t]*$`, 'gm'),
    ),
  ];
  const declared = [
    ...code.matchAll(
      new RegExp(
        `\\b(?:int|unsigned|long|short|size_t|u?int\\d+_t|auto|dim3)[ \\t]+${name}\\s*[={(]\\s*(\\d+)[uUlL]*\\s*[})]?\\s*[;,]`,
        'g',
      ),
    ),
  ].filter(({ index }) => index < before);
  const anyMacro = new RegExp(`^[ \\t]*#[ \\t]*define[ \\t]+${name}\\b`, 'gm');
  const [macro] = macros;
  if (macro) {
    const all = [...code.matchAll(anyMacro)].length;
    return all === 1 && declared.length === 0 ? siteIn(macro) : undefined;
  }
  const found = declared.at(-1);
  if (!found) return undefined;
  // `threads = 512;`, `threads *= 2;` somewhere: the definition does not tell what the launch takes.
  const assigned = new RegExp(
    `(?<![\\w.>]|\\b(?:int|unsigned|long|short|size_t|auto|dim3|_t)[ \\t]{1,8})${name}\\s*(?:[-+*/%|&^]|<<|>>)?=(?!=)|(?:\\+\\+|--)\\s*${name}\\b|\\b${name}\\s*(?:\\+\\+|--)`,
  );
  return assigned.test(code) ? undefined : siteIn(found);
}

function siteIn(match: RegExpExecArray): NumberSite | undefined {
  const digits = match[1];
  if (digits === undefined) return undefined;
  const start = match.index + match[0].lastIndexOf(digits);
  return { span: { start, end: start + digits.length }, value: Number(digits) };
}

/** The parts of a launch dimension as the text has them: `dim3(a, b)` written there, or behind the name that stands there. */
export function componentsOf(code: string, span: Span, before: number): Span[] {
  const raw = code.slice(span.start, span.end);
  const direct = /^\s*(?:dim3\s*[({]|\{)/.exec(raw);
  if (direct) return split(code, span.start + direct[0].length);
  const name = /^\s*([A-Za-z_]\w*)\s*$/.exec(raw)?.[1];
  if (name === undefined) return [span];
  const definitions = [
    ...code.matchAll(new RegExp(`\\bdim3[ \\t]+${name}\\s*(?:=\\s*(?:dim3\\s*)?)?[({]`, 'g')),
    ...code.matchAll(new RegExp(`[,][ \\t]*${name}\\s*\\((?=[^;]*;)`, 'g')),
  ].filter(({ index }) => index < before && isDim3(code, index));
  const found = definitions.sort((a, b) => a.index - b.index).at(-1);
  return found ? split(code, found.index + found[0].length) : [span];
}

/** Whether the declaration that holds this place begins with dim3: `dim3 grid(…), block(…);`. */
function isDim3(code: string, index: number): boolean {
  const start = Math.max(code.lastIndexOf(';', index), code.lastIndexOf('{', index), code.lastIndexOf('}', index)) + 1;
  return /^\s*(?:const\s+)?dim3\b/.test(code.slice(start, index + 5));
}

/** Spans between the commas, up to the bracket that closes. */
function split(code: string, from: number): Span[] {
  const parts: Span[] = [];
  let depth = 0;
  let start = from;
  for (let at = from; at < code.length; at++) {
    const character = code[at] ?? '';
    if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) {
      if (depth === 0) {
        if (code.slice(start, at).trim() !== '') parts.push({ start, end: at });
        return parts;
      }
      depth--;
    } else if (character === ',' && depth === 0) {
      parts.push({ start, end: at });
      start = at + 1;
    } else if (character === ';') return [];
  }
  return [];
}

/** The initial value of a variable: `int blocks = (n + 255) / 256;`. */
export function initializerOf(code: string, name: string, before: number): Span | undefined {
  const found = [
    ...code.matchAll(new RegExp(`\\b(?:int|unsigned|long|size_t|u?int\\d+_t|auto)[ \\t]+${name}\\s*=`, 'g')),
  ]
    .filter(({ index }) => index < before)
    .at(-1);
  if (!found) return undefined;
  const start = found.index + found[0].length;
  const end = code.indexOf(';', start);
  return end < 0 ? undefined : { start, end };
}
