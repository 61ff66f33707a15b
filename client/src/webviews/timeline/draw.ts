/** The canvas: an axis, a row for each stream and thread, and what happened there. */
import { duration } from '../../../../protocol/src/format';
import { paint, type LeveledLane } from './levels';
import { fadedSlots, looks, type Gap, type Lanes, type Look, type Model, type Row } from './model';

export const laneHeight = 18;
export const rowGap = 7;
export const axisHeight = 24;
/** Pixels of the device. */
const largestCanvas = 32_000;

export interface ViewState {
  /** Nanoseconds at the left edge, and shown in all. */
  from: number;
  length: number;
  selected: number | undefined;
  /** A time in which a stream had nothing to do, instead of a record. */
  gap: Gap | undefined;
  hovered: number | undefined;
  /** Ids of names that are searched for; undefined: no search. */
  wanted: ReadonlySet<number> | undefined;
  /** What stands in a box, by the number of its name. */
  readonly labels: readonly string[];
}

export interface Palette {
  readonly foreground: string;
  readonly quiet: string;
  readonly background: string;
  readonly line: string;
  readonly focus: string;
  /** Drawn around everything in high contrast. */
  readonly border: string;
  readonly looks: Readonly<Record<Look, string>>;
  readonly font: string;
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.body);
  const color = (names: readonly string[], otherwise: string) =>
    names.map((name) => style.getPropertyValue(`--vscode-${name}`).trim()).find((value) => value !== '') ?? otherwise;
  const quiet = color(['descriptionForeground', 'disabledForeground'], '#888');
  return {
    foreground: color(['foreground', 'editor-foreground'], '#888'),
    quiet,
    background: color(['editor-background'], '#000'),
    line: color(['widget-border', 'panel-border', 'editorIndentGuide-background1'], '#8884'),
    focus: color(['focusBorder'], '#07f'),
    border: color(['contrastBorder'], ''),
    looks: {
      kernel: color(['charts-blue'], '#3794ff'),
      copyIn: color(['charts-green'], '#89d185'),
      copyOut: color(['charts-yellow'], '#cca700'),
      copyOther: color(['terminal-ansiCyan'], '#29b8db'),
      memset: color(['charts-purple'], '#b180d7'),
      call: quiet,
      wait: color(['charts-red'], '#f14c4c'),
      overhead: color(['disabledForeground', 'charts-lines'], '#888'),
      fault: color(['symbolIcon-classForeground', 'charts-orange'], '#d18616'),
      nvtx: color(['terminal-ansiMagenta'], '#bc3fbc'),
    },
    font: `11px ${color(['font-family'], 'sans-serif')}`,
  };
}

export const heightOf = (row: Row) => Math.max(1, row.lanes.length) * laneHeight + rowGap;

export function draw(canvas: HTMLCanvasElement, model: Model, lanes: Lanes, view: ViewState, palette: Palette): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  // A canvas of hundreds of threads would be larger than a browser can draw: better coarse than empty.
  const scale = Math.min(window.devicePixelRatio || 1, largestCanvas / Math.max(1, height));
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = palette.font;
  context.textBaseline = 'middle';
  drawAxis(context, view, palette, width, height);
  let top = axisHeight;
  model.rows.forEach((row, number) => {
    context.globalAlpha = 1;
    context.fillStyle = palette.line;
    context.fillRect(0, top + heightOf(row) - 1, width, 1);
    lanes[number]?.forEach((lane, index) => {
      const place = { top: top + index * laneHeight + rowGap / 2, width };
      const { selected } = view;
      const own = selected !== undefined && model.rowOf[selected] === number && model.laneOf[selected] === index;
      drawLane({ context, model, view, palette }, lane, place, own ? selected : undefined);
    });
    if (view.gap?.row === number)
      drawGap({ context, model, view, palette }, view.gap, { top: top + rowGap / 2, width });
    top += heightOf(row);
  });
  context.globalAlpha = 1;
}

/** Steps of 1, 2 and 5 so that labels stand apart. */
function drawAxis(
  context: CanvasRenderingContext2D,
  view: ViewState,
  palette: Palette,
  width: number,
  height: number,
): void {
  const about = (view.length / Math.max(1, width)) * 110;
  const power = 10 ** Math.floor(Math.log10(about));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= about) ?? 10 * power;
  context.strokeStyle = palette.line;
  context.fillStyle = palette.quiet;
  context.lineWidth = 1;
  for (let time = Math.ceil(view.from / step) * step; time <= view.from + view.length; time += step) {
    const x = Math.round(((time - view.from) / view.length) * width) + 0.5;
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, height);
    context.stroke();
    context.fillText(axisLabel(time, step), x + 4, axisHeight / 2);
  }
}

/** In the unit that fits the step, so that neighbouring labels differ. */
function axisLabel(nanoseconds: number, step: number): string {
  const [unit, size] = step >= 1e9 ? ['s', 1e9] : step >= 1e5 ? ['ms', 1e6] : step >= 100 ? ['µs', 1e3] : ['ns', 1];
  const digits = Math.max(0, -Math.floor(Math.log10(step / Number(size)) + 1e-9));
  return `${(nanoseconds / Number(size)).toFixed(digits)} ${unit}`;
}

interface Drawing {
  readonly context: CanvasRenderingContext2D;
  readonly model: Model;
  readonly view: ViewState;
  readonly palette: Palette;
}

