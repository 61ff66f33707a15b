/** What a run tells about its answers, as lens and hover show it. */
import * as l10n from '@vscode/l10n';
import type { ComparedBuffer, Comparison, Finding, KernelRun } from '../../../protocol/src';
import { isDoubtful } from '../../../protocol/src';
import { errorText } from '../runner';
import { count } from './format';

type Answers = Pick<KernelRun, 'findings' | 'comparison'>;

/** A run's summary with what is wrong with its answers before it, and that a check passed behind it. */
export function withAnswer(summary: string, run: Answers): string {
  const { comparison } = run;
  const isWrong = isDoubtful(run) || (run.findings?.length ?? 0) > 0;
  const wrong = isWrong ? `⚠ ${wrongText(run)} · ` : '';
  if (comparison?.status === 'notCompared') return `${wrong}${summary} · ${l10n.t('answer not checked')}`;
  if (!comparison?.passed) return `${wrong}${summary}`;
  return `${wrong}${summary} · ✓ ${comparison.error === 0 ? l10n.t('equal') : errorText(comparison.error)}`;
}

/** The one thing that matters most; the hover has the rest. */
function wrongText({ findings = [], comparison }: Answers): string {
  if (comparison?.status === 'compared' && !comparison.passed) {
    const first = comparison.buffers.find(({ differing }) => differing > 0)?.first;
    return first === undefined ? l10n.t('wrong answer') : l10n.t('differs at {0}', first.element);
  }
  const finding = findings[0];
  return finding === undefined ? '' : findingText(finding);
}

function findingText(finding: Finding): string {
  switch (finding.kind) {
    case 'outOfBounds':
      return finding.side === 'after'
        ? l10n.t('writes past the end of {0}', finding.buffer)
        : l10n.t('writes before the start of {0}', finding.buffer);
    case 'inputChanged':
      return l10n.t('changes its input {0}', finding.buffer);
    case 'notFinite':
      return finding.nan > 0 ? l10n.t('NaN in {0}', finding.buffer) : l10n.t('infinity in {0}', finding.buffer);
  }
}

/** Markdown: the findings, then the comparison with a row for each buffer. Empty where there is nothing to say. */
export function answerHover({ findings = [], comparison }: Answers): string[] {
  const lines = findings.map(({ message }) => `⚠ ${message}`);
  if (comparison !== undefined) lines.push(...comparisonHover(comparison));
  return lines.flatMap((line) => [line, '']);
}

function comparisonHover(comparison: Comparison): string[] {
  if (comparison.status === 'notCompared') return [comparison.message];
  const head = [l10n.t('Buffer'), l10n.t('Differing'), l10n.t('Largest error'), l10n.t('Absolute'), l10n.t('Relative')];
  const rows = [head, head.map(() => '---'), ...comparison.buffers.map(bufferCells)];
  const table = rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
  return [`${comparison.passed ? '✓' : '✗'} ${comparison.message}`, table];
}

function bufferCells(buffer: ComparedBuffer): string[] {
  const at = (place: ComparedBuffer['absolute']) =>
    place === undefined ? '0' : `${errorText(place.value)} (${place.element})`;
  const nan =
    buffer.nanGot + buffer.nanExpected === 0 ? '' : `, NaN ${count(buffer.nanGot)}/${count(buffer.nanExpected)}`;
  return [
    `\`${buffer.name}\``,
    `${count(buffer.differing)} / ${count(buffer.scalars)}${nan}`,
    errorText(buffer.error),
    at(buffer.absolute),
    at(buffer.relative),
  ];
}
