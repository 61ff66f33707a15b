/** Reads what nvdisasm prints of a cubin with `-c -g -gi`. Pure. */
import { fileNameOf } from '../../toolchain/ptx-lines';
import type { AssemblyFunction, AssemblyLine, Frame, Listing } from './listing';

const section = /^\s*\.section\s+\.text\.([^\s,"]+)/;
const otherSection = /^\s*\.section\s+/;
const entryMark = /STO_CUDA_ENTRY/;
const place = /^\s*\/\/## File "((?:[^"\\]|\\.)*)", line (\d+)(?: inlined at "(?:[^"\\]|\\.)*", line \d+)?/;
const instruction = /^\s*\/\*([0-9a-f]+)\*\/\s+(.*?)\s*$/;
const label = /^\s*([.$\w]+):\s*$/;
const opcode = /^(?:[{}]\s*)?(?:@!?U?P\w+\s+)?([A-Z][A-Z0-9_]*(?:\.[\w:]+)*)/;

export function parseNvdisasm(text: string): Listing {
  const functions: AssemblyFunction[] = [];
  let current: { symbol: string; entry: boolean; lines: AssemblyLine[] } | undefined;
  let frames: Frame[] = [];
  /** Lines of places that follow each other are one place, from the inside out. */
  let placing = false;
  const finish = () => {
    if (current !== undefined) functions.push({ ...current, lines: withoutPadding(current.lines) });
    current = undefined;
  };
  for (const line of text.split(/\r?\n/)) {
    const [, symbol] = section.exec(line) ?? [];
    if (symbol !== undefined) {
      finish();
      current = { symbol, entry: false, lines: [] };
      frames = [];
      continue;
    }
    if (otherSection.test(line)) finish();
    if (current === undefined) continue;
    if (entryMark.test(line)) current.entry = true;
    const [, file, row] = place.exec(line) ?? [];
    if (file !== undefined) {
      frames = [...(placing ? frames : []), { file: fileNameOf(file), line: Number(row) }];
      placing = true;
      continue;
    }
    const read = readLine(line, current.symbol, frames);
    if (read === undefined) continue;
    placing = false;
    current.lines.push(read);
  }
  finish();
  return { kind: 'sass', module: [], functions };
}

function readLine(line: string, symbol: string, frames: readonly Frame[]): AssemblyLine | undefined {
  const [, address, code] = instruction.exec(line) ?? [];
  if (address !== undefined && code !== undefined) {
    const name = opcode.exec(code)?.[1];
    if (name === undefined) return undefined;
    return { text: code, kind: 'instruction', address: parseInt(address, 16), opcode: name, frames };
  }
  const [, name] = label.exec(line) ?? [];
  // The function's own name stands twice.
  if (name === undefined || name === `.text.${symbol}` || name === symbol) return undefined;
  return { text: `${name}:`, kind: 'label', frames: [] };
}

/** The end of a function is filled up with instructions that never run. */
function withoutPadding(lines: readonly AssemblyLine[]): AssemblyLine[] {
  let end = lines.length;
  const padding = (line: AssemblyLine | undefined) => line?.opcode === 'NOP' || line?.kind === 'label';
  while (end > 0 && padding(lines[end - 1])) end--;
  return lines.slice(0, end);
}
