/** A listing as one text, with the source lines of each of its lines. Pure. */
import path from 'node:path';
import type { AssemblyFunction, AssemblyKind, Frame } from './listing';

export interface Rendered {
  readonly text: string;
  /** For each line of the text, the 0-based source lines it comes from, innermost first; empty for none. */
  readonly links: readonly (readonly number[])[];
  readonly functions: readonly { readonly symbol: string; readonly line: number }[];
}

export interface RenderInput {
  readonly kind: AssemblyKind;
  /** Comments at the top. */
  readonly head: readonly string[];
  /** Lines of the module as they are. */
  readonly module: readonly string[];
  readonly functions: readonly AssemblyFunction[];
  /** Comments before a function. */
  readonly comments: (each: AssemblyFunction) => readonly string[];
  /** The source that the lines are linked to. */
  readonly file: string;
  /** False leaves addresses out, so that two listings differ only where the code does. */
  readonly addresses: boolean;
}

export function render(input: RenderInput): Rendered {
  const text: string[] = [];
  const links: (readonly number[])[] = [];
  const functions: { symbol: string; line: number }[] = [];
  const own = path.resolve(input.file);
  const add = (line: string, frames: readonly Frame[] = []) => {
    text.push(line);
    links.push(linesOf(frames, own));
  };
  const comment = (line: string) => wrapped(line).forEach((part) => add(`// ${part}`));
  input.head.forEach(comment);
  if (input.module.length > 0) {
    add('');
    for (const line of input.module) add(line);
  }
  for (const each of input.functions) {
    if (text.length > 0) add('');
    input.comments(each).forEach(comment);
    functions.push({ symbol: each.symbol, line: text.length });
    if (input.kind === 'sass') add(`${each.symbol}:`);
    for (const { text: code, kind, address, frames } of each.lines) {
      if (kind === 'label') add(code);
      else if (input.kind === 'ptx') add(kind === 'instruction' || isInner(code) ? `    ${code}` : code, frames);
      else add(`${address === undefined || !input.addresses ? '    ' : `  ${hex(address)}  `}${aligned(code)}`, frames);
    }
  }
  return { text: `${text.join('\n')}\n`, links, functions };
}

/** Columns of a comment: a listing stands beside its source and is narrow. */
const commentWidth = 50;

/** What does not fit on one line goes on in the next, deeper: after a comma, a colon or a dot, where there is one. */
function wrapped(line: string): string[] {
  const fits = (text: string) => columns(text) <= commentWidth;
  const pieces = line.split(/(?<=[,:·]) /).flatMap((piece) => (fits(piece) ? [piece] : piece.split(' ')));
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(piece);
    else if (fits(`${last} ${piece}`)) lines[lines.length - 1] = `${last} ${piece}`;
    else lines.push(`  ${piece}`);
  }
  return lines;
}

/** Korean letters are two columns wide. */
function columns(text: string): number {
  return [...text].reduce((sum, letter) => sum + (letter >= '\u1100' ? 2 : 1), 0);
}

function linesOf(frames: readonly Frame[], file: string): number[] {
  const lines = frames.filter((frame) => path.resolve(frame.file) === file).map(({ line }) => line - 1);
  return [...new Set(lines)];
}

function hex(address: number): string {
  return `/*${address.toString(16).padStart(4, '0')}*/`;
}

/** Declarations of a body stand as deep as its instructions; signature and braces do not. */
function isInner(code: string): boolean {
  return /^\.(?:reg|local|shared|loc|pragma|param)\b/.test(code) || code.startsWith('//');
}

/** The predicate in a column of its own, as nvdisasm prints it. */
function aligned(code: string): string {
  const [, predicate, rest] = /^(@!?U?P\w+)\s+(.*)$/.exec(code) ?? [];
  return predicate === undefined || rest === undefined ? `        ${code}` : `${predicate.padStart(7)} ${rest}`;
}
