/** What stands below the canvas: details of the selected record, the longest gaps, and the sums. */
import { bandwidth, bytes, dimensions, duration, percent } from '../../../../protocol/src/format';
import {
  isWait,
  traceEventKinds,
  type GapCause,
  type TraceData,
  type TraceDetail,
  type TraceTotal,
} from '../../../../protocol/src/trace';
import { causesOf, streamUse } from '../../../../protocol/src/trace-gaps';
import type { TimelineTexts } from '../../text/timeline-texts';
import { h, sourceLink } from '../lib/page';
import { time } from './draw';
import { callFor, type Gap, type Model } from './model';

export const filled = (text: string, ...values: (string | number)[]) =>
  text.replace(/\{(\d+)\}/g, (_, index: string) => String(values[Number(index)] ?? ''));

const count = (value: number) => value.toLocaleString('en-US');

export function rowLabel({ trace, rows }: Model, row: number, texts: TimelineTexts): string {
  const about = rows[row]?.about;
  if (about === undefined) return '';
  const several = new Set(trace.rows.map(({ process }) => process)).size > 1 ? ` (${about.process})` : '';
  const thread = `${about.thread ?? 0}${about.name === undefined ? '' : ` ${about.name}`}`;
  if (about.kind === 'host') return filled(texts.thread, thread) + several;
  if (about.kind === 'ranges') return filled(texts.ranges, thread) + several;
  if (about.kind === 'managed' && about.device === undefined) return texts.hostFaults + several;
  if (about.kind === 'managed') return `GPU ${about.device ?? 0} · ${texts.managed}${several}`;
  const stream = about.isDefault === true ? texts.defaultStream : filled(texts.stream, about.stream ?? 0);
  return `GPU ${about.device ?? 0} · ${stream}${several}`;
}

type Pair = readonly [string, Node | string];

export function details(
  model: Model,
  event: number | undefined,
  texts: TimelineTexts,
  select: (event: number) => void,
): HTMLElement {
  if (event === undefined) return h('p', { class: 'quiet' }, texts.nothing);
  const { trace } = model;
  const kind = traceEventKinds[trace.events.kind[event] ?? 0] ?? 'kernel';
  const length = trace.events.duration[event] ?? 0;
  const detail = trace.details[trace.events.detail[event] ?? -1];
  const asked = callFor(model, event);
  const pairs: Pair[] = [
    [texts.duration, time(length)],
    [texts.start, time(model.start[event] ?? 0)],
    [texts.row, rowLabel(model, model.rowOf[event] ?? 0, texts)],
    ...(detail === undefined ? [] : detailPairs(detail, length, texts)),
    ...(asked === undefined
      ? []
      : [
          [texts.askedBy, eventLink(model, asked, texts, select)] as const,
          [texts.latency, time((model.start[event] ?? 0) - (model.start[asked] ?? 0))] as const,
        ]),
    ...framesOf(model, trace.events.stack[event] ?? 0).map((link, index): Pair => [
      index > 0 ? '' : kind === 'migration' || kind === 'fault' ? texts.allocatedAt : texts.source,
      link,
    ]),
  ];
  return h(
    'div',
    {},
    h('h3', {}, recordName(trace, event, texts)),
    table(...pairs.map(([name, value]) => h('tr', {}, h('th', {}, name), h('td', {}, value)))),
  );
}

/** What stands in the details of a time in which a stream had nothing to do. */
export function gapDetails(model: Model, gap: Gap, texts: TimelineTexts, select: (event: number) => void): HTMLElement {
  const [cause = { kind: 'host' } as const] = causesOf(model.trace, [gap]);
  const frames = 'stack' in cause ? framesOf(model, cause.stack) : [];
  const pairs: Pair[] = [
    [texts.duration, time(gap.end - gap.start)],
    [texts.start, time(gap.start)],
    [texts.row, rowLabel(model, gap.row, texts)],
    [texts.cause, causeText(cause, texts)],
    ...frames.map((link, index): Pair => [index === 0 ? texts.source : '', link]),
    [texts.after, eventLink(model, gap.after, texts, select)],
    [texts.before, eventLink(model, gap.before, texts, select)],
  ];
  const rows = pairs.map(([name, value]) => h('tr', {}, h('th', {}, name), h('td', {}, value)));
  return h('div', {}, h('h3', {}, texts.gap), table(...rows));
}

