/** Assembly as it is shown: functions of instructions that know their source. */

export type AssemblyKind = 'ptx' | 'sass';

/** A place in the source. */
export interface Frame {
  /** As the compiler names it. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

export interface AssemblyLine {
  /** Without the address and without leading blanks. */
  readonly text: string;
  readonly kind: 'instruction' | 'label' | 'directive';
  /** Bytes from the beginning of the function's section; SASS only. */
  readonly address?: number;
  /** With its modifiers: `LDG.E.64`, `ld.global.f32`. Absent on further lines of one instruction. */
  readonly opcode?: string;
  /** Where it comes from, the innermost inlined function first; empty where the compiler does not tell. */
  readonly frames: readonly Frame[];
}

export interface AssemblyFunction {
  /** Mangled. */
  readonly symbol: string;
  /** A kernel; else a device function that was not inlined. */
  readonly entry: boolean;
  readonly lines: readonly AssemblyLine[];
}

export interface Listing {
  readonly kind: AssemblyKind;
  /** What stands before the functions: version, target, variables of the module. */
  readonly module: readonly string[];
  readonly functions: readonly AssemblyFunction[];
}

/** `functions` and those that they call, in the order of the listing. */
export function withCallees(listing: Listing, symbols: ReadonlySet<string>): AssemblyFunction[] {
  const wanted = new Set(symbols);
  const byName = new Map(listing.functions.map((each) => [each.symbol, each]));
  const queue = [...wanted];
  for (let symbol = queue.pop(); symbol !== undefined; symbol = queue.pop()) {
    for (const line of byName.get(symbol)?.lines ?? []) {
      for (const [name] of line.kind === 'instruction' ? line.text.matchAll(/[A-Za-z_$][\w$]*/g) : []) {
        if (!byName.has(name) || wanted.has(name)) continue;
        wanted.add(name);
        queue.push(name);
      }
    }
  }
  return listing.functions.filter(({ symbol }) => wanted.has(symbol));
}
