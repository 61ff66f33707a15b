/** A profile as a document that stands alone: HTML, Markdown, plain text, JSON. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { KernelProfile } from '../../../../protocol/src/profile';
import { dimensions } from '../format';
import { changeText, differences, timeSentence } from './compare';
import { escape } from './markup';
import { gainText, hottest, launchText, lineReason, pageBody, pageTitle, type PageContent } from './page';
import { profileStyle, standaloneColors } from './style';
import { furtherFigures, mainFigures, share, verdictSentence } from './texts';

export function htmlDocument(contents: readonly PageContent[]): string {
  const [first] = contents;
  // Links into the source lead nowhere outside of the editor.
  const body = contents
    .map(pageBody)
    .join('\n<hr>\n')
    .replace(/<a href="#" data-file="[^"]*" data-line="\d+">(.*?)<\/a>/g, '$1');
  return `<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(first === undefined ? '' : pageTitle(first))}</title>
<style>${standaloneColors}${profileStyle}</style>
</head>
<body>
<main class="profile">
${body}
</main>
</body>
</html>
`;
}

export function markdownDocument(content: PageContent): string {
  const { profile, before, notes } = content;
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const row = (...cells: string[]) => `| ${cells.map(cell).join(' | ')} |`;
  const lines = [
    `# ${pageTitle(content)}`,
    '',
    `${launchText(profile)} · ${profile.device ?? `CC ${profile.computeCapability}`} · \`${profile.name}\``,
    '',
    `**${verdictSentence(profile)}**`,
    '',
  ];
  if (before !== undefined) {
    lines.push(`## ${l10n.t('Differences')}`, '', timeSentence(before, profile) ?? '', '');
    lines.push(row(l10n.t('Figure'), l10n.t('Before'), l10n.t('After'), l10n.t('Change')), '|---|--:|--:|--:|');
    for (const each of differences(before, profile)) {
      lines.push(row(each.name, each.before, each.after, changeText(each.change)));
    }
    lines.push('');
  }
  lines.push(row(l10n.t('Figure'), l10n.t('Value'), ''), '|---|--:|---|');
  for (const { name, value, detail } of [...mainFigures(profile), ...furtherFigures(profile)]) {
    lines.push(row(name, value, detail ?? ''));
  }
  const hot = hottest(profile);
  if (hot.length > 0) {
    lines.push(
      '',
      `## ${l10n.t('Hot lines')}`,
      '',
      row(l10n.t('Line'), l10n.t('Samples'), l10n.t('Source'), ''),
      '|---|--:|---|---|',
    );
    for (const cost of hot) {
      const source = `\`${cost.source.trim().replaceAll('`', "'")}\``;
      const where = `${path.basename(cost.file)}:${cost.line}`;
      lines.push(row(where, share((100 * cost.samples) / profile.sampled), source, lineReason(cost)));
    }
  }
  if (profile.advice.length > 0) {
    lines.push('', `## ${l10n.t("Nsight Compute's advice")}`, '');
    for (const advice of profile.advice) {
      const gain = gainText(advice);
      const places = advice.lines.map(({ file, line }) => `${path.basename(file)}:${line}`).join(', ');
      lines.push(
        `1. ${gain === undefined ? '' : `**${gain}** · `}${advice.text}${places === '' ? '' : ` (${places})`}`,
      );
    }
  }
  lines.push(...notes.map((note) => `\n${note}`), '');
  return lines.join('\n');
}

export function jsonDocument({ profile, before, notes }: PageContent): string {
  const of = (kernel: KernelProfile) => ({ summary: verdictSentence(kernel), ...kernel });
  const value = before === undefined ? of(profile) : { before: of(before), after: of(profile) };
  return `${JSON.stringify({ ...value, notes }, null, 2)}\n`;
}

/** For the terminal. */
export function textDocument({ profile, notes }: PageContent): string {
  const shown = [...mainFigures(profile), ...furtherFigures(profile)];
  const width = Math.max(...shown.map(({ name }) => name.length));
  const lines = [
    `${profile.kernel}  ${dimensions(profile.grid)} × ${dimensions(profile.block)}${profile.device === undefined ? '' : `  ${profile.device}`}`,
    `  ${verdictSentence(profile)}`,
    ...shown.map(
      ({ name, value, detail }) => `  ${name.padEnd(width)}  ${value}${detail === undefined ? '' : `  (${detail})`}`,
    ),
  ];
  const hot = hottest(profile);
  if (hot.length > 0) lines.push('  hot lines');
  for (const cost of hot) {
    lines.push(
      `    ${share((100 * cost.samples) / profile.sampled).padStart(6)}  ${cost.file}:${cost.line}  ${cost.source.trim()}`,
    );
    const reason = lineReason(cost);
    if (reason !== '') lines.push(`            ${reason}`);
  }
  const worth = profile.advice.filter(({ kind, gain }) => kind !== 'information' && gain !== undefined);
  if (worth.length > 0) lines.push('  advice');
  for (const advice of worth) {
    const [first = ''] = advice.text.split(/(?<=\.)\s+(?=[A-Z])/);
    lines.push(`    ${gainText(advice) ?? ''}: ${first}`);
  }
  lines.push(...notes.map((note) => `  ${note}`));
  return `${lines.join('\n')}\n`;
}
