/** The pages of a tuning (times of configurations) and of a sweep (time and throughput over sizes). */
import type { Configuration, SweepPoint } from '../../../../protocol/src/tune';
import { bandwidth, blockText, duration, percent } from '../../../../protocol/src/format';
import { chart, svgText, type Point } from '../lib/chart';
import { h, onData, post } from '../lib/page';
import { durationTicks, linearScale, logScale, round, rowScale } from '../lib/scale';
import { sortableTable, type SortState } from '../lib/table';
import type { SweepPageData, TunePageData, TunePageMessage } from './data';

type Measured = Configuration & { readonly outcome: Extract<Configuration['outcome'], { state: 'measured' }> };
type Left = Configuration & { readonly outcome: Extract<Configuration['outcome'], { reason: string }> };

const send = (message: TunePageMessage) => post(message);
const order: SortState = { column: 1, descending: false };
const sizeOrder: SortState = { column: -1, descending: false };

onData<TunePageData | SweepPageData>((data, root) => {
  const picture = data.kind === 'tune' ? drawTuning(data, root) : drawSweep(data, root);
  const { texts, running } = data;
  const actions = h(
    'p',
    {},
    running ? button(texts.cancel, () => send({ cancel: true })) : button(texts.again, () => send({ again: true })),
    ...(picture ? [button(texts.picture, () => send({ svg: svgText(picture) }))] : []),
    button(texts.copy, () => send({ csv: csvOf(data) })),
  );
  root.append(actions);
});

function drawTuning(data: TunePageData, root: HTMLElement): SVGSVGElement | undefined {
  const { texts, configurations, best } = data;
  const measured = configurations.filter(isMeasured);
  const left = configurations.filter(isLeft);
  const waiting = configurations.filter(({ outcome }) => outcome.state === 'waiting').length;
  const role = (index: number, current: boolean): Point['role'] =>
    index === best ? 'best' : current ? 'current' : undefined;
  // In the order of their numbers: what is next to each other is alike.
  const plotted = [...measured].sort((a, b) =>
    valuesShort(a.values).localeCompare(valuesShort(b.values), 'en', { numeric: true }),
  );
  const points = plotted.map((configuration, position): Point => {
    const { index, current, outcome } = configuration;
    const { time } = outcome;
    const error = time.median * time.relativeError;
    const mark = role(index, current);
    return {
      x: position,
      y: time.median,
      low: time.median - error,
      high: time.median + error,
      label: [
        `${valuesText(configuration.values)}${index === best ? ` · ${texts.best}` : current ? ` · ${texts.current}` : ''}`,
        timeText(time),
        ...launchFacts(texts, configuration),
      ],
      ...(mark && { role: mark }),
    };
  });
  const scale = linearScale(
    points.map(({ high, y }) => high ?? y),
    5,
    true,
  );
  const now = measured.find(({ current }) => current);
  const plot =
    points.length === 0
      ? undefined
      : chart({
          title: texts.title,
          x: {
            title: namesOf(measured) ?? texts.configuration,
            scale: rowScale(points.length, 40),
            format: (position) => valuesShort(plotted[position]?.values ?? []),
          },
          left: { title: texts.time, scale, format: durationTicks(scale) },
          series: [{ name: '', points, draw: 'bars', color: 'blue' }],
          ...(now && { lines: [{ y: now.outcome.time.median, label: texts.current }] }),
        });
  root.replaceChildren(
    h('h1', {}, data.kernel),
    h('p', { class: 'quiet' }, data.device),
    h('p', { role: 'status' }, data.verdict),
    ...(plot ? [plot.element] : []),
    ...(measured.length > 0 ? [tuningTable(data, measured)] : []),
    ...(waiting > 0 ? [h('p', { class: 'quiet' }, `${texts.waiting}: ${waiting}`)] : []),
    ...(left.length > 0 ? [h('h2', {}, texts.skipped), leftTable(data, left)] : []),
  );
  return plot?.picture;
}

