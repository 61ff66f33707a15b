/** The environment report as a page. Pure. */
import type { DoctorReport } from '../../../protocol/src';
import type { Localizer } from './format';
import { escape, heading, list, table } from './html';

/** Characters of any text font: not every machine has one for emoji. */
const marks = {
  ok: '<span class="ok">✓</span>',
  warning: '<span class="warning">!</span>',
  error: '<span class="error">✗</span>',
  absent: '<span class="quiet">–</span>',
} as const;

export function doctorPage(report: DoctorReport, l10n: Localizer): string {
  const rows = report.checks.map((check) => [marks[check.state], escape(check.name), escape(check.detail)]);
  const fixes = report.checks.flatMap((check) =>
    check.fix ? [`<b>${escape(check.name)}</b>: ${escape(check.fix)}`] : [],
  );
  return [
    heading(1, l10n.t('Environment of Kernel Lens')),
    table(rows),
    ...(fixes.length > 0 ? [heading(2, l10n.t('What to do')), list(fixes)] : []),
  ].join('\n');
}
