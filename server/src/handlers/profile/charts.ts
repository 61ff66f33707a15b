/** The roofline and the memory chart as SVG, coloured by classes so that any theme fits. Pure. */
import * as l10n from '@vscode/l10n';
import type { MemoryChart, MemoryNode, RooflineChart } from '../../../../protocol/src/profile';
import { bandwidth, bytes } from '../format';
import { element, escape } from './markup';
import { share } from './texts';

const width = 640;
const height = 360;
const area = { left: 64, right: width - 24, top: 20, bottom: height - 44 };

/** Operations per second, decimal: `1.25 TFLOP/s`. */
export function rate(flops: number): string {
  const [scale, unit] = flops >= 1e12 ? [1e12, 'T'] : flops >= 1e9 ? [1e9, 'G'] : [1e6, 'M'];
  return `${(flops / scale).toPrecision(3)} ${unit}FLOP/s`;
}

/** `1.05 M`: what stands on a line has to be short. */
function compact(amount: number): string {
  const [scale, unit] =
    amount >= 1e9 ? [1e9, ' G'] : amount >= 1e6 ? [1e6, ' M'] : amount >= 1e4 ? [1e3, ' k'] : [1, ''];
  return scale === 1 ? String(amount) : `${(amount / scale).toPrecision(3)}${unit}`;
}

const levelNames = { dram: 'DRAM', l2: 'L2', l1: 'L1' } as const;
const precisionNames = { fp16: 'FP16', fp32: 'FP32', fp64: 'FP64', tensor: 'Tensor' } as const;

/** Both axes logarithmic; each point can be reached with the keyboard and says what it is. */
export function rooflineSvg(chart: RooflineChart): string {
  const peak = Math.max(...chart.peaks.map(({ flops }) => flops));
  const intensities = chart.points.map(({ intensity }) => intensity);
  const ridges = chart.ceilings.map(({ bytesPerSecond }) => peak / bytesPerSecond);
  const xRange = decades(Math.min(...intensities, ...ridges) / 3, Math.max(...intensities, ...ridges) * 4);
  const floor = Math.min(...chart.points.map(({ flops }) => flops), peak / 300);
  const yRange = decades(floor / 2, peak * 1.6);
  const x = scale(xRange, area.left, area.right);
  const y = scale(yRange, area.bottom, area.top);

  const grid = [
    ...steps(xRange).map((value) =>
      element(
        'g',
        {},
        line('grid', x(value), area.top, x(value), area.bottom),
        label(power(value), x(value), area.bottom + 20, 'middle'),
      ),
    ),
    ...steps(yRange).map((value) =>
      element(
        'g',
        {},
        line('grid', area.left, y(value), area.right, y(value)),
        label(shortRate(value), area.left - 8, y(value) + 4, 'end'),
      ),
    ),
  ];
  const roofs = chart.ceilings.map(({ level, bytesPerSecond }) => {
    const from = Math.max(xRange[0], yRange[0] / bytesPerSecond);
    const ridge = peak / bytesPerSecond;
    const name = `${levelNames[level]} ${bandwidth(bytesPerSecond)}`;
    const at = Math.sqrt(from * ridge);
    const angle = (Math.atan2(y(peak) - y(from * bytesPerSecond), x(ridge) - x(from)) * 180) / Math.PI;
    return element(
      'g',
      {},
      line(`roof ${level}`, x(from), y(from * bytesPerSecond), x(ridge), y(peak)),
      element(
        'text',
        {
          class: 'label',
          'text-anchor': 'middle',
          transform: `translate(${x(at).toFixed(1)} ${(y(at * bytesPerSecond) - 7).toFixed(1)}) rotate(${angle.toFixed(1)})`,
        },
        escape(name),
      ),
    );
  });
  const fastest = Math.max(...chart.ceilings.map(({ bytesPerSecond }) => bytesPerSecond));
  const tops = chart.peaks.map(({ precision, flops }) =>
    element(
      'g',
      {},
      line('roof', x(Math.max(xRange[0], flops / fastest)), y(flops), area.right, y(flops)),
      label(`${precisionNames[precision]} ${rate(flops)}`, area.right, y(flops) - 6, 'end'),
    ),
  );
  const points = chart.points.map(({ precision, level, intensity, flops }) => {
    const bandwidthRoof = chart.ceilings.find((ceiling) => ceiling.level === level)?.bytesPerSecond ?? Infinity;
    const top = chart.peaks.find((each) => each.precision === precision)?.flops ?? peak;
    const reached = (100 * flops) / Math.min(top, intensity * bandwidthRoof);
    const text = l10n.t(
      '{0} against {1}: {2}, {3} operations a byte, {4} of the roof above it',
      precisionNames[precision],
      levelNames[level],
      rate(flops),
      intensity.toPrecision(3),
      share(reached),
    );
    const [cx, cy] = [x(intensity), y(flops)];
    return element(
      'g',
      { class: `point ${level}`, tabindex: 0, role: 'img', 'aria-label': text },
      element('title', {}, escape(text)),
      line('drop', cx, cy, cx, y(Math.min(top, intensity * bandwidthRoof))),
      marker(level, cx, cy),
    );
  });
  return element(
    'svg',
    {
      viewBox: `0 0 ${width} ${height}`,
      class: 'chart',
      'data-name': 'roofline',
      role: 'group',
      'aria-label': l10n.t('Roofline'),
    },
    ...grid,
    ...roofs,
    ...tops,
    ...points,
    label(l10n.t('Operations a byte'), area.right, height - 8, 'end'),
  );
}