function tuningTable({ texts, best, running }: TunePageData, rows: readonly Measured[]): HTMLElement {
  const hasTemplates = rows.some(({ launch }) => (launch?.templateArguments.length ?? 0) > 0);
  const names = namesOf(rows);
  return sortableTable<Measured>(
    [
      {
        title: names ?? texts.configuration,
        value: ({ index }) => index,
        cell: ({ values, index, current }) => {
          const text = names === undefined ? valuesText(values) : valuesShort(values);
          const word = index === best ? `★ ${texts.best}` : current ? `○ ${texts.current}` : '';
          return h('span', {}, `${text} `, h('span', { class: 'quiet' }, word));
        },
      },
      {
        title: texts.time,
        value: ({ outcome }) => outcome.time.median,
        cell: ({ outcome }) => timeText(outcome.time),
        number: true,
      },
      {
        title: texts.change,
        value: ({ outcome }) => outcome.change?.ratio,
        cell: ({ outcome: { change }, current }) => {
          if (!change || current) return '';
          const half = ((100 * (change.high - change.low)) / 2).toFixed(1);
          const text = `${change.ratio < 1 ? '−' : '+'}${Math.abs(100 * (change.ratio - 1)).toFixed(1)} % ±${half}`;
          const style = change.kind === 'faster' ? 'ok' : change.kind === 'slower' ? 'warning' : 'quiet';
          return h('span', { class: style }, text);
        },
        number: true,
      },
      {
        title: texts.throughput,
        value: ({ outcome }) => outcome.throughput?.bytesPerSecond,
        cell: ({ outcome: { throughput } }) => (throughput ? bandwidth(throughput.bytesPerSecond) : ''),
        number: true,
        spare: 1,
      },
      {
        title: texts.launch,
        value: ({ launch }) => (launch ? launch.block[0] * launch.block[1] * launch.block[2] : undefined),
        cell: ({ launch }) => (launch ? `${hasTemplates ? templateText(launch) : ''}${launchText(launch)}` : ''),
        spare: 3,
      },
      {
        title: texts.registers,
        value: ({ outcome }) => outcome.resources?.registersPerThread,
        cell: ({ outcome }) => String(outcome.resources?.registersPerThread ?? ''),
        number: true,
        spare: 2,
      },
      {
        title: texts.occupancy,
        value: ({ outcome }) => outcome.occupancy?.ratio,
        cell: ({ outcome }) => (outcome.occupancy ? percent(outcome.occupancy.ratio) : ''),
        number: true,
        spare: 4,
      },
      {
        title: '',
        cell: ({ index, current, values }) => {
          if (current || running) return '';
          const element = button(texts.apply, () => send({ apply: index }), index !== best);
          element.setAttribute('aria-label', `${texts.apply}: ${valuesText(values)}`);
          return element;
        },
      },
    ],
    rows,
    order,
  );
}

/** What a narrow table leaves out. */
function launchFacts(texts: TunePageData['texts'], { launch, outcome }: Measured): string[] {
  const { resources, occupancy } = outcome;
  return [
    ...(launch ? [`${texts.launch}: ${launchText(launch)}`] : []),
    ...(occupancy ? [`${texts.occupancy}: ${percent(occupancy.ratio)}`] : []),
    ...(resources ? [`${texts.registers}: ${resources.registersPerThread}`] : []),
  ];
}

function leftTable({ texts }: TunePageData, rows: readonly Left[]): HTMLElement {
  return sortableTable<Left>(
    [
      { title: texts.configuration, cell: ({ values }) => valuesText(values) },
      {
        title: texts.reason,
        cell: ({ outcome }) => h('span', { class: outcome.state === 'failed' ? 'error' : 'quiet' }, outcome.reason),
        long: true,
      },
    ],
    rows,
    sizeOrder,
  );
}

function drawSweep(data: SweepPageData, root: HTMLElement): SVGSVGElement | undefined {
  const { texts, points, name } = data;
  const measured = points.flatMap(({ value, outcome }) =>
    outcome.state === 'measured' ? [{ size: Number(value), ...outcome }] : [],
  );
  const times = measured.map(({ size, time }): Point => {
    const error = time.median * time.relativeError;
    const [low, high] = [time.median - error, time.median + error];
    return { x: size, y: time.median, low, high, label: [sizeText(name, size), timeText(time)] };
  });
  const rates = measured.flatMap(({ size, throughput }): Point[] => {
    if (!throughput) return [];
    const ofPeak = throughput.ofPeak === undefined ? '' : ` (${percent(throughput.ofPeak)})`;
    const label = [sizeText(name, size), `${bandwidth(throughput.bytesPerSecond)}${ofPeak}`];
    return [{ x: size, y: throughput.bytesPerSecond, label }];
  });
  const powers = measured.every(({ size }) => Number.isInteger(Math.log2(size)));
  const positive = measured.every(({ size }) => size > 0);
  const sizes = measured.map(({ size }) => size);
  const plot =
    times.length === 0
      ? undefined
      : chart({
          title: texts.title,
          x: {
            title: name,
            scale: positive ? logScale(sizes, powers ? 2 : 10) : linearScale(sizes),
            format: (value) => (powers ? `2${raised(Math.log2(value))}` : value.toLocaleString('en-US')),
          },
          left: {
            title: texts.time,
            scale: logScale(times.map(({ y }) => y)),
            format: (time) => round(duration(time)),
          },
          ...(rates.length > 0 && {
            right: {
              title: texts.throughput,
              scale: logScale(rates.map(({ y }) => y)),
              format: (rate) => round(bandwidth(rate)),
            },
          }),
          series: [
            { name: texts.time, points: times, draw: 'line', color: 'blue' },
            ...(rates.length > 0
              ? [{ name: texts.throughput, points: rates, draw: 'line', color: 'purple', axis: 'right' } as const]
              : []),
          ],
        });
  root.replaceChildren(
    h('h1', {}, `${data.kernel} · ${name}`),
    h('p', { class: 'quiet' }, data.device),
    h('p', { role: 'status' }, data.verdict),
    ...(plot ? [plot.element] : []),
    sweepTable(data),
  );
  return plot?.picture;
}

