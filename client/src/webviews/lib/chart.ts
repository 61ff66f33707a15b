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
  readonly color: 'blue' | 'green' | 'orange' | 'purple' | 'foreground';
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

const width = 760;
const height = 300;
const margin = { top: 14, right: 24, bottom: 46, left: 76 };
const rightAxisWidth = 76;

const colorOf = (color: Series['color']) =>
  color === 'foreground' ? 'var(--vscode-foreground)' : `var(--vscode-charts-${color})`;

/** The chart with its tooltip; `picture` of the answer is what `svgText` takes. */
export function chart(options: ChartOptions): { readonly element: HTMLElement; readonly picture: SVGSVGElement } {
  const inner = {
    left: margin.left,
    right: width - (options.right ? rightAxisWidth : margin.right),
    top: margin.top,
    bottom: height - margin.bottom,
  };
  const x = (value: number) => inner.left + options.x.scale.at(value) * (inner.right - inner.left);
  const y = (value: number, axis: Axis) => inner.bottom - axis.scale.at(value) * (inner.bottom - inner.top);
  const axisOf = ({ axis }: Series) => (axis === 'right' && options.right ? options.right : options.left);

  const tooltip = h('div', { class: 'tooltip', role: 'status' });
  tooltip.style.cssText =
    'position:absolute;pointer-events:none;display:none;padding:0.3em 0.6em;white-space:pre;' +
    'background:var(--vscode-editorHoverWidget-background);color:var(--vscode-editorHoverWidget-foreground);' +
    'border:1px solid var(--vscode-editorHoverWidget-border);z-index:1';
  const frame = h('div', { class: 'chart' });
  frame.style.cssText = `position:relative;max-width:${width}px`;

  const picture = svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'group', 'aria-label': options.title });
  picture.style.cssText = 'width:100%;height:auto;display:block';
  picture.append(...grid(options, inner, x, y));
  for (const line of options.lines ?? []) {
    const at = y(line.y, options.left);
    if (at < inner.top - 1 || at > inner.bottom + 1) continue;
    const style = 'stroke:var(--vscode-charts-orange);stroke-width:1.5;stroke-dasharray:6 3';
    picture.append(
      svg('line', { x1: inner.left, x2: inner.right, y1: at, y2: at, style }),
      svg('text', { x: inner.right - 4, y: at - 4, 'text-anchor': 'end' }, line.label),
    );
  }
  const show = (point: Point, at: { readonly x: number; readonly y: number }) => {
    tooltip.textContent = point.label.join('\n');
    tooltip.style.display = 'block';
    const scale = picture.getBoundingClientRect().width / width;
    const left = Math.min(at.x * scale + 10, Math.max(0, frame.clientWidth - tooltip.offsetWidth));
    tooltip.style.left = `${left}px`;
    tooltip.style.top = `${Math.max(0, at.y * scale - tooltip.offsetHeight - 10)}px`;
  };
  const hide = () => (tooltip.style.display = 'none');
  for (const series of options.series) {
    const axis = axisOf(series);
    const places = series.points.map((point) => ({ point, x: x(point.x), y: y(point.y, axis) }));
    if (series.draw === 'line' && places.length > 1) {
      const path = places.map((place, index) => `${index === 0 ? 'M' : 'L'}${place.x} ${place.y}`).join('');
      picture.append(svg('path', { d: path, style: `fill:none;stroke:${colorOf(series.color)};stroke-width:1.5` }));
    }
    const barWidth = Math.min(48, ((inner.right - inner.left) / Math.max(places.length, 1)) * 0.6);
    for (const place of places) {
      const { point } = place;
      const mark = svg('g', { tabindex: 0, role: 'img', 'aria-label': point.label.join(', ') });
      const color = colorOf(point.role === 'best' ? 'green' : point.role === 'baseline' ? 'orange' : series.color);
      if (series.draw === 'bars') {
        const top = Math.min(place.y, inner.bottom);
        const size = { x: place.x - barWidth / 2, y: top, width: barWidth, height: Math.max(inner.bottom - top, 1) };
        mark.append(svg('rect', { ...size, style: `fill:${color};fill-opacity:0.75;stroke:${color}` }));
      }
      if (point.low !== undefined && point.high !== undefined) {
        mark.append(errorBar(place.x, y(point.low, axis), y(point.high, axis)));
      }
      if (series.draw !== 'bars') mark.append(marker(place, color, point.role, series.axis === 'right'));
      // A larger place to aim at than the mark itself.
      if (series.draw !== 'bars')
        mark.append(svg('circle', { cx: place.x, cy: place.y, r: 9, style: 'fill:transparent' }));
      else if (point.role) mark.append(marker(place, 'var(--vscode-foreground)', point.role, false));
      mark.addEventListener('mouseenter', () => show(point, place));
      mark.addEventListener('focus', () => show(point, place));
      mark.addEventListener('mouseleave', hide);
      mark.addEventListener('blur', hide);
      picture.append(mark);
    }
  }
  picture.addEventListener('keydown', (event) => moveFocus(picture, event));
  frame.append(legend(options.series), picture, tooltip);
  return { element: frame, picture };
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function grid(
  { x, left, right }: ChartOptions,
  box: Box,
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
  for (const tick of x.scale.ticks) {
    const at = toX(tick);
    parts.push(
      svg('line', { x1: at, x2: at, y1: box.bottom, y2: box.bottom + 4, style: line }),
      svg('text', { x: at, y: box.bottom + 17, 'text-anchor': 'middle' }, x.format(tick)),
    );
  }
  parts.push(
    svg('line', {
      x1: box.left,
      x2: box.right,
      y1: box.bottom,
      y2: box.bottom,
      style: 'stroke:var(--vscode-foreground)',
    }),
    svg('text', { x: (box.left + box.right) / 2, y: height - 8, 'text-anchor': 'middle' }, x.title),
    turned(left.title, 14, (box.top + box.bottom) / 2),
  );
  if (right) parts.push(turned(right.title, width - 8, (box.top + box.bottom) / 2));
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
  background.setAttribute('fill', getComputedStyle(document.body).backgroundColor);
  copy.prepend(background);
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  return new XMLSerializer().serializeToString(copy);
}
