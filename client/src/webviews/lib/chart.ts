/** A chart: points, lines or bars between two axes, with error bars, tooltips and a place in the tab order. */
import { h, svg } from './page';
import type { Scale } from './scale';

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Ends of the error bar. */
  readonly low?: number;
  readonly high?: number;
  /** Said in the tooltip and to screen readers, a line each. */
  readonly label: readonly string[];
  /** Drawn so that it stands out, by colour and by form. */
  readonly role?: 'best' | 'current' | 'baseline';
}

export interface Series {
  /** Empty: not in the legend. */
  readonly name: string;
  readonly points: readonly Point[];
  readonly draw: 'points' | 'line' | 'bars';
  /** Of `--vscode-charts-…`. */
  readonly color: 'blue' | 'green' | 'yellow' | 'purple' | 'foreground';
  readonly axis?: 'left' | 'right';
}

export interface Axis {
  readonly title: string;
  readonly scale: Scale;
  readonly format: (value: number) => string;
}

export interface ChartOptions {
  /** For screen readers. */
  readonly title: string;
  readonly x: Axis;
  readonly left: Axis;
  readonly right?: Axis;
  readonly series: readonly Series[];
  /** Horizontal lines across the left axis. */
  readonly lines?: readonly { readonly y: number; readonly label: string }[];
}

/** Pixels of the page: the chart is drawn as wide as it is shown, and anew when that changes. */
const margin = { top: 24, right: 16, bottom: 44, left: 34 };
const letter = 6.4;

/** Hangul letters are about twice as wide as Latin ones. */
const widthOf = (text: string) => [...text].reduce((sum, each) => sum + (each > '\u2fff' ? 1.8 : 1) * letter, 0);
const widest = (texts: readonly string[]) => Math.max(0, ...texts.map(widthOf));

const colorOf = (color: Series['color']) =>
  color === 'foreground' ? 'var(--vscode-foreground)' : `var(--vscode-charts-${color})`;

/** The chart with its tooltip; `picture` of the answer is what `svgText` takes. */
export function chart(options: ChartOptions): { readonly element: HTMLElement; readonly picture: SVGSVGElement } {
  const tooltip = h('div', { class: 'tooltip', role: 'status' });
  tooltip.style.cssText =
    'position:absolute;pointer-events:none;display:none;padding:0.3em 0.6em;white-space:pre;' +
    'background:var(--vscode-editorHoverWidget-background);color:var(--vscode-editorHoverWidget-foreground);' +
    'border:1px solid var(--vscode-editorHoverWidget-border);z-index:1';
  const picture = svg('svg', { role: 'group', 'aria-label': options.title });
  picture.style.cssText = 'display:block';
  picture.addEventListener('keydown', (event) => moveFocus(picture, event));
  const frame = h('div', { class: 'chart' }, legend(options.series), picture, tooltip);
  frame.style.cssText = 'position:relative;margin-bottom:0.8em';
  let drawn = 0;
  new ResizeObserver(() => {
    const width = Math.floor(frame.clientWidth);
    if (width === drawn || width === 0) return;
    drawn = width;
    tooltip.style.display = 'none';
    draw(options, width, { frame, picture, tooltip });
  }).observe(frame);
  return { element: frame, picture };
}

interface Parts {
  readonly frame: HTMLElement;
  readonly picture: SVGSVGElement;
  readonly tooltip: HTMLElement;
}

