/** The page of a kernel's history: a plot over its runs, and a table of them. */
import type { HistoryRow } from '../../../../protocol/src/history';
import { bandwidth, blockText, duration, percent } from '../../../../protocol/src/format';
import { chart, svgText, type Point } from '../lib/chart';
import { h, onData, post } from '../lib/page';
import { durationTicks, linearScale, rowScale } from '../lib/scale';
import { sortableTable, type SortState } from '../lib/table';
import type { HistoryPageData, HistoryPageMessage } from './data';

const send = (message: HistoryPageMessage) => post(message);
/** Newest first until the user sorts. */
const order: SortState = { column: 0, descending: true };
/** The device that is shown; the last run's until the user chooses. */
let device: string | undefined;

onData<HistoryPageData>((data, root) => draw(data, root));

function draw(data: HistoryPageData, root: HTMLElement): void {
  const { texts, kernel } = data;
  const title = h('h1', {}, kernel);
  if (data.rows.length === 0) {
    root.replaceChildren(title, h('p', {}, texts.empty));
    return;
  }
  const devices = [...new Set(data.rows.map(({ entry }) => deviceName(entry.device)))];
  const last = data.rows.at(-1);
  const shown = device !== undefined && devices.includes(device) ? device : last ? deviceName(last.entry.device) : '';
  const rows = data.rows.filter(({ entry }) => deviceName(entry.device) === shown);
  const baseline = data.baselines.find((entry) => deviceName(entry.device) === shown);
  const plot = plotOf(data, rows, baseline);

  const choice = h(
    'select',
    {
      'aria-label': texts.device,
      onchange: (event) => {
        device = (event.target as HTMLSelectElement).value;
        draw(data, root);
      },
    },
    ...devices.map((name) => h('option', { value: name, selected: name === shown }, name)),
  );
  choice.style.cssText =
    'color:var(--vscode-dropdown-foreground);background:var(--vscode-dropdown-background);border:1px solid var(--vscode-dropdown-border);padding:0.2em';
  const actions = h(
    'p',
    {},
    button(texts.csv, () => send({ export: 'csv' })),
    button(texts.json, () => send({ export: 'json' })),
    button(texts.picture, () => send({ svg: svgText(plot.picture) })),
    ...(baseline && !rows.some(({ entry }) => entry.id === baseline.id)
      ? [button(texts.unpin, () => send({ unpin: true }))]
      : []),
    button(texts.clear, () => send({ clear: true })),
  );
  root.replaceChildren(
    title,
    devices.length > 1 ? h('p', {}, choice) : h('p', { class: 'quiet' }, shown),
    plot.element,
    actions,
    tableOf(data, rows, baseline?.id),
    h('p', { class: 'quiet' }, texts.noise.replace(/(?<=\d) (?=%)/g, '\u00a0')),
  );
}

function plotOf({ texts }: HistoryPageData, rows: readonly HistoryRow[], baseline: HistoryRow['entry'] | undefined) {
  const points = rows.map(({ entry, changes }, index): Point => {
    const error = entry.median * entry.relativeError;
    return {
      x: index,
      y: entry.median,
      low: Math.max(entry.median - error, 0),
      high: entry.median + error,
      label: [
        new Date(entry.at).toLocaleString(document.documentElement.lang),
        `${duration(entry.median)} ±${percent(entry.relativeError)}`,
        launchText(entry),
        ...(changes.last ? [changes.last.text] : []),
      ],
      ...(entry.id === baseline?.id && { role: 'baseline' as const }),
    };
  });
  const heights = points.flatMap(({ low, high, y }) => [low ?? y, high ?? y]);
  const scale = linearScale(baseline ? [...heights, baseline.median] : heights);
  return chart({
    title: texts.title,
    x: { title: texts.runs, scale: rowScale(rows.length), format: (index) => String(index + 1) },
    left: { title: texts.time, scale, format: durationTicks(scale) },
    series: [{ name: '', points, draw: 'line', color: 'blue' }],
    ...(baseline && { lines: [{ y: baseline.median, label: texts.baseline }] }),
  });
}

