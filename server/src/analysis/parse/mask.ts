/**
 * Hides what the grammar does not know. Every replacement keeps the length, so positions in the masked text are positions in the source.
 */

/** Attributes that stand where the grammar expects none; masked with their argument. */
const attributeWithArgument =
  /\b(?:__align__|__builtin_align__|__cluster_dims__|__maxnreg__|__block_size__|__declspec)\s*\(/g;
const launchBounds = /\b__launch_bounds__\s*\(/g;
const lambdaQualifier = /\](\s*)((?:__host__|__device__)(?:\s+(?:__host__|__device__))*)(?=\s*[({])/g;
const namespaceMacro = /\bnamespace\s+([A-Z_][A-Z0-9_]*)(?=\s+[A-Za-z_][\w:]*\s*\{)/g;
const globalQualifier = /\b__global__\b/g;
const launchStart = /<<</g;
const macroWord = /^[A-Z_][A-Z0-9_]*$/;
/** Words that may stand between `__global__` and the kernel's name and that the grammar knows. */
const knownSpecifiers = new Set([
  'void',
  'static',
  'inline',
  'extern',
  'const',
  'constexpr',
  '__host__',
  '__device__',
  '__global__',
  '__forceinline__',
  '__noinline__',
  '__inline__',
  '__launch_bounds__',
]);

interface Replacement {
  readonly start: number;
  readonly text: string;
}

/** The offset of the bracket that closes the one at `open`, or -1. Gives up after `limit` characters. */
export function matchingBracket(text: string, open: number, limit = 4000): number {
  const end = Math.min(text.length, open + limit);
  let depth = 0;
  for (let i = open; i < end; i++) {
    const c = text.charCodeAt(i);
    if (c === 40 || c === 91 || c === 123) depth++;
    else if ((c === 41 || c === 93 || c === 125) && --depth === 0) return i;
    else if (c === 59 && depth <= 1 && text.charCodeAt(open) === 40) return -1;
  }
  return -1;
}

function skipSpace(text: string, i: number): number {
  while (i < text.length && /\s/.test(text.charAt(i))) i++;
  return i;
}

/** Spaces for everything but line breaks, so that lines stay lines. */
function blank(text: string): string {
  return text.replace(/[^\r\n]/g, ' ');
}

function maskAttributes(text: string, out: Replacement[]): void {
  for (const match of text.matchAll(attributeWithArgument)) {
    const close = matchingBracket(text, match.index + match[0].length - 1);
    if (close >= 0) out.push({ start: match.index, text: blank(text.slice(match.index, close + 1)) });
  }
  // The grammar takes one or two arguments; only the first (the number of threads) is read here.
  for (const match of text.matchAll(launchBounds)) {
    const open = match.index + match[0].length - 1;
    const close = matchingBracket(text, open);
    if (close < 0) continue;
    const comma = topLevelComma(text, open + 1, close);
    if (comma >= 0) out.push({ start: comma, text: blank(text.slice(comma, close)) });
  }
}

function topLevelComma(text: string, start: number, end: number): number {
  let depth = 0;
  for (let i = start; i < end; i++) {
    const c = text.charAt(i);
    if (c === '(' || c === '[' || c === '{') depth++;
    else if (c === ')' || c === ']' || c === '}') depth--;
    else if (c === ',' && depth === 0) return i;
  }
  return -1;
}

/** `__global__ MACRO void k(`, `__global__ void BOUNDS(256) k(`, `EXPORT __global__ void k(`. */
function maskKernelMacros(text: string, out: Replacement[]): void {
  for (const match of text.matchAll(globalQualifier)) {
    maskMacroBefore(text, match.index, out);
    const words: { start: number; end: number }[] = [];
    let hasVoid = false;
    let i = match.index + match[0].length;
    for (let guard = 0; guard < 16; guard++) {
      i = skipSpace(text, i);
      const word = /^[A-Za-z_]\w*/.exec(text.slice(i, i + 80))?.[0];
      if (word === undefined) break;
      let end = i + word.length;
      const next = skipSpace(text, end);
      if (text.charAt(next) === '(') {
        const close = matchingBracket(text, next);
        if (close < 0 || !/[A-Za-z_]/.test(text.charAt(skipSpace(text, close + 1)))) break;
        end = close + 1;
      }
      if (word === 'void') hasVoid = true;
      else if (!knownSpecifiers.has(word) && macroWord.test(word)) words.push({ start: i, end });
      i = end;
    }
    if (hasVoid) for (const { start, end } of words) out.push({ start, text: blank(text.slice(start, end)) });
  }
}

function maskMacroBefore(text: string, offset: number, out: Replacement[]): void {
  const before = text.slice(Math.max(0, offset - 120), offset);
  const match = /(^|[;{}>"\n]|extern|static|inline)([ \t]*)([A-Z_][A-Z0-9_]*)(\s+)$/.exec(before);
  const word = match?.[3];
  if (!match || word === undefined || knownSpecifiers.has(word)) return;
  const start = offset - (match[4]?.length ?? 0) - word.length;
  out.push({ start, text: ' '.repeat(word.length) });
}

/** `k<<<{8, 8}, {16}>>>`: braces become parentheses, which parse as a comma expression. */
function maskLaunch(text: string, start: number, out: Replacement[]): void {
  const end = text.indexOf('>>>', start);
  if (end >= 0 && end - start < 1000) {
    for (let i = start + 3; i < end; i++) {
      const before = text.charAt(i - 1);
      if (text.charAt(i) !== '{' || /\w/.test(before)) continue;
      const close = matchingBracket(text, i);
      if (close < 0 || close > end || text.slice(i + 1, close).trim() === '') continue;
      out.push({ start: i, text: '(' }, { start: close, text: ')' });
      i = close;
    }
  }
  terminateMacroCall(text, start, out);
  joinStatements(text, start, out);
}

/** `TIME(k<<<…>>>(a); cudaDeviceSynchronize());`: statements as a macro's argument become a list of expressions. */
function joinStatements(text: string, launch: number, out: Replacement[]): void {
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

/** A macro call on a line of its own, without `;`, would swallow the launch on the next line: end it. */
function terminateMacroCall(text: string, launch: number, out: Replacement[]): void {
  const lineStart = text.lastIndexOf('\n', launch) + 1;
  if (lineStart === 0 || !/^\s*[A-Za-z_][\w:<>, ]*$/.test(text.slice(lineStart, launch))) return;
  const before = text.slice(Math.max(0, lineStart - 300), lineStart);
  if (!/(?:^|\n)[ \t]*[A-Z_][A-Z0-9_]*[ \t]*(?:\([^;{}\n]*\))?[ \t]*\r?\n\s*$/.test(before)) return;
  const last = before.trimEnd();
  // A blank in the line break's place ends the statement; the break itself carries no meaning here.
  out.push({ start: lineStart - before.length + last.length, text: ';' });
}

/** The text to parse: as long as `source`, plus one line break when the last line has none. */
export function maskGrammarGaps(source: string): string {
  const out: Replacement[] = [];
  if (source.includes('__')) {
    maskAttributes(source, out);
    maskKernelMacros(source, out);
    for (const match of source.matchAll(lambdaQualifier)) {
      out.push({ start: match.index + 1 + (match[1]?.length ?? 0), text: blank(match[2] ?? '') });
    }
  }
  for (const match of source.matchAll(namespaceMacro)) {
    const word = match[1] ?? '';
    out.push({ start: match.index + match[0].length - word.length, text: ' '.repeat(word.length) });
  }
  for (const match of source.matchAll(launchStart)) maskLaunch(source, match.index, out);
  return apply(source, out);
}

function apply(source: string, replacements: Replacement[]): string {
  const parts: string[] = [];
  let position = 0;
  for (const { start, text } of replacements.sort((a, b) => a.start - b.start)) {
    if (start < position || start + text.length > source.length) continue;
    parts.push(source.slice(position, start), text);
    position = start + text.length;
  }
  parts.push(source.slice(position));
  if (!source.endsWith('\n')) parts.push('\n');
  return parts.join('');
}
