/** What a program did, drawn at the lines that asked for it: launches, copies, memsets and waits. */
import { realpathSync } from 'node:fs';
import * as l10n from '@vscode/l10n';
import {
  isWait,
  type CopyDirection,
  type ProgramKernel,
  type ProgramTrace,
  type ResultMark,
  type TraceTotal,
} from '../../../protocol/src';
import type { OpenDocument } from '../documents';
import { isStale } from '../run-history';
import type { Session } from '../session';
import { bandwidth, bytes, count, duration, percent } from './format';
import { lineMover } from './moved-lines';
import { copyText, managedText, totalName } from './program-text';

/** A host call is drawn when it took at least this share of the program's time: the others are noise. */
const notableCall = 0.02;

export function programMarks(session: Session, document: OpenDocument): ResultMark[] {
  return [...session.documents.values()].flatMap((program) => {
    const remembered = session.history.program(program.uri);
    if (remembered === undefined) return [];
    const { result } = remembered;
    const state = isStale(remembered, program) ? 'stale' : 'ok';
    // Lines of the text that ran; those of other files are taken as they are.
    const move = program === document ? lineMover(remembered.text, document.content) : (line: number) => line;
    if (result.trace !== undefined) return traceMarks(result.trace, program.uri, document, move, state);
    if (result.status !== 'ok' || program !== document) return [];
    return launchMarks(result.kernels, document, result.device.kind === 'cpu', state);
  });
}

function traceMarks(
  trace: ProgramTrace,
  programUri: string,
  document: OpenDocument,
  move: (line: number) => number | undefined,
  state: ResultMark['state'],
): ResultMark[] {
  const byLine = new Map<number, TraceTotal[]>();
  const files = namesOf(document.file);
  for (const total of trace.totals) {
    const ran = lineIn(total, document, files);
    const line = ran === undefined ? undefined : move(ran);
    if (line === undefined) continue;
    byLine.set(line, [...(byLine.get(line) ?? []), total]);
  }
  return [...byLine].flatMap(([line, totals]): ResultMark[] => {
    const text = textOf(totals, trace);
    return text === undefined ? [] : [{ line, text, hover: hoverOf(totals, trace, programUri), state }];
  });
}

/** The nearest line of the document on the way to what was done, 0-based; of a kernel without lines its only launch. */
function lineIn(
  { frames, kind, name }: TraceTotal,
  document: OpenDocument,
  files: readonly string[],
): number | undefined {
  const frame = frames.find(({ file }) => files.includes(file));
  if (frame !== undefined) return frame.line - 1;
  return frames.length === 0 && kind === 'kernel' ? onlyLaunch(name, document) : undefined;
}

/** A project's own build may have seen the file by another path, through a link. */
function namesOf(file: string): string[] {
  try {
    return [file, realpathSync(file)];
  } catch {
    return [file];
  }
}

function onlyLaunch(name: string, document: OpenDocument): number | undefined {
  const plain = name.replace(/<.*$/, '');
  const { kernels, launches } = document.model;
  const lines = launches
    .filter(({ kernel }) => kernel !== undefined && kernels[kernel]?.name === plain)
    .map(({ span }) => document.positionAt(span.start).line);
  return new Set(lines).size === 1 ? lines[0] : undefined;
}

const sum = (totals: readonly TraceTotal[], of: 'count' | 'total' | 'bytes' | 'migrated' | 'faults') =>
  totals.reduce((all, total) => all + (total[of] ?? 0), 0);

/** What the line did, the GPU's work first; undefined when that is not worth a mark. */
export function textOf(totals: readonly TraceTotal[], trace: ProgramTrace): string | undefined {
  const of = (kind: TraceTotal['kind']) => totals.filter((total) => total.kind === kind);
  const parts: string[] = [];
  const kernels = of('kernel');
  if (kernels.length > 0) {
    parts.push(`${times(kernels)} · ${l10n.t('{0} of GPU time', percent(sum(kernels, 'total') / trace.gpuTime))}`);
    const migrated = sum(kernels, 'migrated');
    if (migrated > 0) parts.push(l10n.t('{0} of managed memory moved meanwhile', bytes(migrated)));
  }
  const copies = of('copy');
  if (copies.length > 0) {
    parts.push(`${moved(copies)} · ${way(copies)}`);
    const held = heldUp(totals, copies, trace);
    if (held > 0) parts.push(l10n.t('{0}host waited {1}', '', duration(held)));
  }
  const memsets = of('memset');
  if (memsets.length > 0) parts.push(moved(memsets));
  const managed = managedText(totals);
  if (managed !== undefined) parts.push(managed);
  const calls = of('call');
  const waits = calls.filter(({ name }) => isWait(name));
  if (waits.length > 0) parts.push(l10n.t('{0}host waited {1}', often(waits), duration(sum(waits, 'total'))));
  if (parts.length > 0) return parts.join(' · ');
  const time = sum(calls, 'total');
  return time < notableCall * trace.span ? undefined : l10n.t('{0}{1} on the host', often(calls), duration(time));
}