function sweepTable({ texts, points, name }: SweepPageData): HTMLElement {
  const measured = (point: SweepPoint) => (point.outcome.state === 'measured' ? point.outcome : undefined);
  return sortableTable<SweepPoint>(
    [
      { title: name, value: ({ value }) => Number(value), cell: ({ value }) => grouped(value), number: true },
      {
        title: texts.time,
        value: (point) => measured(point)?.time.median,
        cell: (point) => {
          const { outcome } = point;
          if (outcome.state === 'waiting') return h('span', { class: 'quiet' }, '…');
          if (outcome.state === 'failed') return h('span', { class: 'error' }, outcome.reason);
          return timeText(outcome.time);
        },
        number: true,
      },
      {
        title: texts.throughput,
        value: (point) => measured(point)?.throughput?.bytesPerSecond,
        cell: (point) => {
          const throughput = measured(point)?.throughput;
          if (!throughput) return '';
          const ofPeak = throughput.ofPeak === undefined ? '' : ` (${percent(throughput.ofPeak)})`;
          return `${bandwidth(throughput.bytesPerSecond)}${ofPeak}`;
        },
        number: true,
      },
    ],
    points,
    sizeOrder,
  );
}

function csvOf(data: TunePageData | SweepPageData): string {
  const lines: (string | number)[][] =
    data.kind === 'tune'
      ? [
          ['configuration', 'grid', 'block', 'median_us', 'relative_error', 'state', 'reason'],
          ...data.configurations.map(({ values, launch, outcome }) => [
            valuesText(values),
            launch?.grid.join('x') ?? '',
            launch?.block.join('x') ?? '',
            outcome.state === 'measured' ? outcome.time.median : '',
            outcome.state === 'measured' ? outcome.time.relativeError : '',
            outcome.state,
            'reason' in outcome ? outcome.reason : '',
          ]),
        ]
      : [
          [data.name, 'median_us', 'relative_error', 'bytes_per_second', 'reason'],
          ...data.points.map(({ value, outcome }) => [
            value,
            outcome.state === 'measured' ? outcome.time.median : '',
            outcome.state === 'measured' ? outcome.time.relativeError : '',
            outcome.state === 'measured' ? (outcome.throughput?.bytesPerSecond ?? '') : '',
            'reason' in outcome ? outcome.reason : '',
          ]),
        ];
  const field = (cell: string | number) =>
    /[",\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : cell;
  return lines.map((cells) => `${cells.map(field).join(',')}\r\n`).join('');
}

const isMeasured = (configuration: Configuration): configuration is Measured =>
  configuration.outcome.state === 'measured';
const isLeft = (configuration: Configuration): configuration is Left => 'reason' in configuration.outcome;

type Launch = NonNullable<Configuration['launch']>;

const timeText = ({ median, relativeError }: Measured['outcome']['time']) =>
  `${duration(median)} ±${percent(relativeError)}`;
const launchText = ({ grid, block }: Launch) => `${blockText(grid)} × ${blockText(block)}`;
const templateText = ({ templateArguments }: Launch) => `<${templateArguments.join(', ')}> `;

/** `TILE × block.y` where every configuration gives values to the same names. */
function namesOf(configurations: readonly Configuration[]): string | undefined {
  const names = new Set(configurations.map(({ values }) => values.map(({ name }) => name).join(' × ')));
  return names.size === 1 ? [...names][0] : undefined;
}

function valuesText(values: Configuration['values']): string {
  return values.map(({ name, value }) => `${name} = ${value}`).join(', ');
}

function valuesShort(values: Configuration['values']): string {
  return values.map(({ value }) => value).join(' × ');
}

function raised(power: number): string {
  return [...power.toFixed(0)].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '⁻').join('');
}

function sizeText(name: string, size: number): string {
  return `${name} = ${size.toLocaleString('en-US')}`;
}

function grouped(value: string): string {
  return /^\d+$/.test(value) ? BigInt(value).toLocaleString('en-US') : value;
}

function button(text: string, onclick: () => void, secondary = true): HTMLElement {
  return h('button', { ...(secondary && { class: 'secondary' }), onclick }, text);
}