/** Each stream's share of the time, and its longest gap. */
export function streamTable(
  model: Model,
  texts: TimelineTexts,
  show: (row: number, start: number, end: number) => void,
): HTMLElement {
  const uses = new Map(streamUse(model.trace).map((use) => [model.trace.rows[use.row], use]));
  const rows = model.rows.flatMap(({ about }, place) => {
    const use = uses.get(about);
    if (use === undefined) return [];
    const { longest } = use;
    const onclick = (event: Event) => {
      event.preventDefault();
      if (longest) show(place, longest.start, longest.end);
    };
    const link = longest ? h('a', { href: '#', onclick }, time(longest.end - longest.start)) : '';
    const cells = [count(use.records), time(use.busy), percent(use.busy / model.span), count(use.gaps), time(use.idle)];
    return h(
      'tr',
      {},
      h('td', {}, rowLabel(model, place, texts)),
      ...cells.map((text) => h('td', { class: 'number' }, text)),
      h('td', { class: 'number' }, link),
    );
  });
  const numbers = [texts.count, texts.busy, texts.ofSpan, texts.gapCount, texts.idle, texts.longestGap];
  const head = heading([[texts.row], ...numbers.map((name) => [name, true] as const)]);
  return table(head, h('tbody', {}, ...rows));
}

/** A kernel's and a call's own name; of copies and the like, words for it. */
export function recordName(trace: TraceData, event: number, texts: TimelineTexts): string {
  const kind = traceEventKinds[trace.events.kind[event] ?? 0] ?? 'kernel';
  const name = trace.strings[trace.events.name[event] ?? 0] ?? '';
  return kind === 'call' ? name : nameOf({ kind, name }, texts);
}

/** Names for boxes: of what has none of its own, what it is. */
export function boxLabels({ strings, events }: TraceData, texts: TimelineTexts): string[] {
  const words = traceEventKinds.map((kind): Readonly<Record<string, string>> | undefined => {
    if (kind === 'copy' || kind === 'migration') return texts.directions;
    return kind === 'fault' ? texts.faultKinds : kind === 'overhead' ? texts.overheads : undefined;
  });
  const labels = [...strings];
  // A kernel of the program may be called `array`, too.
  events.kind.forEach((kind, index) => {
    const name = events.name[index] ?? 0;
    const word = words[kind]?.[strings[name] ?? ''];
    if (word !== undefined) labels[name] = word;
  });
  return labels;
}

function eventLink(model: Model, event: number, texts: TimelineTexts, select: (event: number) => void): HTMLElement {
  const onclick = (click: Event) => {
    click.preventDefault();
    select(event);
  };
  return h(
    'a',
    { href: '#', onclick },
    `${recordName(model.trace, event, texts)} · ${time(model.trace.events.duration[event] ?? 0)}`,
  );
}

function framesOf({ trace }: Model, stack: number): HTMLElement[] {
  return (trace.stacks[stack] ?? []).slice(0, 8).flatMap((place) => {
    const at = trace.places[place];
    return at === undefined ? [] : [placeLink(at.file, at.line)];
  });
}

function placeLink(file: string, line: number): HTMLElement {
  return sourceLink(`${file.slice(file.lastIndexOf('/') + 1)}:${line}`, line, file);
}

function detailPairs(detail: TraceDetail, nanoseconds: number, texts: TimelineTexts): Pair[] {
  switch (detail.kind) {
    case 'kernel': {
      const shared = detail.staticShared + detail.dynamicShared;
      const parts = filled(texts.sharedParts, bytes(detail.staticShared), bytes(detail.dynamicShared));
      return [
        [texts.grid, dimensions(detail.grid)],
        [texts.block, dimensions(detail.block)],
        [texts.registers, String(detail.registers)],
        ...(shared > 0 ? [[texts.shared, `${bytes(shared)} (${parts})`] as const] : []),
        ...(detail.local > 0 ? [[texts.local, bytes(detail.local)] as const] : []),
        ...(detail.inGraph ? [['', texts.inGraph] as const] : []),
      ];
    }
    case 'copy':
      return [
        [texts.bytes, bytes(detail.bytes)],
        [texts.bandwidth, bandwidth((detail.bytes / nanoseconds) * 1e9)],
        [
          texts.memory,
          `${texts.memories[detail.from]} → ${texts.memories[detail.to]}${detail.asynchronous ? `, ${texts.asynchronous}` : ''}`,
        ],
      ];
    case 'memset':
      return [
        [texts.bytes, bytes(detail.bytes)],
        [texts.bandwidth, bandwidth((detail.bytes / nanoseconds) * 1e9)],
      ];
    case 'call':
      return [[texts.error, String(detail.result)]];
    case 'migration':
      return [
        [texts.bytes, bytes(detail.bytes)],
        [texts.bandwidth, bandwidth((detail.bytes / nanoseconds) * 1e9)],
        [texts.cause, texts.causes[detail.cause]],
      ];
    case 'fault':
      return detail.fault === 'gpuFault' ? [[texts.faults, count(detail.value)]] : [];
  }
}

