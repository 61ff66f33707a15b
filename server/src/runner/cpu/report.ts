/** What a running kernel wrote to its private channel, and what the address sanitizer printed. Pure. */
import type { Dim3, ProgramKernel, SourceLocation } from '../../../../protocol/src';
import type { Difference } from '../check/comparison';

/** What the runtime says to people, in English: `{0}` and so on in `text` stand for the values. */
export interface RuntimeMessage {
  readonly text: string;
  readonly values: readonly string[];
}

/** Where a fault struck, as far as the runtime knew. */
interface Where {
  readonly kernel?: string;
  readonly block?: Dim3;
  readonly thread?: Dim3;
  readonly launchFile?: string;
  readonly launchLine?: number;
}

export interface FaultEvent extends Where {
  readonly event: 'fault';
  readonly kind: string;
  readonly message: RuntimeMessage;
  readonly file?: string;
  readonly line?: number;
  readonly places?: readonly { readonly file: string; readonly line: number; readonly text: RuntimeMessage }[];
}

export interface SanitizerEvent extends Where {
  readonly event: 'sanitizer';
  readonly error: string;
  readonly access: string;
  readonly accessBytes?: number;
  readonly address: string;
  readonly memory?: 'allocation' | 'freed' | 'stack';
  readonly offset?: number;
  readonly bytes?: number;
  readonly elementBytes?: number;
  readonly name?: string;
}

/** The plan gives something another size than the compiler does, bytes. */
export interface MismatchEvent {
  readonly name: string;
  readonly planned: number;
  readonly actual: number;
}

/** About the plan's memory of that number; indices count scalars. */
export interface ChangedEvent {
  readonly memory: number;
  readonly index: number;
}

export interface NotFiniteEvent {
  readonly memory: number;
  readonly nan: number;
  readonly infinite: number;
  readonly first: number;
}

export interface Report {
  readonly samples: readonly number[];
  /** Whether the generated driver came to its end. */
  readonly finished: boolean;
  readonly threads?: number;
  /** Blocks of the last launch that had ended when that was last told, milliseconds after its start. */
  readonly progress?: { readonly blocks: number; readonly ms: number };
  readonly kernels: readonly ProgramKernel[];
  readonly fault?: FaultEvent;
  readonly sanitizer?: SanitizerEvent;
  readonly launchFailed?: { readonly code: string; readonly message: RuntimeMessage };
  readonly planMismatch?: MismatchEvent;
  readonly changed: readonly ChangedEvent[];
  readonly notFinite: readonly NotFiniteEvent[];
  readonly compared: readonly Difference[];
  /** The reference function was called: what goes wrong then is its doing. */
  readonly inReference: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads the channel's lines; one that was cut off by the end of the process is skipped. */
export function parseReport(text: string): Report {
  const samples: number[] = [];
  const kernels: ProgramKernel[] = [];
  const changed: ChangedEvent[] = [];
  const notFinite: NotFiniteEvent[] = [];
  const compared: Difference[] = [];
  const report: Mutable<Report> = {
    samples,
    kernels,
    finished: false,
    changed,
    notFinite,
    compared,
    inReference: false,
  };
  for (const line of text.split('\n')) {
    const event = parseLine(line);
    switch (event?.event) {
      case 'sample':
        samples.push(Number(event.us));
        break;
      case 'finished':
        report.finished = true;
        report.threads = Number(event.threads);
        break;
      case 'progress':
        report.progress = { blocks: Number(event.blocks), ms: Number(event.ms) };
        break;
      case 'planMismatch':
        report.planMismatch = event as unknown as MismatchEvent;
        break;
      case 'changed':
        changed.push(event as unknown as ChangedEvent);
        break;
      case 'notFinite':
        notFinite.push(event as unknown as NotFiniteEvent);
        break;
      case 'compared':
        compared.push(event as unknown as Difference);
        break;
      case 'reference':
        report.inReference = true;
        break;
      case 'kernel':
        kernels.push(event as unknown as ProgramKernel);
        break;
      case 'fault':
        report.fault ??= event as unknown as FaultEvent;
        break;
      case 'sanitizer':
        report.sanitizer ??= event as unknown as SanitizerEvent;
        break;
      case 'launchFailed':
        report.launchFailed = { code: String(event.code), message: event.message as RuntimeMessage };
        break;
    }
  }
  report.kernels = kernels.map(({ name, launches, total, grid, block }) => ({ name, launches, total, grid, block }));
  return report;
}

function parseLine(line: string): Record<string, unknown> | undefined {
  if (line === '') return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The innermost place in one of `files` on the stack of the address sanitizer's report. */
export function sanitizerLocation(output: string, files: readonly string[]): SourceLocation | undefined {
  const start = output.search(/ERROR: AddressSanitizer/);
  if (start < 0) return undefined;
  let inStack = false;
  for (const line of output.slice(start).split('\n')) {
    const frame = /^\s+#\d+ 0x[0-9a-f]+ (.*)$/.exec(line)?.[1];
    if (frame === undefined) {
      // The first stack is the access; those after it tell where the memory came from.
      if (inStack) return undefined;
      continue;
    }
    inStack = true;
    const place = /:(\d+)(?::(\d+))?$/.exec(frame);
    if (place === null) continue;
    const name = frame.slice(0, place.index);
    const file = files.find((candidate) => name.endsWith(` ${candidate}`));
    if (file !== undefined) {
      return { file, line: Number(place[1]), ...(place[2] === undefined ? {} : { column: Number(place[2]) }) };
    }
  }
  return undefined;
}

/** Of a report about a signal: which, and whether the access read or wrote. */
export function sanitizerSignal(output: string): { readonly error: string; readonly access: string } {
  return {
    error: /ERROR: AddressSanitizer: ([\w-]+)/.exec(output)?.[1] ?? 'SEGV',
    access: /caused by a (READ|WRITE) memory access/.exec(output)?.[1]?.toLowerCase() ?? 'access',
  };
}
