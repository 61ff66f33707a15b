/** The text that the trace library writes, as records. Pure; the format is the one of `server/runtime/cupti`. */

/** What the GPU did, or what the host asked for. Times are nanoseconds from the process's own beginning. */
interface Timed {
  readonly start: number;
  readonly end: number;
  readonly stack: number;
}

interface OnDevice extends Timed {
  readonly device: number;
  readonly context: number;
  readonly stream: number;
  readonly correlation: number;
}

export interface KernelRecord extends OnDevice {
  readonly kind: 'kernel';
  readonly name: number;
  /** Grid, block, registers, static and dynamic shared memory, local memory, 1 in a graph. */
  readonly shape: readonly number[];
}

export interface CopyRecord extends OnDevice {
  readonly kind: 'copy';
  readonly bytes: number;
  /** CUPTI's numbers. */
  readonly copyKind: number;
  readonly from: number;
  readonly to: number;
  readonly asynchronous: boolean;
}

export interface MemsetRecord extends OnDevice {
  readonly kind: 'memset';
  readonly bytes: number;
  readonly value: number;
  readonly memory: number;
}

export interface CallRecord extends Timed {
  readonly kind: 'call';
  readonly thread: number;
  readonly correlation: number;
  readonly name: number;
  /** CUDA's error code. */
  readonly result: number;
}

export interface OverheadRecord extends Timed {
  readonly kind: 'overhead';
  /** CUPTI's number. */
  readonly cause: number;
}

export type TraceRecord = KernelRecord | CopyRecord | MemsetRecord | CallRecord | OverheadRecord;

/** Records that were only added up. */
export interface SummedRecords {
  readonly kind: 'kernel' | 'copy' | 'memset' | 'call';
  readonly name: number;
  /** Of copies: kind, source and target memory, a byte each; of memsets the memory. */
  readonly variant: number;
  readonly stack: number;
  readonly count: number;
  /** Nanoseconds. */
  readonly total: number;
  readonly min: number;
  readonly max: number;
  readonly bytes: number;
}

/** A return address: where its module's own file counts it. */
export interface Frame {
  readonly module: number;
  readonly address: bigint;
}

export interface ProcessTrace {
  readonly process: number;
  /** Wall clock at the process's beginning, nanoseconds. */
  readonly began: bigint;
  readonly cuptiVersion: number;
  readonly records: readonly TraceRecord[];
  readonly summed: readonly SummedRecords[];
  readonly strings: ReadonlyMap<number, string>;
  readonly modules: ReadonlyMap<number, string>;
  readonly stacks: ReadonlyMap<number, readonly Frame[]>;
  readonly defaultStreams: ReadonlyMap<number, number>;
  readonly lost: number;
  /** What CUPTI refused. */
  readonly refused: readonly string[];
}

const summedKinds: Readonly<Record<string, SummedRecords['kind']>> = {
  K: 'kernel',
  C: 'copy',
  F: 'memset',
  A: 'call',
};

const lineFeed = 10;
const blank = 32;
const zero = 48;
const noBytes = new Uint8Array();

/** Where a kernel's shape stands in its line. */
const shapeStart = 9;
const shapeLength = 11;
const rememberedShapes = 8;

/** Undefined for a text of another format. A last line that was cut off is left out. */
export function parseTrace(text: string): ProcessTrace | undefined {
  const reader = new TraceReader();
  reader.add(Buffer.from(text));
  return reader.end();
}

/** Takes a trace piece by piece: it may be too long for one string. */
export class TraceReader {
  readonly #records: TraceRecord[] = [];
  readonly #summed = new Map<string, SummedRecords>();
  readonly #strings = new Map<number, string>();
  readonly #modules = new Map<number, string>();
  readonly #stacks = new Map<number, Frame[]>();
  readonly #defaultStreams = new Map<number, number>();
  readonly #refused: string[] = [];
  /** The last shapes of each kernel, by its name: launches share them. */
  readonly #shapes = new Map<number, (readonly number[])[]>();
  readonly #numbers: number[] = [];
  /** The beginning of a line whose end has not come yet. */
  #begun: Uint8Array = noBytes;
  #header: { process: number; began: bigint; cuptiVersion: number } | undefined;
  #lost = 0;

  /** Takes a piece of the file, which may end anywhere. */
  add(piece: Uint8Array): void {
    const bytes = this.#begun.length === 0 ? piece : Buffer.concat([this.#begun, piece]);
    let from = 0;
    for (let to = bytes.indexOf(lineFeed); to >= 0; to = bytes.indexOf(lineFeed, from)) {
      this.#addLine(bytes, from, to);
      from = to + 1;
    }
    this.#begun = bytes.subarray(from);
  }

