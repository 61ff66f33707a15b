/** From what the runtime and the sanitizer saw to a sentence that helps. Pure. */
import * as l10n from '@vscode/l10n';
import type { Dim3, FaultKind, LocatedMessage, RunFailure, SourceLocation } from '../../../../protocol/src';
import {
  sanitizerLocation,
  sanitizerSignal,
  type FaultEvent,
  type Report,
  type RuntimeMessage,
  type SanitizerEvent,
} from './report';

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

/** What the runtime names the memory that a launch adds. */
const shared = 'dynamic shared memory';

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
    return { status: 'launchFailed', code, message: l10n.t('The launch failed: {0} ({1}).', said(message), code) };
  }
  if (report.fault !== undefined) return failureOfFault(report.fault, context);
  if (report.sanitizer !== undefined) return failureOfSanitizer(report.sanitizer, context);
  return undefined;
}

function failureOfFault(fault: FaultEvent, { output }: FaultContext): RunFailure {
  const location = locationOf(fault.file, fault.line);
  if (fault.kind === 'unsupported') {
    const message = said(fault.message);
    const places: LocatedMessage[] = location ? [{ ...location, severity: 'error', message }] : [];
    return { status: 'unsupported', places, message: sentence(message), output };
  }
  const others = (fault.places ?? []).map((place) => l10n.t('line {0}: {1}', place.line, said(place.text)));
  return {
    status: 'kernelFaulted',
    fault: kinds[fault.kind] ?? 'other',
    message: [sentence(said(fault.message)), ...others.map(sentence)].join(' ') + who(fault),
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
    message: `${inKernel ? '' : `${l10n.t('The host code of the program failed.')} `}${sentence(message)}${who(event)}`,
    ...(location === undefined ? {} : { location }),
    ...placeInGrid(event),
    output: context.output,
  };
}

function explain(event: SanitizerEvent): { fault: FaultKind; message: string } {
  const access = accessOf(event);
  if (event.memory === 'stack' || event.error === 'stack-overflow') {
    const message = l10n.t('the stack overflowed: the recursion is too deep or local arrays are too large');
    return { fault: 'other', message };
  }
  if (event.error === 'FPE') return { fault: 'divideByZero', message: l10n.t('integer division by zero') };
  if (event.memory === 'freed' || event.error === 'heap-use-after-free') {
    return { fault: 'illegalAddress', message: l10n.t('{0} in memory that was freed', access) };
  }
  if (event.memory === 'allocation') return { fault: 'outOfBounds', message: overrun(event, access) };
  if (event.error === 'global-buffer-overflow') {
    return {
      fault: 'outOfBounds',
      message: l10n.t('{0} outside of a __device__, __constant__ or global array', access),
    };
  }
  if (/^(?:heap|stack|dynamic-stack)-buffer-(?:over|under)flow$|underflow$/.test(event.error)) {
    const message = event.error.startsWith('heap')
      ? l10n.t('{0} outside of an allocation', access)
      : l10n.t('{0} outside of a local array', access);
    return { fault: 'outOfBounds', message };
  }
  if (event.error === 'SEGV' || event.error === 'BUS' || event.error === '') {
    const isNull = Number(event.address) < 4096;
    const short = accessOf({ access: event.access });
    const message = isNull
      ? l10n.t('{0} through a null pointer', short)
      : l10n.t('{0} at {1}, which is no memory of the program', short, event.address);
    return { fault: 'illegalAddress', message };
  }
  return { fault: 'other', message: event.error };
}

/** `write of 4 bytes`. */
function accessOf({ access, accessBytes }: Pick<SanitizerEvent, 'access' | 'accessBytes'>): string {
  switch (access) {
    case 'read':
      return accessBytes ? l10n.t('read of {0} bytes', accessBytes) : l10n.t('read');
    case 'write':
      return accessBytes ? l10n.t('write of {0} bytes', accessBytes) : l10n.t('write');
    default:
      return accessBytes ? l10n.t('access of {0} bytes', accessBytes) : l10n.t('access');
  }
}

/** `write of 4 bytes to C[1024], but C has 1024 elements`. */
function overrun(event: SanitizerEvent, access: string): string {
  const { offset = 0, bytes = 0, elementBytes = 0, name } = event;
  if (elementBytes > 1 && name !== undefined) {
    const element = `${name}[${Math.floor(offset / elementBytes)}]`;
    const count = bytes / elementBytes;
    return event.access === 'write'
      ? l10n.t('{0} to {1}, but {2} has {3} elements', access, element, name, count)
      : l10n.t('{0} from {1}, but {2} has {3} elements', access, element, name, count);
  }
  const what = name === undefined ? l10n.t('an allocation') : name === shared ? l10n.t('dynamic shared memory') : name;
  if (offset < 0) return l10n.t('{0} {1} bytes before the start of {2} of {3} bytes', access, -offset, what, bytes);
  if (offset === bytes) return l10n.t('{0} just past the end of {1} of {2} bytes', access, what, bytes);
  return l10n.t('{0} {1} bytes past the end of {2} of {3} bytes', access, offset - bytes, what, bytes);
}

function who({ kernel, block, thread }: { kernel?: string; block?: Dim3; thread?: Dim3 }): string {
  if (kernel === undefined || block === undefined || thread === undefined) return '';
  return ` ${l10n.t('Kernel {0}, block ({1}), thread ({2}).', kernel, block.join(', '), thread.join(', '))}`;
}

function placeInGrid({ block, thread }: { block?: Dim3; thread?: Dim3 }): { block?: Dim3; thread?: Dim3 } {
  return { ...(block === undefined ? {} : { block }), ...(thread === undefined ? {} : { thread }) };
}

function locationOf(file: string | undefined, line: number | undefined): SourceLocation | undefined {
  return file === undefined || line === undefined ? undefined : { file, line };
}

/** In the user's language; the texts stand in the runtime's sources. */
function said(message: RuntimeMessage): string {
  return l10n.t(message.text, ...message.values);
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