function tableOf({ texts }: HistoryPageData, rows: readonly HistoryRow[], pinned: string | undefined): HTMLElement {
  const hasBaseline = rows.some(({ changes }) => changes.baseline !== undefined);
  return sortableTable(
    [
      {
        title: texts.when,
        value: ({ entry }) => entry.at,
        cell: ({ entry }) => whenCell(entry.at),
      },
      {
        title: texts.time,
        value: ({ entry }) => entry.median,
        cell: ({ entry }) => `${duration(entry.median)} ±${percent(entry.relativeError)}`,
        number: true,
      },
      {
        title: texts.sinceLast,
        value: ({ changes }) => (changes.last?.kind === 'otherLaunch' ? undefined : changes.last?.ratio),
        cell: ({ changes }) => changeCell(changes.last, texts.first, texts.otherLaunch),
        ...(hasBaseline && { spare: 4 }),
      },
      ...(hasBaseline
        ? [
            {
              title: texts.sinceBaseline,
              value: ({ changes }: HistoryRow) => changes.baseline?.ratio,
              cell: ({ entry, changes }: HistoryRow) =>
                entry.id === pinned ? `◆ ${texts.baseline}` : changeCell(changes.baseline, '', texts.otherLaunch),
            },
          ]
        : []),
      {
        title: texts.bandwidth,
        value: ({ entry }) => entry.bytesPerSecond,
        cell: ({ entry }) => (entry.bytesPerSecond === undefined ? '' : bandwidth(entry.bytesPerSecond)),
        number: true,
        spare: 3,
      },
      {
        title: texts.launch,
        value: ({ entry }) => launchText(entry),
        cell: ({ entry }) => launchText(entry),
        spare: 2,
      },
      {
        title: texts.registers,
        value: ({ entry }) => entry.registersPerThread,
        cell: ({ entry }) => String(entry.registersPerThread ?? ''),
        number: true,
        spare: 1,
      },
      {
        title: '',
        cell: ({ entry }) =>
          entry.id === pinned
            ? button(texts.unpinShort, () => send({ unpin: true }), texts.unpin)
            : button(texts.pinShort, () => send({ pin: entry.id }), texts.pin),
      },
    ],
    rows,
    order,
  );
}

function changeCell(change: HistoryRow['changes']['last'], none: string, other: string): HTMLElement {
  if (change === undefined) return h('span', { class: 'quiet' }, none);
  // What is said in a sentence elsewhere: a table has room for a sign.
  const same = `≈ ±${((100 * (change.high - change.low)) / 2).toFixed(1)} %`;
  const text = change.kind === 'same' ? same : (change.mark ?? other);
  const style = change.kind === 'faster' ? 'ok' : change.kind === 'slower' ? 'warning' : 'quiet';
  return h('span', { class: style, title: change.text }, text);
}

/** The day only where it is not today's. */
function whenCell(at: HistoryRow['entry']['at']): HTMLElement {
  const [date, language] = [new Date(at), document.documentElement.lang];
  const today = date.toDateString() === new Date().toDateString();
  const day = { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' } as const;
  const text = today ? date.toLocaleTimeString(language) : date.toLocaleString(language, day);
  return h('span', { title: date.toLocaleString(language) }, text);
}

function launchText({ launch }: HistoryRow['entry']): string {
  const { grid, block, templateArguments } = launch;
  const template = templateArguments.length > 0 ? `<${templateArguments.join(', ')}> ` : '';
  return `${template}${blockText(grid)} × ${blockText(block)}`;
}

function deviceName({ kind, name }: HistoryRow['entry']['device']): string {
  return kind === 'cpu' ? `CPU · ${name}` : name;
}

function button(text: string, onclick: () => void, tip?: string): HTMLElement {
  return h('button', { class: 'secondary', onclick, title: tip, 'aria-label': tip }, text);
}