  #addLine(bytes: Uint8Array, from: number, to: number): void {
    if (from === to) return;
    const kind = String.fromCharCode(bytes[from] ?? 0);
    if (lengths[kind] !== undefined) {
      if (lengths[kind] === readNumbers(bytes, from + 2, to, this.#numbers)) this.#addNumbers(kind);
      return;
    }
    const line = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString();
    if (kind === 'S' || kind === 'M' || kind === 'N') this.#addText(kind, line);
    else if (kind === 'T') this.#addStack(line);
    else if (kind === 'V') this.#addHeader(line);
  }

  end(): ProcessTrace | undefined {
    this.#addLine(this.#begun, 0, this.#begun.length);
    this.#begun = noBytes;
    if (this.#header === undefined) return undefined;
    return {
      ...this.#header,
      records: this.#records,
      summed: [...this.#summed.values()],
      strings: this.#strings,
      modules: this.#modules,
      stacks: this.#stacks,
      defaultStreams: this.#defaultStreams,
      lost: this.#lost,
      refused: this.#refused,
    };
  }

  #addText(kind: string, line: string): void {
    if (kind === 'N') {
      this.#refused.push(line.slice(2));
      return;
    }
    const blank = line.indexOf(' ', 2);
    if (blank < 0) return;
    const id = Number(line.slice(2, blank));
    const text = line.slice(blank + 1);
    const known = kind === 'S' ? this.#strings : this.#modules;
    // A long name comes in pieces.
    known.set(id, (known.get(id) ?? '') + text);
  }

  #addStack(line: string): void {
    const words = line.split(' ');
    const frames: Frame[] = [];
    for (let index = 2; index + 1 < words.length; index += 2) {
      const address = words[index + 1] ?? '';
      if (/^[0-9a-f]+$/.test(address)) frames.push({ module: Number(words[index]), address: BigInt(`0x${address}`) });
    }
    this.#stacks.set(Number(words[1]), frames);
  }

  #addHeader(line: string): void {
    const words = line.split(' ');
    if (words[1] !== '1' || words.length !== 5) return;
    this.#header = { cuptiVersion: Number(words[2]), process: Number(words[3]), began: BigInt(words[4] ?? '0') };
  }

  #addNumbers(kind: string): void {
    const n = this.#numbers;
    const at = (index: number) => n[index] ?? 0;
    switch (kind) {
      case 'K':
        this.#records.push({
          kind: 'kernel',
          start: at(1),
          end: at(2),
          device: at(3),
          context: at(4),
          stream: at(5),
          correlation: at(6),
          stack: at(7),
          name: at(8),
          shape: this.#shape(at(8), n),
        });
        break;
      case 'C':
        this.#records.push({
          kind: 'copy',
          start: at(1),
          end: at(2),
          device: at(3),
          context: at(4),
          stream: at(5),
          correlation: at(6),
          stack: at(7),
          bytes: at(8),
          copyKind: at(9),
          from: at(10),
          to: at(11),
          asynchronous: at(12) === 1,
        });
        break;
      case 'F':
        this.#records.push({
          kind: 'memset',
          start: at(1),
          end: at(2),
          device: at(3),
          context: at(4),
          stream: at(5),
          correlation: at(6),
          stack: at(7),
          bytes: at(8),
          value: at(9),
          memory: at(10),
        });
        break;
      case 'A':
        this.#records.push({
          kind: 'call',
          start: at(1),
          end: at(2),
          thread: at(3),
          correlation: at(4),
          stack: at(5),
          name: at(6),
          result: at(7),
        });
        break;
      case 'O':
        this.#records.push({ kind: 'overhead', start: at(1), end: at(2), stack: 0, cause: at(3) });
        break;
      case 'X':
        this.#defaultStreams.set(at(1), at(3));
        break;
      case 'L':
        this.#lost += at(1);
        break;
      case 'G':
        this.#addSummed(at);
        break;
    }
  }

  /** The shape in a kernel's numbers, as the array that other launches have, where one of the last had it. */
  #shape(name: number, numbers: readonly number[]): readonly number[] {
    let shapes = this.#shapes.get(name);
    if (shapes === undefined) this.#shapes.set(name, (shapes = []));
    for (const shape of shapes) {
      let index = 0;
      while (index < shapeLength && shape[index] === numbers[shapeStart + index]) index++;
      if (index === shapeLength) return shape;
    }
    const shape = numbers.slice(shapeStart, shapeStart + shapeLength);
    if (shapes.push(shape) > rememberedShapes) shapes.shift();
    return shape;
  }

  #addSummed(at: (index: number) => number): void {
    const kind = summedKinds[String.fromCharCode(at(1))];
    if (kind === undefined) return;
    // Each line holds the sum from the beginning on.
    this.#summed.set(`${kind} ${at(2)} ${at(3)} ${at(4)}`, {
      kind,
      name: at(2),
      variant: at(3),
      stack: at(4),
      count: at(5),
      total: at(6),
      min: at(7),
      max: at(8),
      bytes: at(9),
    });
  }
}

/** Puts the numbers of a line into an array from index 1 on, and counts them. There may be a million such lines: no text is made of them. */
function readNumbers(bytes: Uint8Array, from: number, to: number, numbers: number[]): number {
  let count = 0;
  let value = 0;
  for (let index = from; index < to; index++) {
    const code = bytes[index] ?? 0;
    if (code === blank) {
      numbers[++count] = value;
      value = 0;
    } else value = value * 10 + code - zero;
  }
  numbers[++count] = value;
  return count;
}

/** Numbers in a line of each kind. */
const lengths: Readonly<Record<string, number>> = { K: 19, C: 14, F: 10, A: 7, O: 3, X: 3, L: 1, G: 9 };