interface Place {
  readonly top: number;
  readonly width: number;
}

function drawGap({ context, view, palette }: Drawing, gap: Gap, { top, width }: Place): void {
  const perPixel = view.length / width;
  const left = Math.max(-2, (gap.start - view.from) / perPixel);
  const right = Math.min(width + 2, (gap.end - view.from) / perPixel);
  if (right < 0 || left > width) return;
  context.globalAlpha = 1;
  context.strokeStyle = palette.focus;
  context.lineWidth = 2;
  context.setLineDash([4, 3]);
  context.strokeRect(left, top - 0.5, Math.max(2, right - left), laneHeight - 1);
  context.setLineDash([]);
}

const strengths = 16;

/** Pixels beside each other that look alike: a trace of many short records is a few of these. */
class PixelRun {
  #from = 0;
  #to = 0;
  #slot = 0;
  #strength = 0;

  constructor(
    private readonly drawing: Drawing,
    private readonly top: number,
  ) {}

  /** `filled` is the share of the pixel's time that is not idle. */
  add(x: number, slot: number, filled: number): void {
    const strength = Math.ceil(Math.min(1, filled) * strengths);
    if (x !== this.#to || slot !== this.#slot || strength !== this.#strength) {
      this.end();
      this.#from = x;
      this.#slot = slot;
      this.#strength = strength;
    }
    this.#to = x + 1;
  }

  end(): void {
    if (this.#to === this.#from) return;
    const { context, palette } = this.drawing;
    // A pixel that is partly idle is paler, never invisible.
    const alpha = 0.35 + (0.65 * this.#strength) / strengths;
    context.globalAlpha = alpha * (this.#slot >= fadedSlots ? 0.2 : 1);
    context.fillStyle = palette.looks[looks[this.#slot % fadedSlots] ?? 'kernel'];
    context.fillRect(this.#from, this.top, this.#to - this.#from, laneHeight - 2);
    this.#from = this.#to;
  }
}

/** `selected` is the lane's own. */
function drawLane(drawing: Drawing, lane: LeveledLane, { top, width }: Place, selected: number | undefined): void {
  const { model, view } = drawing;
  const perPixel = view.length / width;
  const height = laneHeight - 2;
  const box = (event: number) => {
    const left = Math.max(0, ((model.start[event] ?? 0) - view.from) / perPixel);
    const right = Math.min(width, ((model.end[event] ?? 0) - view.from) / perPixel);
    drawBox(drawing, event, { left, top, width: Math.max(1.5, right - left), height });
  };
  const run = new PixelRun(drawing, top);
  const pixel = (x: number, times: Float64Array) => {
    let most = 0;
    let filled = 0;
    for (let slot = 0; slot < times.length; slot++) {
      const time = times[slot] ?? 0;
      filled += time;
      if (time > (times[most] ?? 0)) most = slot;
    }
    run.add(x, most, filled / perPixel);
  };
  paint(lane, model, { from: view.from, length: view.length, width }, { pixel, box });
  run.end();
  // However small, what is selected is seen.
  if (selected === undefined) return;
  const [start, end] = [model.start[selected] ?? 0, model.end[selected] ?? 0];
  if ((end - start) / perPixel < 1.5 && end >= view.from && start <= view.from + view.length) box(selected);
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function drawBox({ context, model, view, palette }: Drawing, event: number, box: Box): void {
  const look = looks[model.look[event] ?? 0] ?? 'kernel';
  const name = model.trace.events.name[event] ?? 0;
  const { left, top, width, height } = box;
  const faded = view.wanted !== undefined && !view.wanted.has(name);
  // Kernels are told apart by their strength, so that the colour still says what it is.
  const strength = look === 'kernel' ? 0.55 + 0.1 * (name % 4) : look === 'call' || look === 'overhead' ? 0.45 : 0.7;
  context.globalAlpha = faded ? 0.15 : strength;
  context.fillStyle = palette.looks[look];
  context.fillRect(left, top, Math.max(1, width - (width > 3 ? 1 : 0)), height);
  context.globalAlpha = 1;
  if (palette.border !== '' && width > 4) {
    context.strokeStyle = palette.looks[look];
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, top + 0.5, width - 2, height - 1);
  }
  if (width > 34 && !faded) {
    const text = fitted(context, view.labels[name] ?? '', width - 8);
    context.fillStyle = palette.foreground;
    if (text !== '') context.fillText(text, left + 4, top + height / 2 + 0.5);
  }
  if (event === view.selected || event === view.hovered) {
    context.strokeStyle = event === view.selected ? palette.focus : palette.foreground;
    context.lineWidth = event === view.selected ? 2 : 1;
    context.strokeRect(left, top - 0.5, Math.max(2, width), height + 1);
  }
}

const widths = new Map<string, number>();

function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
  let width = widths.get(text);
  if (width === undefined) {
    width = context.measureText(text).width;
    widths.set(text, width);
  }
  if (width <= room) return text;
  const letters = Math.floor((text.length * room) / width) - 1;
  return letters < 3 ? '' : `${text.slice(0, letters)}…`;
}

/** Nanoseconds, as people read them. */
export function time(nanoseconds: number): string {
  return nanoseconds < 999.5 ? `${Math.round(nanoseconds)} ns` : duration(nanoseconds / 1000);
}
