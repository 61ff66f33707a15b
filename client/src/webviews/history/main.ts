/** The page of a kernel's history: a plot over its runs, and a table of them. */
import type { HistoryRow } from '../../../../protocol/src/history';
import { bandwidth, dimensions, duration, percent } from '../../../../protocol/src/format';
import { chart, svgText, type Point } from '../lib/chart';
import { h, onData, post } from '../lib/page';
import { linearScale, rowScale } from '../lib/scale';
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
    ...(baseline ? [button(texts.unpin, () => send({ unpin: true }))] : []),
    button(texts.clear, () => send({ clear: true })),
  );
  root.replaceChildren(
    title,
    devices.length > 1 ? h('p', {}, choice) : h('p', { class: 'quiet' }, shown),
    plot.element,
    actions,
    tableOf(data, rows, baseline?.id),
    h('p', { class: 'quiet' }, texts.noise),
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
  return chart({
    title: texts.title,
    x: { title: texts.runs, scale: rowScale(rows.length), format: (index) => String(index + 1) },
    left: {
      title: texts.time,
      scale: linearScale(baseline ? [...heights, baseline.median] : heights),
      format: duration,
    },
    series: [{ name: '', points, draw: 'line', color: 'blue' }],
    ...(baseline && { lines: [{ y: baseline.median, label: `${texts.baseline} ${duration(baseline.median)}` }] }),
  });
}

function tableOf({ texts }: HistoryPageData, rows: readonly HistoryRow[], pinned: string | undefined): HTMLElement {
  const hasBaseline = rows.some(({ changes }) => changes.baseline !== undefined);
  return sortableTable(
    [
      {
        title: texts.when,
        value: ({ entry }) => entry.at,
        cell: ({ entry }) => new Date(entry.at).toLocaleString(document.documentElement.lang),
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
        cell: ({ changes }) => changeCell(changes.last, texts.first),
      },
      ...(hasBaseline
        ? [
            {
              title: texts.sinceBaseline,
              value: ({ changes }: HistoryRow) => changes.baseline?.ratio,
              cell: ({ entry, changes }: HistoryRow) =>
                entry.id === pinned ? `◆ ${texts.baseline}` : changeCell(changes.baseline, ''),
            },
          ]
        : []),
      {
        title: texts.bandwidth,
        value: ({ entry }) => entry.bytesPerSecond,
        cell: ({ entry }) => (entry.bytesPerSecond === undefined ? '' : bandwidth(entry.bytesPerSecond)),
        number: true,
      },
      { title: texts.launch, value: ({ entry }) => launchText(entry), cell: ({ entry }) => launchText(entry) },
      {
        title: texts.registers,
        value: ({ entry }) => entry.registersPerThread,
        cell: ({ entry }) => String(entry.registersPerThread ?? ''),
        number: true,
      },
      {
        title: '',
        cell: ({ entry }) =>
          entry.id === pinned ? `◆ ${texts.baseline}` : button(texts.pin, () => send({ pin: entry.id })),
      },
    ],
    rows,
    order,
  );
}

function changeCell(change: HistoryRow['changes']['last'], none: string): HTMLElement {
  if (change === undefined) return h('span', { class: 'quiet' }, none);
  const style = change.kind === 'faster' ? 'ok' : change.kind === 'slower' ? 'warning' : 'quiet';
  return h('span', { class: style, title: change.text }, change.mark ?? change.text);
}

function launchText({ launch }: HistoryRow['entry']): string {
  const { grid, block, templateArguments } = launch;
  const template = templateArguments.length > 0 ? `<${templateArguments.join(', ')}> ` : '';
  return `${template}${dimensions(grid)} × (${dimensions(block)})`;
}

function deviceName({ kind, name }: HistoryRow['entry']['device']): string {
  return kind === 'cpu' ? `CPU · ${name}` : name;
}

function button(text: string, onclick: () => void): HTMLElement {
  const element = h('button', { class: 'secondary', onclick }, text);
  element.style.marginRight = '0.6em';
  return element;
}
