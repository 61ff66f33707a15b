/** Reads PTX as nvcc writes it with -lineinfo. Pure. */
import { fileNameOf } from '../../toolchain/ptx-lines';
import type { AssemblyFunction, AssemblyLine, Frame, Listing } from './listing';

const functionStart = /^\s*(?:\.(?:visible|weak|extern|common)\s+)*\.(entry|func)\b(.*)/;
const functionName = /^\s*(?:\([^)]*\)\s*)?([A-Za-z_$%][\w$]*)/;
const location = /^\s*\.loc\s+(\d+)\s+(\d+)\s+(\d+)(?:.*\binlined_at\s+(\d+)\s+(\d+)\s+(\d+))?/;
const fileEntry = /^\s*\.file\s+(\d+)\s+"((?:[^"\\]|\\.)*)"/;
const label = /^[$A-Za-z_][\w$]*:/;
const opcode = /^\{?\s*(?:@!?%?[\w$]+\s+)?([a-z][\w.:]*)/;
/** Remarks of the compiler that say nothing about the program. */
const remark = /^\/\/ (?:\.globl|demoted variable|\S+ has been demoted)/;

export function parsePtx(text: string): Listing {
  const lines = text.split(/\r?\n/);
  const files = new Map<string, string>();
  for (const line of lines) {
    const [, number, name] = fileEntry.exec(line) ?? [];
    if (number !== undefined && name !== undefined) files.set(number, fileNameOf(name));
  }
  const reader = new PtxReader(files);
  for (const line of lines) reader.take(line);
  return { kind: 'ptx', module: reader.module, functions: reader.functions };
}

interface Opened {
  symbol: string;
  readonly entry: boolean;
  readonly lines: AssemblyLine[];
  /** Braces that are open; undefined before the body. */
  depth: number | undefined;
}

class PtxReader {
  readonly module: string[] = [];
  readonly functions: AssemblyFunction[] = [];
  #current: Opened | undefined;
  #frames: readonly Frame[] = [];
  /** Where the code of an inlined function at `file:line:column` was inlined. */
  #inlinedAt = new Map<string, string>();
  #debugSection = false;
  /** Inside an instruction that goes over several lines. */
  #unfinished = false;

  constructor(private readonly files: ReadonlyMap<string, string>) {}

  take(line: string): void {
    const text = line.trim().replace(/\t/g, ' ').replace(/ {2,}/g, ' ');
    if (this.#debugSection) {
      this.#debugSection = text !== '}';
      return;
    }
    if (this.#locate(line) || fileEntry.test(line) || text === '' || text === '//' || remark.test(text)) return;
    if (/^\.section\b/.test(text)) {
      this.#debugSection = true;
      return;
    }
    if (this.#current === undefined) {
      const [, kind, rest = ''] = functionStart.exec(text) ?? [];
      if (kind === undefined) {
        if (!text.startsWith('//')) this.module.push(text);
        return;
      }
      this.#current = {
        symbol: functionName.exec(rest)?.[1] ?? '',
        entry: kind === 'entry',
        lines: [],
        depth: undefined,
      };
      this.#frames = [];
    }
    this.#inFunction(this.#current, text);
  }

  #inFunction(current: Opened, text: string): void {
    if (current.depth === undefined) return this.#inHeader(current, text);
    const braces = count(text, '{') - count(text, '}');
    if (current.depth + braces <= 0) {
      this.functions.push({ symbol: current.symbol, entry: current.entry, lines: [...current.lines, directive(text)] });
      this.#current = undefined;
      return;
    }
    current.depth += braces;
    current.lines.push(this.#line(text));
  }

  /** Up to the brace that opens the body; a declaration ends before it. */
  #inHeader(current: Opened, text: string): void {
    if (current.symbol === '') current.symbol = functionName.exec(text)?.[1] ?? '';
    current.lines.push(directive(text));
    if (text.startsWith('{')) current.depth = 1;
    else if (text.endsWith(';')) {
      this.module.push(...current.lines.map((line) => line.text));
      this.#current = undefined;
    }
  }

  #line(text: string): AssemblyLine {
    if (label.test(text)) return { text, kind: 'label', frames: [] };
    if (/^(?:\.|\/\/|[{}]+$)/.test(text)) return directive(text);
    const code = this.#unfinished ? undefined : opcode.exec(text)?.[1];
    this.#unfinished = !/[;}]\s*(?:\/\/.*)?$/.test(text);
    return { text, kind: 'instruction', ...(code === undefined ? {} : { opcode: code }), frames: this.#frames };
  }

  /** `.loc`: the last before an instruction is the innermost, and the earlier ones tell where that was inlined. */
  #locate(text: string): boolean {
    const match = location.exec(text);
    if (match === null) return false;
    const [, file = '', line = '', column = '', atFile, atLine, atColumn] = match;
    const place = `${file}:${line}:${column}`;
    if (atFile === undefined) this.#inlinedAt.delete(place);
    else this.#inlinedAt.set(place, `${atFile}:${atLine ?? ''}:${atColumn ?? ''}`);
    const frames: Frame[] = [];
    const seen = new Set<string>();
    for (let at: string | undefined = place; at !== undefined && !seen.has(at); at = this.#inlinedAt.get(at)) {
      seen.add(at);
      const [number = '', row = '0'] = at.split(':');
      const name = this.files.get(number);
      // Line 0: code that the compiler made up.
      if (name !== undefined && row !== '0') frames.push({ file: name, line: Number(row) });
    }
    this.#frames = frames;
    return true;
  }
}

function directive(text: string): AssemblyLine {
  return { text, kind: 'directive', frames: [] };
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}
