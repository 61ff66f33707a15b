/** The text that the trace library writes, as records. Pure; the format is the one of `server/runtime/cupti`. */
import type { TraceDetail, TraceEventKind } from '../../../../protocol/src';
import { RecordsBuilder, type Records } from './columns';
import { copyDirection, faultKind, memoryKind, migrationCause, migrationDirection } from './cupti-names';

/** Records that were only added up. */
export interface SummedRecords {
  readonly kind: TraceEventKind;
  readonly name: number;
  /** Of copies: kind, source and target memory, a byte each; of memsets the memory; of managed memory the counter. */
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
  readonly records: Records;
  readonly summed: readonly SummedRecords[];
  readonly strings: ReadonlyMap<number, string>;
  readonly modules: ReadonlyMap<number, string>;
  readonly stacks: ReadonlyMap<number, readonly Frame[]>;
  readonly defaultStreams: ReadonlyMap<number, number>;
  readonly lost: number;
  /** What CUPTI refused. */
  readonly refused: readonly string[];
  /** Why managed memory is not in the trace of a program that uses it. */
  readonly managedRefused: readonly string[];
}

/** Letters of lines, also in sums. */
const summedKinds: Readonly<Record<string, TraceEventKind>> = {
  K: 'kernel',
  C: 'copy',
  F: 'memset',
  A: 'call',
  O: 'overhead',
};

const lineFeed = 10;
const blank = 32;
const zero = 48;
const noBytes = new Uint8Array();

/** CUPTI's device number of the host. */
const hostNumber = 2 ** 32 - 1;

/** Where a kernel's shape stands in its line. */
const shapeStart = 9;
const shapeLength = 11;
const rememberedShapes = 8;

interface Shape {
  readonly numbers: readonly number[];
  readonly detail: number;
}

interface StreamRow {
  readonly device: number;
  readonly context: number;
  readonly row: number;
}

/** Undefined for a text of another format. A last line that was cut off is left out. */
export function parseTrace(text: string): ProcessTrace | undefined {
  const reader = new TraceReader();
  reader.add(Buffer.from(text));
  return reader.end();
}

/** Takes a trace piece by piece: it may be too long for one string. */
export class TraceReader {
  readonly #records = new RecordsBuilder();
  readonly #summed = new Map<string, SummedRecords>();
  readonly #strings = new Map<number, string>();
  readonly #modules = new Map<number, string>();
  readonly #stacks = new Map<number, Frame[]>();
  readonly #defaultStreams = new Map<number, number>();
  readonly #refused: string[] = [];
  readonly #managedRefused: string[] = [];
  /** The last shapes of each kernel, by its name: launches share them. */
  readonly #shapes = new Map<number, Shape[]>();
  /** The last row of each stream number. */
  readonly #streamRows = new Map<number, StreamRow>();
  readonly #threadRows = new Map<number, number>();
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
      if (lengths[kind] === readNumbers(bytes, from + 2, to, this.#numbers)) this.#addNumbers(kind, this.#numbers);
      return;
    }
    const line = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString();
    if (kind === 'S' || kind === 'M') this.#addText(kind, line);
    else if (kind === 'N') this.#refused.push(line.slice(2));
    else if (kind === 'E') this.#managedRefused.push(line.slice(2));
    else if (kind === 'T') this.#addStack(line, 2);
    else if (kind === 'P') this.#addStack(line, 3);
    else if (kind === 'V') this.#addHeader(line);
  }

