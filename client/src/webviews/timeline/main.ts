/** The timeline of a traced program: looked at, searched, and clicked back to the source. */
import type { TimelineData, TimelineTexts } from '../../text/timeline-texts';
import { h, onData, post } from '../lib/page';
import { axisHeight, draw, heightOf, laneHeight, readPalette, rowGap, time, type ViewState } from './draw';
import { legend, read, summary } from './frame';
import { eventAt, gapAt, gpuSpan, lanesOf, modelOf, neighbour, type Lanes, type Model } from './model';
import { Tip } from './tip';
import {
  boxLabels,
  details,
  filled,
  gapDetails,
  gapList,
  recordName,
  rowLabel,
  streamTable,
  totalsTable,
} from './panels';

onData<TimelineData>((data, root) => {
  root.replaceChildren(h('p', { class: 'quiet' }, data.texts.loading));
  void read(data.bytes).then((trace) => {
    if (trace === undefined) {
      root.replaceChildren(h('p', { class: 'error' }, data.texts.unreadable));
    } else if (trace.events.start.length === 0) {
      root.replaceChildren(h('p', {}, data.texts.empty));
    } else {
      new Timeline(modelOf(trace), data.texts).show(root);
    }
  });
});

/** Nanoseconds of the closest look. */
const closest = 50;
/** Pixels around a thin record that still count as on it. */
const slackPixels = 4;

/** What is under the mouse. */
interface Under {
  readonly moment: number;
  readonly row?: number;
  readonly event: number | undefined;
}

class Timeline {
  readonly #view: ViewState;
  #palette = readPalette();
  #frame = 0;
  readonly #canvas: HTMLCanvasElement;
  readonly #labels = h('div', { style: 'position: relative; flex: none; font-size: 11px; max-width: 35%;' });
  readonly #tip = new Tip();
  readonly #details = h('div', { 'aria-live': 'polite' });
  readonly #found = h('span', { class: 'quiet', 'aria-live': 'polite' });
  readonly #search: HTMLInputElement;
  #lanes: Lanes;

