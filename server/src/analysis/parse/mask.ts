/**
 * Hides what the grammar does not know. Every replacement keeps the length, so positions in the masked text are positions in the source.
 */

import {
  joinStatements,
  maskComments,
  maskKernelDefines,
  maskMacroLines,
  maskQualifierMacros,
  maskRestrict,
  maskUnroll,
  terminateMacroCall,
} from './mask-macros';
import { blank, matchingBracket, skipSpace, type Replacement } from './mask-text';

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

/** The text to parse: as long as `source`, plus one line break when the last line has none. */
export function maskGrammarGaps(source: string): string {
  const out: Replacement[] = [];
  if (source.includes('__')) {
    maskKernelDefines(source, out);
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
  maskMacroLines(source, out);
  maskQualifierMacros(source, out);
  maskRestrict(source, out);
  maskUnroll(source, out);
  maskComments(source, out);
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
