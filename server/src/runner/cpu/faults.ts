/** From what the runtime and the sanitizer saw to a sentence that helps. Pure. */
import type { Dim3, FaultKind, LocatedMessage, RunFailure, SourceLocation } from '../../../../protocol/src';
import { sanitizerLocation, sanitizerSignal, type FaultEvent, type Report, type SanitizerEvent } from './report';

const kinds: Readonly<Record<string, FaultKind>> = {
  outOfBounds: 'outOfBounds',
  illegalAddress: 'illegalAddress',
  misalignedAddress: 'misalignedAddress',
  illegalInstruction: 'illegalInstruction',
  assert: 'assert',
  deadlock: 'deadlock',
  divideByZero: 'divideByZero',
  undefinedBehavior: 'undefinedBehavior',
};

export interface FaultContext {
  /** The user's files, for finding their lines in a stack. */
  readonly files: readonly string[];
  /** What the process printed. */
  readonly output: string;
}

/** The failure that a report tells of, or undefined when nothing went wrong. */
export function failureOf(report: Report, context: FaultContext): RunFailure | undefined {
  if (report.launchFailed !== undefined) {
    const { code, message } = report.launchFailed;
    return { status: 'launchFailed', code, message: `The launch failed: ${message} (${code}).` };
  }
  if (report.fault !== undefined) return failureOfFault(report.fault, context);
  if (report.sanitizer !== undefined) return failureOfSanitizer(report.sanitizer, context);
  return undefined;
}

function failureOfFault(fault: FaultEvent, { output }: FaultContext): RunFailure {
  const location = locationOf(fault.file, fault.line);
  if (fault.kind === 'unsupported') {
    const places: LocatedMessage[] = location ? [{ ...location, severity: 'error', message: fault.message }] : [];
    return { status: 'unsupported', places, message: sentence(fault.message), output };
  }
  const others = (fault.places ?? []).map((place) => `line ${place.line}: ${place.text}`);
  return {
    status: 'kernelFaulted',
    fault: kinds[fault.kind] ?? 'other',
    message: [sentence(fault.message), ...others.map(sentence)].join(' ') + who(fault),
    ...(location === undefined ? {} : { location }),
    ...placeInGrid(fault),
    output,
  };
}

function failureOfSanitizer(reported: SanitizerEvent, context: FaultContext): RunFailure {
  const event = reported.error === 'signal' ? { ...reported, ...sanitizerSignal(context.output) } : reported;
  const location = sanitizerLocation(context.output, context.files);
  const inKernel = event.kernel !== undefined;
  const { fault, message } = explain(event);
  return {
    status: 'kernelFaulted',
    fault: inKernel ? fault : 'hostFault',
    message: `${inKernel ? '' : 'The host code of the program failed. '}${sentence(message)}${who(event)}`,
    ...(location === undefined ? {} : { location }),
    ...placeInGrid(event),
    output: context.output,
  };
}

function explain(event: SanitizerEvent): { fault: FaultKind; message: string } {
  const bytes = event.accessBytes ? ` of ${event.accessBytes} bytes` : '';
  const access = `${event.access}${bytes}`;
  if (event.memory === 'stack' || event.error === 'stack-overflow') {
    return { fault: 'other', message: 'the stack overflowed: the recursion is too deep or local arrays are too large' };
  }
  if (event.error === 'FPE') return { fault: 'divideByZero', message: 'integer division by zero' };
  if (event.memory === 'freed' || event.error === 'heap-use-after-free') {
    return { fault: 'illegalAddress', message: `${access} in memory that was freed` };
  }
  if (event.memory === 'allocation') return { fault: 'outOfBounds', message: overrun(event, access) };
  if (event.error === 'global-buffer-overflow') {
    return { fault: 'outOfBounds', message: `${access} outside of a __device__, __constant__ or global array` };
  }
  if (/^(?:heap|stack|dynamic-stack)-buffer-(?:over|under)flow$|underflow$/.test(event.error)) {
    const what = event.error.startsWith('heap') ? 'an allocation' : 'a local array';
    return { fault: 'outOfBounds', message: `${access} outside of ${what}` };
  }
  if (event.error === 'SEGV' || event.error === 'BUS' || event.error === '') {
    const isNull = Number(event.address) < 4096;
    return {
      fault: 'illegalAddress',
      message: isNull
        ? `${event.access} through a null pointer`
        : `${event.access} at ${event.address}, which is no memory of the program`,
    };
  }
  return { fault: 'other', message: event.error };
}

/** `write of 4 bytes to C[1024], past its end (1024 elements)`. */
function overrun(event: SanitizerEvent, access: string): string {
  const { offset = 0, bytes = 0, elementBytes = 0 } = event;
  const preposition = event.access === 'write' ? 'to' : 'from';
  if (elementBytes > 0 && event.name !== undefined && elementBytes > 1) {
    const index = Math.floor(offset / elementBytes);
    return `${access} ${preposition} ${event.name}[${index}], but ${event.name} has ${bytes / elementBytes} elements`;
  }
  const what = event.name ?? 'an allocation';
  const distance = offset < 0 ? `${-offset} bytes before the start` : `${offset - bytes} bytes past the end`;
  const where = offset === bytes ? 'just past the end' : distance;
  return `${access} ${where} of ${what} of ${bytes} bytes`;
}

function who({ kernel, block, thread }: { kernel?: string; block?: Dim3; thread?: Dim3 }): string {
  if (kernel === undefined || block === undefined || thread === undefined) return '';
  return ` Kernel ${kernel}, block (${block.join(', ')}), thread (${thread.join(', ')}).`;
}

function placeInGrid({ block, thread }: { block?: Dim3; thread?: Dim3 }): { block?: Dim3; thread?: Dim3 } {
  return { ...(block === undefined ? {} : { block }), ...(thread === undefined ? {} : { thread }) };
}

function locationOf(file: string | undefined, line: number | undefined): SourceLocation | undefined {
  return file === undefined || line === undefined ? undefined : { file, line };
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