  constructor(
    private readonly model: Model,
    private readonly texts: TimelineTexts,
  ) {
    this.#view = {
      from: 0,
      length: model.span,
      selected: undefined,
      gap: undefined,
      hovered: undefined,
      wanted: undefined,
      labels: boxLabels(model.trace, texts),
    };
    this.#lanes = lanesOf(model, undefined);
    this.#showAll();
    const height = axisHeight + model.rows.reduce((sum, row) => sum + heightOf(row), 0);
    this.#canvas = h('canvas', {
      tabindex: 0,
      role: 'application',
      'aria-label': `${texts.canvas}. ${texts.keys}`,
      style: `display: block; width: 100%; height: ${height}px; touch-action: none;`,
    });
    this.#search = h('input', {
      type: 'search',
      placeholder: texts.search,
      'aria-label': texts.search,
      style:
        'font: inherit; padding: 0.25em 0.5em; flex: 1 1 12em; max-width: 20em; min-width: 0; color: var(--vscode-input-foreground); background: var(--vscode-input-background); border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, transparent));',
    });
  }

  show(root: HTMLElement): void {
    const { trace } = this.model;
    document.body.style.maxWidth = 'none';
    this.#drawLabels();
    const column = h('div', { style: 'flex: 1; min-width: 0; position: relative;' }, this.#canvas);
    const section = (title: string, ...content: HTMLElement[]) => h('section', {}, h('h2', {}, title), ...content);
    root.replaceChildren(
      h('h1', {}, trace.program),
      summary(this.model, this.texts),
      this.#toolbar(),
      h('div', { style: 'display: flex; margin-top: 0.6em;' }, this.#labels, column),
      legend(this.model, this.texts, this.#palette),
      section(this.texts.details, this.#details),
      section(
        this.texts.gaps,
        h('p', { class: 'quiet' }, this.texts.gapsNote),
        gapList(this.model, this.texts, (start, length) => this.#zoomTo(start - length * 0.3, length * 1.6, true)),
      ),
      ...(this.model.rows.some(({ about }) => about.kind === 'stream')
        ? [
            section(
              this.texts.streams,
              streamTable(this.model, this.texts, (...gap) => this.#showGap(...gap)),
            ),
          ]
        : []),
      section(this.texts.totals, totalsTable(this.model, this.texts)),
      this.#tip.element,
    );
    this.#listen();
    this.#select(undefined);
    new ResizeObserver(() => this.#redraw()).observe(this.#canvas);
    new MutationObserver(() => {
      this.#palette = readPalette();
      this.#redraw();
    }).observe(document.body, { attributes: true, attributeFilter: ['class'] });
  }

  #toolbar(): HTMLElement {
    const button = (text: string, onclick: () => void, label = text) =>
      h('button', { class: 'secondary', onclick, 'aria-label': label, title: label }, text);
    const { texts } = this;
    return h(
      'div',
      { style: 'display: flex; flex-wrap: wrap; gap: 0.5em; align-items: center;' },
      button('+', () => this.#zoom(0.5), texts.zoomIn),
      button('−', () => this.#zoom(2), texts.zoomOut),
      button(texts.all, () => this.#showAll()),
      button(texts.gpuWork, () => this.#showGpu()),
      this.#search,
      this.#found,
      // They stay together where there is not room for all in one line.
      h(
        'span',
        { style: 'display: flex; flex-wrap: wrap; gap: 0.5em; margin-left: auto;' },
        button(texts.chrome, () => post({ export: 'chrome' })),
        button(texts.csv, () => post({ export: 'csv' })),
        button(texts.save, () => post({ export: 'trace' })),
      ),
    );
  }

  #drawLabels(): void {
    const labels = this.model.rows.map((row, index) => {
      const text = rowLabel(this.model, index, this.texts);
      const height = heightOf(row);
      const style = `height: ${height}px; line-height: ${laneHeight + rowGap}px; padding-right: 1em; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; max-width: 16em;`;
      return h('div', { style, title: text }, text);
    });
    this.#labels.replaceChildren(h('div', { style: `height: ${axisHeight}px` }), ...labels);
  }

  #redraw(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      draw(this.#canvas, this.model, this.#lanes, this.#view, this.#palette);
    });
  }

  #showAll(): void {
    this.#view.from = -this.model.span * 0.01;
    this.#view.length = this.model.span * 1.02;
    this.#redrawSoon();
  }

  /** Starting CUDA often takes longer than all that comes of it. */
  #showGpu(): void {
    const span = gpuSpan(this.model);
    if (span === undefined) return;
    const length = span.to - span.from;
    this.#zoomTo(span.from - length * 0.01, length * 1.02);
  }

  /** The first call comes before there is a canvas. */
  #redrawSoon(): void {
    if (document.contains(this.#labels)) this.#redraw();
  }

  #zoomTo(from: number, length: number, scroll = false): void {
    this.#view.from = from;
    this.#view.length = Math.min(Math.max(length, closest), this.model.span * 1.5);
    if (scroll) this.#canvas.scrollIntoView({ block: 'nearest' });
    this.#redraw();
  }

  /** Around a moment, which stays where it is; the middle without one. */
  #zoom(factor: number, around?: number): void {
    const { from, length } = this.#view;
    const center = around ?? this.#selectedMiddle() ?? from + length / 2;
    const next = Math.min(Math.max(length * factor, closest), this.model.span * 1.5);
    this.#zoomTo(center - ((center - from) / length) * next, next);
  }

  /** The selected record, where it is in view. */
  #selectedMiddle(): number | undefined {
    const { selected, from, length } = this.#view;
    if (selected === undefined) return undefined;
    const middle = ((this.model.start[selected] ?? 0) + (this.model.end[selected] ?? 0)) / 2;
    return middle >= from && middle <= from + length ? middle : undefined;
  }

  #move(share: number): void {
    this.#view.from += this.#view.length * share;
    this.#redraw();
  }

  #showGap(row: number, start: number, end: number): void {
    this.#selectGap(row, (start + end) / 2);
    this.#zoomTo(start - (end - start) * 0.3, (end - start) * 1.6, true);
  }

  /** The time around a moment in which a stream had nothing to do, if it had not. */
  #selectGap(row: number, moment: number): void {
    const gap = gapAt(this.model, row, moment);
    this.#select(undefined);
    if (gap === undefined) return;
    this.#view.gap = gap;
    this.#details.replaceChildren(gapDetails(this.model, gap, this.texts, (event) => this.#reveal(event)));
  }

  #select(event: number | undefined): void {
    this.#view.selected = event;
    this.#view.gap = undefined;
    this.#details.replaceChildren(details(this.model, event, this.texts, (other) => this.#reveal(other)));
    this.#redraw();
  }

  /** Selects and brings into view, at a size to be seen. */
  #reveal(event: number): void {
    this.#select(event);
    const start = this.model.start[event] ?? 0;
    const length = (this.model.end[event] ?? 0) - start;
    const { from, length: shown } = this.#view;
    if (start < from || start + length > from + shown || length / shown < 0.002) {
      const next = Math.max(closest, Math.min(shown, Math.max(length, 1) * 200));
      this.#zoomTo(start + length / 2 - next / 2, next);
    }
  }

  #openSource(): void {
    const { selected } = this.#view;
    if (selected === undefined) return;
    const { trace } = this.model;
    const place = trace.places[trace.stacks[trace.events.stack[selected] ?? 0]?.[0] ?? -1];
    if (place) post({ file: place.file, line: place.line });
  }

  #at(mouse: MouseEvent): Under {
    const box = this.#canvas.getBoundingClientRect();
    const perPixel = this.#view.length / box.width;
    const moment = this.#view.from + (mouse.clientX - box.left) * perPixel;
    let top = axisHeight;
    const y = mouse.clientY - box.top;
    for (const [number, row] of this.model.rows.entries()) {
      const height = heightOf(row);
      if (y >= top && y < top + height) {
        const lane = Math.floor((y - top - rowGap / 2) / laneHeight);
        const at = { row: number, lane, moment };
        return { moment, row: number, event: eventAt(this.model, this.#lanes, at, slackPixels * perPixel) };
      }
      top += height;
    }
    return { moment, event: undefined };
  }

  #click({ row, moment, event }: Under): void {
    if (event === undefined && row !== undefined) this.#selectGap(row, moment);
    else this.#select(event);
  }

  #listen(): void {
    const canvas = this.#canvas;
    canvas.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
          this.#move((event.deltaX || event.deltaY) / canvas.clientWidth);
        } else {
          this.#zoom(Math.exp(Math.max(-80, Math.min(80, event.deltaY)) * 0.005), this.#at(event).moment);
        }
      },
      { passive: false },
    );
    let dragged: { readonly x: number; readonly from: number; moved: boolean } | undefined;
    canvas.addEventListener('pointerdown', (event) => {
      dragged = { x: event.clientX, from: this.#view.from, moved: false };
      canvas.setPointerCapture(event.pointerId);
      canvas.focus({ preventScroll: true });
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!dragged) return this.#hover(event);
      const by = event.clientX - dragged.x;
      if (Math.abs(by) > 3) dragged.moved = true;
      if (!dragged.moved) return;
      this.#view.from = dragged.from - (by / canvas.clientWidth) * this.#view.length;
      this.#tip.hide();
      this.#redraw();
    });
    canvas.addEventListener('pointerup', (event) => {
      if (dragged && !dragged.moved) this.#click(this.#at(event));
      dragged = undefined;
    });
    canvas.addEventListener('pointerleave', () => {
      this.#view.hovered = undefined;
      this.#tip.hide();
      this.#redraw();
    });
    canvas.addEventListener('dblclick', () => this.#openSource());
    canvas.addEventListener('keydown', (event) => this.#key(event));
    this.#search.addEventListener('input', () => this.#find());
    this.#search.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.#next(event.shiftKey ? -1 : 1);
    });
  }

  #key(event: KeyboardEvent): void {
    const { selected } = this.#view;
    const step = (by: 1 | -1) => {
      const next = selected === undefined ? 0 : neighbour(this.model, selected, by);
      if (next !== undefined) this.#reveal(next);
    };
    const actions: Readonly<Record<string, () => void>> = {
      '+': () => this.#zoom(0.5),
      '=': () => this.#zoom(0.5),
      '-': () => this.#zoom(2),
      ArrowLeft: () => this.#move(-0.1),
      ArrowRight: () => this.#move(0.1),
      ArrowUp: () => this.#zoom(0.7),
      ArrowDown: () => this.#zoom(1.4),
      Home: () => this.#showAll(),
      g: () => this.#showGpu(),
      ',': () => step(-1),
      '.': () => step(1),
      Enter: () => this.#openSource(),
      Escape: () => this.#select(undefined),
      '/': () => this.#search.focus(),
    };
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  #hover(mouse: PointerEvent): void {
    const { event } = this.#at(mouse);
    if (event !== this.#view.hovered) {
      this.#view.hovered = event;
      this.#redraw();
    }
    if (event === undefined) {
      this.#tip.hide();
      return;
    }
    const { trace } = this.model;
    const place = trace.places[trace.stacks[trace.events.stack[event] ?? 0]?.[0] ?? -1];
    const lines = [
      `${recordName(trace, event, this.texts)} · ${time(trace.events.duration[event] ?? 0)}`,
      ...(place ? [`${place.file.slice(place.file.lastIndexOf('/') + 1)}:${place.line}`] : []),
    ];
    this.#tip.show(lines, mouse);
  }

  #find(): void {
    const text = this.#search.value.trim().toLowerCase();
    const { strings, events } = this.model.trace;
    const wanted = new Set(strings.flatMap((name, index) => (name.toLowerCase().includes(text) ? [index] : [])));
    this.#view.wanted = text === '' ? undefined : wanted;
    this.#lanes = lanesOf(this.model, this.#view.wanted);
    const found = Uint8Array.from(strings, (_, index) => (wanted.has(index) ? 1 : 0));
    const number = text === '' ? 0 : events.name.reduce((sum, name) => sum + (found[name] ?? 0), 0);
    this.#found.textContent = text === '' ? '' : filled(this.texts.matches, number.toLocaleString('en-US'));
    this.#redraw();
  }

  #next(step: 1 | -1): void {
    const { wanted, selected } = this.#view;
    const { name } = this.model.trace.events;
    if (!wanted) return;
    const from = selected ?? (step === 1 ? -1 : name.length);
    for (let index = from + step; index >= 0 && index < name.length; index += step) {
      if (wanted.has(name[index] ?? -1)) return this.#reveal(index);
    }
  }
}
