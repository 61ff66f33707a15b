/** A profiled launch as HTML: the verdict, a few figures, charts, what is hot, advice, then everything. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { Advice, KernelProfile, LineCost } from '../../../../protocol/src/profile';
import { count, dimensions } from '../format';
import { memorySvg, rooflineSvg } from './charts';
import { differencesTable } from './compare';
import { element, escape, linked, sourceLink } from './markup';
import { furtherFigures, mainFigures, share, stallPhrase, verdictSentence, type Figure } from './texts';

/** Lines in the table of hot ones. */
const hotLines = 12;
/** Share of the samples below which a line is not hot. */
const coldest = 0.01;

export interface PageContent {
  readonly profile: KernelProfile;
  /** Shown first, side by side with the other. */
  readonly before?: KernelProfile;
  readonly notes: readonly string[];
}

export function pageTitle({ profile }: PageContent): string {
  return l10n.t('Profile of {0}', profile.kernel);
}

/** The page's body. */
export function pageBody({ profile, before, notes }: PageContent): string {
  const noted = notes.map((note) => element('p', { class: 'quiet' }, escape(note)));
  if (before !== undefined) {
    return [
      heading(profile),
      differencesTable(before, profile),
      element(
        'div',
        { class: 'sides' },
        element('section', {}, element('h2', {}, escape(l10n.t('Before'))), side(before)),
        element('section', {}, element('h2', {}, escape(l10n.t('After'))), side(profile)),
      ),
      ...noted,
    ].join('\n');
  }
  return [
    heading(profile),
    element('p', { class: 'verdict' }, escape(verdictSentence(profile))),
    tiles(mainFigures(profile)),
    ...noted,
    charts(profile),
    hotLineTable(profile),
    adviceList(profile.advice),
    stallBars(profile),
    section(l10n.t('Figures'), figureTable(furtherFigures(profile))),
    everything(profile),
  ].join('\n');
}

function side(profile: KernelProfile): string {
  return [
    element('p', { class: 'verdict' }, escape(verdictSentence(profile))),
    tiles(mainFigures(profile)),
    charts(profile),
    hotLineTable(profile),
    adviceList(profile.advice),
  ].join('\n');
}

export function launchText({ grid, block }: KernelProfile): string {
  return l10n.t('{0} blocks × {1} threads', dimensions(grid), dimensions(block));
}

function heading(profile: KernelProfile): string {
  const about = [launchText(profile), profile.device ?? `CC ${profile.computeCapability}`].join(' · ');
  return element(
    'header',
    {},
    element('h1', {}, escape(profile.kernel)),
    element('p', { class: 'quiet' }, escape(about)),
    element('p', { class: 'quiet' }, element('code', {}, escape(profile.name))),
  );
}

function section(title: string, ...content: readonly string[]): string {
  return element('section', {}, element('h2', {}, escape(title)), ...content);
}

function tiles(figures: readonly Figure[]): string {
  const tile = ({ name, value, detail }: Figure) =>
    element(
      'div',
      { class: 'tile' },
      element('span', { class: 'quiet' }, escape(name)),
      element('strong', {}, escape(value)),
      element('span', { class: 'quiet' }, escape(detail ?? '')),
    );
  return element('div', { class: 'tiles' }, ...figures.map(tile));
}

function charts({ roofline, memory, verdict }: KernelProfile): string {
  const drawn: string[] = [];
  if (roofline !== undefined && roofline.points.length > 0) {
    const tensorMissing =
      verdict.pipe?.name === 'tensor' && !roofline.points.some(({ precision }) => precision === 'tensor');
    const caption = tensorMissing
      ? l10n.t('The work of the tensor cores is not in this chart; a full profile counts it.')
      : l10n.t('The distance to the roof above a point is what is still to be gained at its intensity.');
    drawn.push(figure('roofline', l10n.t('Roofline'), rooflineSvg(roofline), caption));
  }
  if (memory !== undefined) {
    const caption = l10n.t('Lines are as thick as their share of the bytes or requests; a bar is how busy a unit is.');
    drawn.push(figure('memory', l10n.t('Memory chart'), memorySvg(memory), caption));
  }
  return drawn.length === 0 ? '' : element('div', { class: 'charts' }, ...drawn);
}

function figure(name: string, title: string, chart: string, caption: string): string {
  return element(
    'figure',
    { 'data-chart': name },
    element('h2', {}, escape(title)),
    chart,
    element('figcaption', { class: 'quiet' }, escape(caption)),
  );
}

/** The lines with the most samples, the hottest first. */
export function hottest(profile: KernelProfile): LineCost[] {
  return profile.lines
    .filter(({ samples }) => samples > coldest * profile.sampled)
    .sort((a, b) => b.samples - a.samples)
    .slice(0, hotLines);
}

/** Why a line costs what it costs: its main reason, and what its accesses waste. */
export function lineReason(cost: LineCost): string {
  const [main] = cost.stalls.filter(({ reason }) => reason !== 'selected' && reason !== 'not_selected');
  const parts: string[] = [];
  if (main !== undefined && main.samples > 0.25 * cost.samples) {
    parts.push(`${stallPhrase(main.reason)} (${share((100 * main.samples) / cost.samples)})`);
  }
  if (cost.excessiveSectors !== undefined && cost.sectors !== undefined) {
    parts.push(l10n.t('{0} of its sectors excessive', share((100 * cost.excessiveSectors) / cost.sectors)));
  }
  if (cost.excessiveWavefronts !== undefined && cost.sharedWavefronts !== undefined) {
    const percent = share((100 * cost.excessiveWavefronts) / cost.sharedWavefronts);
    parts.push(l10n.t('{0} of its wavefronts are bank conflicts', percent));
  }
  return parts.join('; ');
}