/** Levels differ by shape as well as by colour. */
function marker(level: keyof typeof levelNames, x: number, y: number): string {
  if (level === 'dram') return element('circle', { cx: x, cy: y, r: 6 });
  if (level === 'l2') return element('rect', { x: x - 5, y: y - 5, width: 10, height: 10 });
  return element('path', { d: `M${x.toFixed(1)} ${(y - 7).toFixed(1)} l7 12 h-14 z` });
}

type Range = readonly [number, number];

function decades(low: number, high: number): Range {
  return [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high))];
}

/** At most about eight lines, each a power of ten. */
function steps([low, high]: Range): number[] {
  const [from, to] = [Math.round(Math.log10(low)), Math.round(Math.log10(high))];
  const step = Math.max(1, Math.ceil((to - from) / 8));
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => 10 ** (from + index * step));
}

function scale([low, high]: Range, from: number, to: number): (value: number) => number {
  const span = Math.log10(high / low);
  return (value) => from + ((to - from) * Math.log10(Math.max(value, low) / low)) / span;
}

function power(value: number): string {
  if (value >= 1e4)
    return `${compact(value)
      .replace(/\.0+(?= )/, '')
      .replace(' ', '')}`;
  return value >= 0.001 ? String(Number(value.toPrecision(1))) : value.toExponential(0);
}

function shortRate(value: number): string {
  const [by, unit] =
    value >= 1e15
      ? [1e15, 'P']
      : value >= 1e12
        ? [1e12, 'T']
        : value >= 1e9
          ? [1e9, 'G']
          : value >= 1e6
            ? [1e6, 'M']
            : [1, ''];
  return `${Number((value / by).toPrecision(1))}${unit}`;
}

function line(kind: string, x1: number, y1: number, x2: number, y2: number): string {
  return element('line', { class: kind, x1, y1, x2, y2 });
}