  end(): ProcessTrace | undefined {
    this.#addLine(this.#begun, 0, this.#begun.length);
    this.#begun = noBytes;
    if (this.#header === undefined) return undefined;
    return {
      ...this.#header,
      records: this.#records.end(),
      summed: [...this.#summed.values()],
      strings: this.#strings,
      modules: this.#modules,
      stacks: this.#stacks,
      defaultStreams: this.#defaultStreams,
      lost: this.#lost,
      refused: this.#refused,
      managedRefused: this.#managedRefused,
    };
  }

  #addText(kind: string, line: string): void {
    const blank = line.indexOf(' ', 2);
    if (blank < 0) return;
    const id = Number(line.slice(2, blank));
    const text = line.slice(blank + 1);
    const known = kind === 'S' ? this.#strings : this.#modules;
    // A long name comes in pieces.
    known.set(id, (known.get(id) ?? '') + text);
  }

  /** Id and frames; of a `P` the stack that lies below stands before its frame. */
  #addStack(line: string, first: number): void {
    const words = line.split(' ');
    const frames: Frame[] = [];
    for (let index = first; index + 1 < words.length; index += 2) {
      const address = words[index + 1] ?? '';
      if (/^[0-9a-f]+$/.test(address)) frames.push({ module: Number(words[index]), address: BigInt(`0x${address}`) });
    }
    const below = first === 2 ? undefined : this.#stacks.get(Number(words[2]));
    this.#stacks.set(Number(words[1]), [...frames, ...(below ?? [])]);
  }

