/** Two launches against each other: what differs the most comes first. Pure but for the words. */
import * as l10n from '@vscode/l10n';
import type { KernelProfile } from '../../../../protocol/src/profile';
import { element, escape } from './markup';
import { furtherFigures, mainFigures, type Figure } from './texts';

/** Relative change from which on a figure counts as different; below it lies what two runs differ by anyway. */
const noticeable = 0.01;

export interface Difference {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  /** after ÷ before − 1; infinite where there was nothing. */
  readonly change: number;
  readonly verdict: 'better' | 'worse' | 'different';
}

export function differences(before: KernelProfile, after: KernelProfile): Difference[] {
  const figures = (profile: KernelProfile) => [...mainFigures(profile), ...furtherFigures(profile)];
  const old = new Map(figures(before).map((figure) => [figure.key, figure]));
  return figures(after)
    .flatMap((figure) => {
      const known = old.get(figure.key);
      return known === undefined ? [] : [difference(known, figure)];
    })
    .filter(({ change }) => Math.abs(change) >= noticeable)
    .sort((a, b) => rank(b) - rank(a));
}

function difference(before: Figure, after: Figure): Difference {
  const [from, to] = [before.number ?? 0, after.number ?? 0];
  const change = from === to ? 0 : from === 0 ? Infinity : to / from - 1;
  const better = after.better === undefined ? undefined : after.better === 'more' ? to > from : to < from;
  return {
    name: after.name,
    before: before.value,
    after: after.value,
    change,
    verdict: better === undefined ? 'different' : better ? 'better' : 'worse',
  };
}

/** Halving weighs as much as doubling. */
function rank({ change }: Difference): number {
  return Math.abs(Math.log(Math.max(1 + change, 1e-9)));
}

export function changeText(change: number): string {
  if (!Number.isFinite(change)) return l10n.t('from nothing');
  if (change >= 1) return `× ${(1 + change).toFixed(1)}`;
  return `${change > 0 ? '+' : '−'}${Math.abs(100 * change).toFixed(Math.abs(change) < 0.1 ? 1 : 0)} %`;
}

/** The time in one sentence. */
export function timeSentence(before: KernelProfile, after: KernelProfile): string | undefined {
  const [from, to] = [before.figures.duration, after.figures.duration];
  if (from === undefined || to === undefined || from === 0 || to === 0) return undefined;
  if (Math.abs(to / from - 1) < noticeable) return l10n.t('Both take the same time.');
  return to < from
    ? l10n.t('{0} times as fast as before.', (from / to).toFixed(2))
    : l10n.t('{0} times as slow as before.', (to / from).toFixed(2));
}

export function differencesTable(before: KernelProfile, after: KernelProfile): string {
  const found = differences(before, after);
  const sentence = timeSentence(before, after);
  const rows = found.map(({ name, before: from, after: to, change, verdict }) =>
    element(
      'tr',
      { class: verdict },
      element('td', {}, escape(name)),
      element('td', { class: 'number' }, escape(from)),
      element('td', { class: 'number' }, escape(to)),
      element('td', { class: 'number change' }, escape(`${marks[verdict]} ${changeText(change)}`)),
    ),
  );
  const heads = [l10n.t('Figure'), l10n.t('Before'), l10n.t('After'), l10n.t('Change')].map((text, index) =>
    element('th', { scope: 'col', class: index === 0 ? undefined : 'number' }, escape(text)),
  );
  return [
    sentence === undefined ? '' : element('p', { class: 'verdict' }, escape(sentence)),
    element('h2', {}, escape(l10n.t('Differences'))),
    found.length === 0
      ? element('p', {}, escape(l10n.t('No figure differs by a percent or more.')))
      : element('table', {}, element('thead', {}, element('tr', {}, ...heads)), element('tbody', {}, ...rows)),
  ].join('\n');
}

/** Better and worse are told without colour, too. */
const marks = { better: '✓', worse: '✗', different: '' } as const;
