/** Reads the symbol table of a cubin. Pure; the format is ELF64, little endian, as nvcc writes it on every platform. */

export interface CubinSymbol {
  readonly name: string;
  /** A kernel's entry point; otherwise a device function. */
  readonly entry: boolean;
}

const sectionSymbolTable = 2;
const symbolObject = 1;
const symbolFunction = 2;
/** `STO_CUDA_ENTRY` in a symbol's `st_other`. */
const otherEntry = 0x10;
const symbolSize = 24;

/** The functions of a cubin. Empty for what is no ELF file. */
export function cubinFunctions(image: Uint8Array): CubinSymbol[] {
  return definedSymbols(image, symbolFunction).map(({ name, other }) => ({ name, entry: (other & otherEntry) !== 0 }));
}

/** Names of the `__constant__`, `__device__` and `__managed__` variables of a cubin. Empty for what is no ELF file. */
export function cubinVariables(image: Uint8Array): string[] {
  return definedSymbols(image, symbolObject).map(({ name }) => name);
}

function definedSymbols(image: Uint8Array, wanted: number): { readonly name: string; readonly other: number }[] {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  if (image.byteLength < 64 || view.getUint32(0, false) !== 0x7f454c46 || image[4] !== 2) return [];
  const symbols: { name: string; other: number }[] = [];
  try {
    const sections = readSections(view);
    for (const section of sections) {
      if (section.type !== sectionSymbolTable) continue;
      const strings = sections[section.link];
      if (strings === undefined) continue;
      for (let at = section.offset; at + symbolSize <= section.offset + section.size; at += symbolSize) {
        const kind = view.getUint8(at + 4) & 0xf;
        const defined = view.getUint16(at + 6, true) !== 0;
        if (kind !== wanted || !defined) continue;
        const name = readString(image, strings.offset + view.getUint32(at, true));
        symbols.push({ name, other: view.getUint8(at + 5) });
      }
    }
  } catch (error) {
    // A truncated file reads past its end; what was found before that is still true.
    if (!(error instanceof RangeError)) throw error;
  }
  return symbols;
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

function readSections(view: DataView): Section[] {
  const table = Number(view.getBigUint64(40, true));
  const entrySize = view.getUint16(58, true);
  const count = view.getUint16(60, true);
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * entrySize;
    return {
      type: view.getUint32(at + 4, true),
      offset: Number(view.getBigUint64(at + 24, true)),
      size: Number(view.getBigUint64(at + 32, true)),
      link: view.getUint32(at + 40, true),
    };
  });
}

function readString(image: Uint8Array, start: number): string {
  let end = start;
  while (end < image.length && image[end] !== 0) end++;
  return new TextDecoder().decode(image.subarray(start, end));
}