function draw(options: ChartOptions, width: number, { frame, picture, tooltip }: Parts): void {
  const { left, right, lines = [] } = options;
  const box = {
    left: margin.left + widest(left.scale.ticks.map(left.format)),
    right:
      width -
      (right
        ? margin.left + widest(right.scale.ticks.map(right.format))
        : margin.right + widest(lines.map(({ label }) => label))),
    top: margin.top,
    bottom: 0,
  };
  // Every bar has its name: where names do not fit side by side they are turned.
  const names = options.x.scale.ticks.map(options.x.format);
  const bars = options.series.some((series) => series.draw === 'bars');
  const turn = bars && widest(names) + letter > (box.right - box.left) / Math.max(names.length, 1);
  const below = margin.bottom + (turn ? widest(names) * 0.7 : 0);
  const height = Math.round(Math.min(320, Math.max(220, width * 0.5))) + (turn ? Math.round(below - margin.bottom) : 0);
  box.bottom = height - below;
  picture.setAttribute('width', String(width));
  picture.setAttribute('height', String(height));
  picture.replaceChildren();

  const x = (value: number) => box.left + options.x.scale.at(value) * (box.right - box.left);
  const y = (value: number, axis: Axis) => box.bottom - axis.scale.at(value) * (box.bottom - box.top);
  picture.append(...grid(options, { box, width, height, turn }, x, y));
  for (const line of lines) {
    const at = y(line.y, left);
    if (at < box.top - 1 || at > box.bottom + 1) continue;
    const style = 'stroke:var(--vscode-charts-yellow);stroke-width:1.5;stroke-dasharray:6 3';
    picture.append(
      svg('line', { x1: box.left, x2: box.right, y1: at, y2: at, style }),
      svg('text', { x: box.right + 6, y: at + 4 }, line.label),
    );
  }
  const show = (point: Point, at: { readonly x: number; readonly y: number }) => {
    tooltip.textContent = point.label.join('\n');
    tooltip.style.display = 'block';
    const above =
      picture.getBoundingClientRect().top - frame.getBoundingClientRect().top + at.y - tooltip.offsetHeight - 10;
    tooltip.style.left = `${Math.min(at.x + 10, Math.max(0, frame.clientWidth - tooltip.offsetWidth))}px`;
    tooltip.style.top = `${Math.max(0, above)}px`;
  };
  const hide = () => (tooltip.style.display = 'none');
  for (const series of options.series) {
    const axis = series.axis === 'right' && right ? right : left;
    const places = series.points.map((point) => ({ point, x: x(point.x), y: y(point.y, axis) }));
    if (series.draw === 'line' && places.length > 1) {
      const path = places.map((place, index) => `${index === 0 ? 'M' : 'L'}${place.x} ${place.y}`).join('');
      picture.append(svg('path', { d: path, style: `fill:none;stroke:${colorOf(series.color)};stroke-width:1.5` }));
    }
    const barWidth = Math.min(48, ((box.right - box.left) / Math.max(places.length, 1)) * 0.6);
    for (const place of places) {
      const { point } = place;
      const mark = svg('g', { tabindex: 0, role: 'img', 'aria-label': point.label.join(', ') });
      const color = colorOf(point.role === 'best' ? 'green' : point.role === 'baseline' ? 'yellow' : series.color);
      if (series.draw === 'bars') {
        const top = Math.min(place.y, box.bottom);
        const size = { x: place.x - barWidth / 2, y: top, width: barWidth, height: Math.max(box.bottom - top, 1) };
        mark.append(svg('rect', { ...size, style: `fill:${color};fill-opacity:0.75;stroke:${color}` }));
      }
      if (point.low !== undefined && point.high !== undefined) {
        mark.append(errorBar(place.x, y(point.low, axis), y(point.high, axis)));
      }
      if (series.draw !== 'bars') {
        // A larger place to aim at than the mark itself.
        const aim = svg('circle', { cx: place.x, cy: place.y, r: 9, style: 'fill:transparent' });
        mark.append(marker(place, color, point.role, series.axis === 'right'), aim);
      } else if (point.role) {
        const above = { x: place.x, y: y(point.high ?? point.y, axis) - 11 };
        mark.append(marker(above, 'var(--vscode-foreground)', point.role, false));
      }
      mark.addEventListener('mouseenter', () => show(point, place));
      mark.addEventListener('focus', () => show(point, place));
      mark.addEventListener('mouseleave', hide);
      mark.addEventListener('blur', hide);
      picture.append(mark);
    }
  }
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

interface Frame {
  readonly box: Box;
  readonly width: number;
  readonly height: number;
  /** Names below the axis are turned. */
  readonly turn: boolean;
}

function grid(
  { x, left, right }: ChartOptions,
  { box, width, height, turn }: Frame,
  toX: (value: number) => number,
  toY: (value: number, axis: Axis) => number,
): SVGElement[] {
  const line = 'stroke:var(--vscode-editorWidget-border, var(--vscode-foreground));stroke-opacity:0.45';
  const parts: SVGElement[] = [];
  for (const tick of left.scale.ticks) {
    const at = toY(tick, left);
    parts.push(
      svg('line', { x1: box.left, x2: box.right, y1: at, y2: at, style: line }),
      svg('text', { x: box.left - 8, y: at + 4, 'text-anchor': 'end' }, left.format(tick)),
    );
  }
  for (const tick of right?.scale.ticks ?? []) {
    if (right) parts.push(svg('text', { x: box.right + 8, y: toY(tick, right) + 4 }, right.format(tick)));
  }
  let free = -Infinity;
  for (const tick of x.scale.ticks) {
    const at = toX(tick);
    parts.push(svg('line', { x1: at, x2: at, y1: box.bottom, y2: box.bottom + 4, style: line }));
    const text = x.format(tick);
    const half = widthOf(text) / 2;
    if (turn) {
      // As high as a line of text, across.
      if (at < free) continue;
      free = at + 15;
      const transform = `rotate(-45 ${at + 3} ${box.bottom + 14})`;
      parts.push(svg('text', { x: at + 3, y: box.bottom + 14, 'text-anchor': 'end', transform }, text));
    } else if (at - half > free) {
      // A number that would touch the one before is left out.
      free = at + half + letter;
      parts.push(svg('text', { x: at, y: box.bottom + 17, 'text-anchor': 'middle' }, text));
    }
  }
  const axis = {
    x1: box.left,
    x2: box.right,
    y1: box.bottom,
    y2: box.bottom,
    style: 'stroke:var(--vscode-foreground)',
  };
  parts.push(
    svg('line', axis),
    svg('text', { x: (box.left + box.right) / 2, y: height - 6, 'text-anchor': 'middle' }, x.title),
    turned(left.title, 12, (box.top + box.bottom) / 2),
  );
  if (right) parts.push(turned(right.title, width - 6, (box.top + box.bottom) / 2));
  return parts;
}

function turned(text: string, x: number, y: number): SVGElement {
  return svg('text', { x, y, 'text-anchor': 'middle', transform: `rotate(-90 ${x} ${y})` }, text);
}

function errorBar(x: number, low: number, high: number): SVGElement {
  const path = `M${x} ${low}V${high}M${x - 4} ${low}H${x + 4}M${x - 4} ${high}H${x + 4}`;
  return svg('path', { d: path, style: 'stroke:var(--vscode-foreground);stroke-width:1.2;fill:none' });
}

/** Form tells the role as well as colour does: a star is the best, a diamond the baseline, a ring what the source says now. */
function marker(at: { x: number; y: number }, color: string, role: Point['role'], square: boolean): SVGElement {
  const { x, y } = at;
  if (role === 'best') {
    const corners = Array.from({ length: 10 }, (_, i) => {
      const r = i % 2 === 0 ? 8 : 3.5;
      const angle = (Math.PI * i) / 5 - Math.PI / 2;
      return `${x + r * Math.cos(angle)},${y + r * Math.sin(angle)}`;
    });
    return svg('polygon', { points: corners.join(' '), style: `fill:${color}` });
  }
  if (role === 'baseline') {
    return svg('polygon', {
      points: `${x},${y - 7} ${x + 7},${y} ${x},${y + 7} ${x - 7},${y}`,
      style: `fill:${color}`,
    });
  }
  if (role === 'current') {
    return svg('circle', { cx: x, cy: y, r: 6, style: `fill:none;stroke:${color};stroke-width:2.5` });
  }
  if (square) return svg('rect', { x: x - 4, y: y - 4, width: 8, height: 8, style: `fill:${color}` });
  return svg('circle', { cx: x, cy: y, r: 4, style: `fill:${color}` });
}

function legend(series: readonly Series[]): HTMLElement {
  const named = series.filter(({ name }) => name !== '');
  const list = h('div', { class: 'quiet' });
  for (const { name, color, axis } of named) {
    const key = svg('svg', { width: 12, height: 12, 'aria-hidden': 'true' });
    key.append(marker({ x: 6, y: 6 }, colorOf(color), undefined, axis === 'right'));
    const item = h('span', {}, name);
    item.style.cssText = 'margin:0 1.4em 0 0.4em';
    list.append(key, item);
  }
  return list;
}

/** Arrow keys go from point to point; Tab does as well. */
function moveFocus(picture: SVGSVGElement, event: KeyboardEvent): void {
  const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (by === 0) return;
  const marks = [...picture.querySelectorAll<SVGElement>('[tabindex]')];
  const next = marks[marks.indexOf(document.activeElement as SVGElement) + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

/** The picture as a file of its own, in the colours it has now. */
export function svgText(picture: SVGSVGElement): string {
  const copy = picture.cloneNode(true) as SVGSVGElement;
  const shown = [picture, ...picture.querySelectorAll('*')];
  for (const [index, element] of [copy, ...copy.querySelectorAll('*')].entries()) {
    const original = shown[index];
    if (!original) continue;
    const style = getComputedStyle(original);
    element.removeAttribute('style');
    element.removeAttribute('tabindex');
    for (const name of ['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-opacity', 'stroke-dasharray']) {
      element.setAttribute(name, style.getPropertyValue(name));
    }
    if (element.tagName === 'text') {
      element.setAttribute('font-family', 'sans-serif');
      element.setAttribute('font-size', style.fontSize);
    }
  }
  const background = svg('rect', { width: '100%', height: '100%' });
  background.setAttribute('fill', getComputedStyle(document.body).getPropertyValue('--vscode-editor-background'));
  copy.prepend(background);
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return new XMLSerializer().serializeToString(copy);
}