function hotLineTable(profile: KernelProfile): string {
  const lines = hottest(profile);
  if (lines.length === 0) return '';
  const rows = lines.map((cost) => {
    const percent = (100 * cost.samples) / profile.sampled;
    const where = `${path.basename(cost.file)}:${cost.line}`;
    return element(
      'tr',
      {},
      element('td', {}, sourceLink(where, cost.file, cost.line)),
      element('td', { class: 'number' }, escape(share(percent))),
      element('td', {}, bar(percent)),
      element(
        'td',
        {},
        element('code', {}, escape(cost.source.trim())),
        element('div', { class: 'quiet' }, escape(lineReason(cost))),
      ),
    );
  });
  const heads = [l10n.t('Line'), l10n.t('Samples'), '', l10n.t('Source, and what its warps wait for')];
  return section(l10n.t('Hot lines'), table(heads, rows, ['', 'number', '', '']));
}

/** A bar of so many percent; a picture, so that no style is needed. */
function bar(percent: number): string {
  return element(
    'svg',
    { class: 'bar', viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    element('rect', { class: 'track', x: 0, y: 0, width: 100, height: 10 }),
    element('rect', { class: 'fill', x: 0, y: 0, width: Math.min(100, Math.max(percent, 0)), height: 10 }),
  );
}

function table(heads: readonly string[], rows: readonly string[], classes: readonly string[] = []): string {
  const head = heads.map((text, index) =>
    element('th', { class: classes[index] || undefined, scope: 'col' }, escape(text)),
  );
  return element('table', {}, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...rows));
}

export function gainText({ gain }: Advice): string | undefined {
  if (gain === undefined) return undefined;
  const percent = share(gain.percent);
  return gain.scope === 'global'
    ? l10n.t('up to {0} of the time', percent)
    : l10n.t('up to {0} of this metric', percent);
}

function adviceList(advice: readonly Advice[]): string {
  if (advice.length === 0) return '';
  const items = advice.map((each) => {
    const lines = each.lines.map(({ file, line }) => sourceLink(`${path.basename(file)}:${line}`, file, line));
    const gain = gainText(each);
    return element(
      'li',
      { class: each.kind },
      gain === undefined ? undefined : element('span', { class: 'gain' }, escape(gain)),
      element('span', {}, linked(each.text)),
      element('div', { class: 'quiet' }, escape(each.rule), ...(lines.length > 0 ? [' · ', lines.join(', ')] : [])),
    );
  });
  // What promises nothing is there to be looked up.
  const promising = advice.filter(({ gain }) => gain !== undefined).length;
  const [first, rest] = [items.slice(0, promising), items.slice(promising)];
  return section(
    l10n.t("Nsight Compute's advice"),
    first.length === 0 ? '' : element('ol', { class: 'advice' }, ...first),
    rest.length === 0
      ? ''
      : element(
          'details',
          {},
          element('summary', {}, escape(l10n.t('For information ({0})', rest.length))),
          element('ul', { class: 'advice' }, ...rest),
        ),
  );
}

function stallBars({ stalls, figures }: KernelProfile): string {
  const total = figures.cyclesPerIssue ?? stalls.reduce((sum, { cycles }) => sum + cycles, 0);
  const shown = stalls.filter(({ cycles }) => cycles >= 0.01 * total).slice(0, 8);
  if (shown.length === 0) return '';
  const rows = shown.map(({ reason, cycles }) =>
    element(
      'tr',
      {},
      element('td', {}, escape(stallPhrase(reason))),
      element('td', { class: 'number' }, cycles.toFixed(1)),
      element('td', {}, bar((100 * cycles) / total)),
    ),
  );
  const heads = [l10n.t('A warp is'), l10n.t('Cycles'), ''];
  return section(l10n.t('Cycles between two instructions of a warp'), table(heads, rows, ['', 'number', '']));
}

function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, detail }) =>
    element(
      'tr',
      {},
      element('td', {}, escape(name)),
      element('td', { class: 'number' }, escape(value)),
      element('td', { class: 'quiet' }, escape(detail ?? '')),
    ),
  );
  return element('table', {}, element('tbody', {}, ...rows));
}

/** The tool's own sections, folded. */
function everything({ sections }: KernelProfile): string {
  if (sections.length === 0) return '';
  const folded = sections.map(({ name, rows }) =>
    element(
      'details',
      {},
      element('summary', {}, escape(name)),
      element(
        'table',
        {},
        element(
          'tbody',
          {},
          ...rows.map((row) =>
            element(
              'tr',
              {},
              element('td', {}, escape(row.name)),
              element('td', { class: 'number' }, escape(row.value)),
              element('td', { class: 'quiet' }, escape(row.unit)),
            ),
          ),
        ),
      ),
    ),
  );
  return section(l10n.t('All sections ({0})', count(sections.length)), ...folded);
}