  #addHeader(line: string): void {
    const words = line.split(' ');
    if (words[1] !== '1' || words.length !== 5) return;
    this.#header = { cuptiVersion: Number(words[2]), process: Number(words[3]), began: BigInt(words[4] ?? '0') };
  }

  #addNumbers(kind: string, n: readonly number[]): void {
    switch (kind) {
      case 'K':
        this.#onDevice('kernel', n, n[8] ?? 0, this.#shape(n[8] ?? 0, n));
        break;
      case 'C':
        this.#onDevice('copy', n, 0, this.#copy(n[8] ?? 0, n[9] ?? 0, n[10] ?? 0, n[11] ?? 0, n[12] === 1));
        break;
      case 'F':
        this.#onDevice('memset', n, 0, this.#memset(n[8] ?? 0, n[9] ?? 0, n[10] ?? 0));
        break;
      case 'A':
        this.#addCall(n);
        break;
      case 'O':
        this.#records.add('overhead', n[1] ?? 0, n[2] ?? 0, this.#thread(0));
        this.#records.about(n[3] ?? 0, 0, 0, -1);
        break;
      case 'U':
        this.#addManaged(n);
        break;
      case 'X':
        this.#defaultStreams.set(n[1] ?? 0, n[3] ?? 0);
        break;
      case 'L':
        this.#lost += n[1] ?? 0;
        break;
      case 'G':
        this.#addSummed((index) => n[index] ?? 0);
        break;
    }
  }

  /** Kernels, copies and memsets begin alike: times, device, context, stream, correlation, stack. */
  #onDevice(kind: TraceEventKind, n: readonly number[], name: number, detail: number): void {
    const device = n[3] ?? 0;
    const context = n[4] ?? 0;
    const stream = n[5] ?? 0;
    let known = this.#streamRows.get(stream);
    if (known?.device !== device || known.context !== context) {
      const key = `stream ${device} ${context} ${stream}`;
      known = { device, context, row: this.#records.row(key, () => ({ kind: 'stream', device, context, stream })) };
      this.#streamRows.set(stream, known);
    }
    this.#records.add(kind, n[1] ?? 0, n[2] ?? 0, known.row);
    this.#records.about(name, n[7] ?? 0, n[6] ?? 0, detail);
  }

  #addCall(n: readonly number[]): void {
    const result = n[7] ?? 0;
    const detail = result === 0 ? -1 : this.#records.detail(`call ${result}`, () => ({ kind: 'call', result }));
    this.#records.add('call', n[1] ?? 0, n[2] ?? 0, this.#thread(n[3] ?? 0));
    this.#records.about(n[6] ?? 0, n[5] ?? 0, n[4] ?? 0, detail);
  }

  /** Thread 0 stands for the process. */
  #thread(thread: number): number {
    let row = this.#threadRows.get(thread);
    if (row === undefined) {
      row = this.#records.row(`thread ${thread}`, () => ({ kind: 'thread', thread }));
      this.#threadRows.set(thread, row);
    }
    return row;
  }

  /** Times, counter, source and target device, value, flags, stack. */
  #addManaged(n: readonly number[]): void {
    const [counter = 0, source = 0, target = 0, value = 0, flags = 0, stack = 0] = n.slice(3);
    const direction = migrationDirection(counter);
    const fault = faultKind(counter);
    if (direction === undefined && fault === undefined) return;
    // What the host or several devices have to do with is shown with the host.
    const ofSource = direction === 'deviceToHost' || fault === 'gpuFault' || fault === 'throttling';
    const ofTarget = direction === 'hostToDevice' || direction === 'deviceToDevice' || fault === 'remoteMap';
    const number = ofSource ? source : ofTarget ? target : hostNumber;
    const device = number === hostNumber ? undefined : number;
    const row = this.#records.row(`managed ${device}`, () => ({
      kind: 'managed',
      ...(device !== undefined && { device }),
    }));
    const detail = this.#records.detail(`managed ${value} ${counter} ${flags}`, (): TraceDetail =>
      direction === undefined
        ? { kind: 'fault', fault: fault ?? 'remoteMap', value }
        : { kind: 'migration', bytes: value, direction, cause: migrationCause(flags) },
    );
    this.#records.add(direction === undefined ? 'fault' : 'migration', n[1] ?? 0, n[2] ?? 0, row);
    this.#records.about(0, stack, 0, detail);
  }

  /** The shape in a kernel's numbers, as the detail that other launches have, where one of the last had it. */
  #shape(name: number, n: readonly number[]): number {
    let shapes = this.#shapes.get(name);
    if (shapes === undefined) this.#shapes.set(name, (shapes = []));
    for (const shape of shapes) {
      let index = 0;
      while (index < shapeLength && shape.numbers[index] === n[shapeStart + index]) index++;
      if (index === shapeLength) return shape.detail;
    }
    const numbers = n.slice(shapeStart, shapeStart + shapeLength);
    const detail = this.#records.detail(`kernel ${numbers.join(' ')}`, () => kernelDetail(numbers));
    if (shapes.push({ numbers, detail }) > rememberedShapes) shapes.shift();
    return detail;
  }

  #copy(bytes: number, kind: number, from: number, to: number, asynchronous: boolean): number {
    return this.#records.detail(`copy ${bytes} ${kind} ${from} ${to} ${asynchronous}`, () => ({
      kind: 'copy',
      bytes,
      direction: copyDirection(kind),
      from: memoryKind(from),
      to: memoryKind(to),
      asynchronous,
    }));
  }

  #memset(bytes: number, value: number, memory: number): number {
    return this.#records.detail(`memset ${bytes} ${value} ${memory}`, () => ({
      kind: 'memset',
      bytes,
      value,
      memory: memoryKind(memory),
    }));
  }

  #addSummed(at: (index: number) => number): void {
    const letter = String.fromCharCode(at(1));
    const managed = letter === 'U' ? (migrationDirection(at(3)) === undefined ? 'fault' : 'migration') : undefined;
    const kind = managed ?? summedKinds[letter];
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

/** Of grid, block, registers, static and dynamic shared memory, local memory, and 1 in a graph: bytes and counts. */
export function kernelDetail(shape: readonly number[]): TraceDetail {
  const at = (index: number) => shape[index] ?? 0;
  return {
    kind: 'kernel',
    grid: [at(0), at(1), at(2)],
    block: [at(3), at(4), at(5)],
    registers: at(6),
    staticShared: at(7),
    dynamicShared: at(8),
    local: at(9),
    inGraph: at(10) === 1,
  };
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
const lengths: Readonly<Record<string, number>> = { K: 19, C: 14, F: 10, A: 7, O: 3, U: 8, X: 3, L: 1, G: 9 };