function label(text: string, x: number, y: number, anchor: 'start' | 'middle' | 'end', kind = 'label'): string {
  return element('text', { class: kind, x, y, 'text-anchor': anchor }, escape(text));
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Node = Exclude<MemoryNode, 'local'>;

const allBoxes: Readonly<Record<Node, Box>> = {
  kernel: { x: 4, y: 8, width: 68, height: 194 },
  l1: { x: 196, y: 8, width: 120, height: 84 },
  shared: { x: 196, y: 118, width: 120, height: 84 },
  l2: { x: 402, y: 8, width: 96, height: 84 },
  dram: { x: 584, y: 8, width: 92, height: 84 },
};

/** From the kernel on the left to DRAM on the right; links are as thick as their share of the traffic. */
export function memorySvg(chart: MemoryChart): string {
  const names: Readonly<Record<Node, string>> = {
    kernel: l10n.t('Kernel'),
    l1: l10n.t('L1 cache'),
    shared: l10n.t('Shared memory'),
    l2: l10n.t('L2 cache'),
    dram: 'DRAM',
  };
  const most = { bytes: 0, requests: 0 };
  for (const { unit, amount } of chart.links) most[unit] = Math.max(most[unit], amount);
  const used = new Set(chart.links.flatMap(({ from, to }) => [from, to]));
  const withShared = used.has('shared');
  const boxes = withShared ? allBoxes : { ...allBoxes, kernel: { ...allBoxes.kernel, height: allBoxes.l1.height } };
  const links = chart.links
    .filter(({ from, to }) => from !== 'local' && to !== 'local')
    .map((link) => {
      const [from, to] = [boxes[link.from as Node], boxes[link.to as Node]];
      const forward = from.x < to.x;
      const [left, right] = forward ? [from, to] : [to, from];
      // Writes above, reads below; where the kernel's box is taller, at the height of the other one.
      const side = left.height > right.height ? right : left;
      const y = side.y + side.height * (forward ? 0.3 : 0.75);
      const [x1, x2] = [left.x + left.width + 4, right.x - 4];
      const text = link.unit === 'bytes' ? bytes(link.amount) : l10n.t('{0} requests', compact(link.amount));
      const thickness = 1 + (7 * link.amount) / most[link.unit];
      const tip = 7 + thickness;
      const described = l10n.t('{0} to {1}: {2}', names[link.from as Node], names[link.to as Node], text);
      const arrow = forward
        ? `M${x2} ${y} l${-tip} ${-tip * 0.7} v${tip * 1.4} z`
        : `M${x1} ${y} l${tip} ${-tip * 0.7} v${tip * 1.4} z`;
      return element(
        'g',
        { class: 'flow', tabindex: 0, role: 'img', 'aria-label': described },
        element('title', {}, escape(described)),
        element('line', {
          class: 'link',
          x1: forward ? x1 : x1 + tip,
          y1: y,
          x2: forward ? x2 - tip : x2,
          y2: y,
          'stroke-width': thickness,
        }),
        element('path', { class: 'arrow', d: arrow }),
        // Above the shaft: the head is taller.
        label(text, (x1 + x2 + (forward ? -tip : tip)) / 2, y - 5 - thickness / 2, 'middle'),
      );
    });
  const drawn = (Object.keys(boxes) as Node[])
    .filter((node) => node === 'kernel' || used.has(node))
    .map((node) => {
      const box = boxes[node];
      const unit = chart.units.find((each) => each.unit === node);
      const lines = [
        unit?.percent === undefined ? undefined : l10n.t('{0} of peak', share(unit.percent)),
        unit?.hitRate === undefined ? undefined : l10n.t('{0} hits', share(unit.hitRate)),
      ].filter((text) => text !== undefined);
      const middle = box.x + box.width / 2;
      const top = box.y + box.height / 2 - (lines.length * 16) / 2 + 4;
      const filled = (box.width * Math.min(100, unit?.percent ?? 0)) / 100;
      return element(
        'g',
        {},
        element('rect', { class: 'unit', x: box.x, y: box.y, width: box.width, height: box.height, rx: 4 }),
        // How busy the unit is, along its lower edge.
        unit?.percent === undefined
          ? undefined
          : element('rect', { class: 'busy', x: box.x, y: box.y + box.height - 6, width: filled, height: 6 }),
        label(names[node], middle, top, 'middle', 'name'),
        ...lines.map((text, index) => label(text, middle, top + 17 + 16 * index, 'middle')),
      );
    });
  return element(
    'svg',
    {
      viewBox: `0 0 680 ${withShared ? 210 : 100}`,
      class: 'chart wide',
      'data-name': 'memory',
      role: 'group',
      'aria-label': l10n.t('Memory chart'),
    },
    ...links,
    ...drawn,
  );
}