/** Microseconds that copies kept the host, where that is much longer than they took: they waited for earlier work. */
function heldUp(totals: readonly TraceTotal[], copies: readonly TraceTotal[], trace: ProgramTrace): number {
  const calls = totals.filter(({ kind, name }) => kind === 'call' && /^cu(?:da)?Memcpy/.test(name));
  const time = sum(calls, 'total');
  return time > 2 * sum(copies, 'total') && time >= notableCall * trace.span ? time : 0;
}

/** `×1000 · 12.3 ms total · 12.3 µs mean`, or the one time. */
function times(totals: readonly TraceTotal[]): string {
  const number = sum(totals, 'count');
  const time = sum(totals, 'total');
  if (number === 1) return duration(time);
  return `×${count(number)} · ${l10n.t('{0} total', duration(time))} · ${l10n.t('{0} mean', duration(time / number))}`;
}

function often(totals: readonly TraceTotal[]): string {
  const number = sum(totals, 'count');
  return number === 1 ? '' : `×${count(number)} · `;
}

function moved(totals: readonly TraceTotal[]): string {
  const amount = sum(totals, 'bytes');
  const time = sum(totals, 'total');
  return `${often(totals)}${bytes(amount)} · ${bandwidth((amount / time) * 1e6)} · ${duration(time)}`;
}

function way(copies: readonly TraceTotal[]): string {
  return [...new Set(copies.map(({ name, from, to }) => copyText(name as CopyDirection, from, to)))].join(', ');
}

function hoverOf(totals: readonly TraceTotal[], trace: ProgramTrace, programUri: string): string {
  // Several page faults are dealt with at once.
  const hasSpread = ({ count: number, kind }: TraceTotal) => number > 1 && kind !== 'fault';
  const spread = (total: TraceTotal) =>
    hasSpread(total)
      ? [duration(total.total / total.count), `${duration(total.min)} … ${duration(total.max)}`]
      : ['', ''];
  const anySpread = totals.some(hasSpread);
  const headings = [
    ...['', l10n.t('Count'), l10n.t('Total')],
    ...(anySpread ? [l10n.t('Average'), l10n.t('Range')] : []),
  ];
  const rows = [...totals]
    .sort((a, b) => b.total - a.total)
    .slice(0, 12)
    .map((total) => [
      totalName(total),
      count(total.count),
      total.total > 0 ? duration(total.total) : '',
      ...(anySpread ? spread(total) : []),
    ]);
  // The editor leaves no gap between columns of numbers.
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | &nbsp;&nbsp;')} |`;
  return [
    line(headings),
    `|---${'|--:'.repeat(headings.length - 1)}|`,
    ...rows.map(line),
    '',
    ...notesOf(totals, trace).map((note) => `- ${note}`),
    '',
    `[${l10n.t('Show Timeline')}](command:kernelLens.showTimeline?${encodeURIComponent(JSON.stringify([programUri]))})`,
  ].join('\n');
}

function notesOf(totals: readonly TraceTotal[], trace: ProgramTrace): string[] {
  const notes = [l10n.t('GPU time is that of all kernels, copies and memsets: {0}.', duration(trace.gpuTime))];
  if (totals.some(({ from, to }) => from === 'pageable' || to === 'pageable')) {
    notes.push(
      l10n.t(
        'The host memory is pageable: CUDA copies it through a buffer of its own, and the call waits. cudaMallocHost or cudaHostRegister pin it.',
      ),
    );
  }
  const copies = totals.filter(({ kind }) => kind === 'copy');
  if (copies.length > 0 && heldUp(totals, copies, trace) > 0) {
    notes.push(l10n.t('The copy itself is short: the host waited for work of the GPU that was asked for before it.'));
  }
  const faults = sum(totals, 'faults');
  if (faults > 0) {
    notes.push(
      l10n.t(
        'The kernel waited for pages of managed memory ({0} page faults). cudaMemPrefetchAsync before the launch moves them in one go.',
        count(faults),
      ),
    );
  }
  if (totals.some(({ kind }) => kind === 'migration')) {
    notes.push(
      l10n.t('Managed memory is listed where it was allocated, page faults of the host where it was accessed.'),
    );
  }
  return notes;
}

/** Without a trace, on the CPU say: counts and times by the kernel's name, at every launch of it. */
function launchMarks(
  kernels: readonly ProgramKernel[],
  document: OpenDocument,
  onCpu: boolean,
  state: ResultMark['state'],
): ResultMark[] {
  return kernels.flatMap((kernel) => {
    const line = onlyLaunch(kernel.name, document);
    if (line === undefined) return [];
    const { launches, total } = kernel;
    const time = duration(total / launches);
    const text =
      launches === 1
        ? time
        : `×${count(launches)} · ${l10n.t('{0} total', duration(total))} · ${l10n.t('{0} mean', time)}`;
    return [
      {
        line,
        text: onCpu ? `CPU ${text}` : text,
        hover: onCpu ? l10n.t('Times of a CPU say nothing about a GPU.') : `\`${kernel.name}\``,
        state,
      },
    ];
  });
}
