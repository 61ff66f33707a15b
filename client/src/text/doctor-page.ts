/** The environment report as a markdown page. Pure. */
import type { DoctorReport } from '../../../protocol/src';
import { plain, type Localizer } from './format';

const marks = { ok: '✅', warning: '⚠️', error: '❌', absent: '➖' } as const;

export function doctorPage(report: DoctorReport, l10n: Localizer): string {
  const rows = report.checks.map(
    (check) => `| ${marks[check.state]} | ${plain(check.name)} | ${plain(check.detail)} |`,
  );
  const fixes = report.checks.flatMap((check) =>
    check.fix ? [`- **${plain(check.name)}**: ${plain(check.fix)}`] : [],
  );
  const sections = [
    `# ${l10n.t('Environment of Kernel Lens')}`,
    [`| | ${l10n.t('What')} | ${l10n.t('Found')} |`, '| --- | --- | --- |', ...rows].join('\n'),
  ];
  if (fixes.length > 0) sections.push(`## ${l10n.t('What to do')}`, fixes.join('\n'));
  return `${sections.join('\n\n')}\n`;
}
