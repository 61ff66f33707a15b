/** Why there is no profile, what to do, and what is known all the same. Pure. */
import { bytes, duration, percent } from '../../../protocol/src/format';
import type { ProfileFailure } from '../../../protocol/src/profile';
import { escape, heading, list, output, table } from './html';

interface Localizer {
  t(message: string, ...values: (string | number)[]): string;
}

export function profileFailurePage(subject: string, failure: ProfileFailure, l10n: Localizer): string {
  const { message, steps = [], run, facts = [] } = failure;
  const parts = [heading(1, l10n.t('Profile of {0}', subject)), `<p>${escape(message)}</p>`];
  if (steps.length > 0) {
    parts.push(heading(2, l10n.t('What to do')), list(steps.map(withCode)));
  }
  if (run?.status === 'ok') {
    const rows = [
      [l10n.t('Device'), run.device.name],
      [l10n.t('Duration'), `${duration(run.time.median)} ±${percent(run.time.relativeError)}`],
    ];
    if (run.resources) {
      rows.push([l10n.t('Registers a thread'), String(run.resources.registersPerThread)]);
      rows.push([l10n.t('Static shared memory'), bytes(run.resources.staticSharedBytes)]);
    }
    if (run.occupancy) {
      const { ratio, limiter } = run.occupancy;
      rows.push([l10n.t('Theoretical occupancy'), `${percent(ratio)}${ratio < 1 ? ` (${limiter})` : ''}`]);
    }
    parts.push(heading(2, l10n.t('Known without counters')), table(rows.map((row) => row.map(escape))));
  } else if (run) parts.push(`<p>${escape(run.message)}</p>`);
  if (facts.length > 0) {
    parts.push(
      heading(2, l10n.t('Known from the compiler')),
      table(facts.map(({ label, value }) => [escape(label), escape(value)])),
    );
  }
  if (failure.output) parts.push(heading(2, l10n.t('Output')), output(failure.output));
  return parts.join('\n');
}

/** What stands between backticks is to be typed as it is. */
function withCode(text: string): string {
  return escape(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}