export function gapList(
  model: Model,
  texts: TimelineTexts,
  show: (start: number, length: number) => void,
): HTMLElement {
  const { gaps, stacks, places } = model.trace;
  if (gaps.length === 0) return h('p', { class: 'quiet' }, texts.noGaps);
  const rows = gaps.map(({ start, duration: length, cause }) => {
    const onclick = (event: Event) => {
      event.preventDefault();
      show(start, length);
    };
    const place = 'stack' in cause ? places[stacks[cause.stack]?.[0] ?? -1] : undefined;
    return h(
      'tr',
      {},
      h('td', { class: 'number' }, h('a', { href: '#', onclick }, time(length))),
      h('td', { class: 'number' }, time(start)),
      h('td', {}, causeText(cause, texts)),
      h('td', {}, place === undefined ? '' : placeLink(place.file, place.line)),
    );
  });
  return table(
    heading([[texts.duration, true], [texts.start, true], [texts.cause], [texts.source]]),
    h('tbody', {}, ...rows),
  );
}

function causeText(cause: GapCause, texts: TimelineTexts): string {
  switch (cause.kind) {
    case 'call':
      return filled(texts.gapCall, cause.name);
    case 'pageable':
      return filled(texts.gapPageable, cause.name);
    case 'loading':
      return texts.gapLoading;
    case 'wait':
      return filled(texts.gapWait, cause.name);
    case 'host':
      return texts.gapHost;
  }
}

/** Kernels, copies, memsets and waits, and calls that cost the host something. */
export function totalsTable({ trace }: Model, texts: TimelineTexts): HTMLElement {
  const rows = trace.totals
    .filter(({ kind }) => kind !== 'overhead')
    .slice(0, 200)
    .map((total) => {
      const place = total.frames[0];
      const onGpu = total.kind === 'kernel' || total.kind === 'copy' || total.kind === 'memset';
      return h(
        'tr',
        {},
        h('td', {}, nameOf(total, texts)),
        h('td', {}, place === undefined ? '' : placeLink(place.file, place.line)),
        ...[
          count(total.count),
          total.total > 0 ? duration(total.total) : '',
          // Several page faults are dealt with at once.
          total.kind === 'fault' ? '' : duration(total.total / total.count),
          total.kind === 'fault' ? '' : `${duration(total.min)} … ${duration(total.max)}`,
          onGpu ? percent(total.total / trace.gpuTime) : '',
          total.bytes === undefined ? '' : `${bytes(total.bytes)} · ${bandwidth((total.bytes / total.total) * 1e6)}`,
        ].map((text) => h('td', { class: 'number' }, text)),
      );
    });
  return table(
    heading([
      [texts.name],
      [texts.source],
      [texts.count, true],
      [texts.total, true],
      [texts.average, true],
      [texts.range, true],
      [texts.share, true],
      [texts.bytes, true],
    ]),
    h('tbody', {}, ...rows),
  );
}

function nameOf(
  { kind, name, from, to }: Pick<TraceTotal, 'kind' | 'name' | 'from' | 'to'>,
  texts: TimelineTexts,
): string {
  if (kind === 'call') return isWait(name) ? `${name} · ${texts.wait}` : name;
  if (kind === 'fault') return wordFor(texts.faultKinds, name);
  if (kind === 'overhead') return wordFor(texts.overheads, name);
  if (kind !== 'copy' && kind !== 'migration') return name;
  const way = wordFor(texts.directions, name);
  if (kind === 'migration') return `${way}, ${texts.migration}`;
  const host = [from, to].find((memory) => memory === 'pageable' || memory === 'pinned');
  return host === undefined ? way : `${way}, ${texts.memories[host]}`;
}

/** Of a trace from a newer version it may have none. */
function wordFor(words: Readonly<Record<string, string>>, name: string): string {
  return words[name] ?? name;
}

/** A column too narrow for a table scrolls the table, not the page. */
function table(...content: HTMLElement[]): HTMLElement {
  return h('div', { class: 'scroll' }, h('table', {}, ...content));
}

function heading(names: readonly (readonly [string, boolean?])[]): HTMLElement {
  const cells = names.map(([name, number]) => h('th', number === true ? { class: 'number' } : {}, name));
  return h('thead', {}, h('tr', {}, ...cells));
}
