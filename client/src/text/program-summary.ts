/** What the kernels of a whole program took, as aligned text for the output. Pure. */
import type { ProgramRun } from '../../../protocol/src';
import { bytes, dimensions, duration, percent } from '../../../protocol/src/format';
import { managedMemory } from '../../../protocol/src/trace-managed';
import { count, type Localizer } from './format';

export function programSummary(run: ProgramRun, l10n: Localizer): string {
  const device = run.device.kind === 'gpu' ? run.device.name : `CPU · ${run.device.name}`;
  const lines = [l10n.t('Exit code {0} · {1} · {2}', run.exitCode, duration(run.wallTime * 1000), device)];
  if (run.trace) {
    lines.push(l10n.t('GPU busy {0} of {1}', percent(run.trace.busy / run.trace.span), duration(run.trace.span)));
  }
  const managed = run.trace && managedMemory(run.trace.totals);
  if (managed) {
    const moved = [bytes(managed.toDevice), bytes(managed.toHost)];
    const faults = [count(managed.onDevice), count(managed.onHost)];
    lines.push(
      l10n.t(
        'Managed memory: {0} to the GPU, {1} to the host, {2} page faults on the GPU, {3} on the host',
        ...moved,
        ...faults,
      ),
    );
  }
  if (run.kernels.length > 0) {
    const headings = [
      l10n.t('Kernel'),
      l10n.t('Launches'),
      l10n.t('Total'),
      l10n.t('Average'),
      l10n.t('Grid'),
      l10n.t('Block'),
    ];
    const rows = [...run.kernels]
      .sort((a, b) => b.total - a.total)
      .map((kernel) => [
        kernel.name,
        count(kernel.launches),
        duration(kernel.total),
        duration(kernel.total / kernel.launches),
        dimensions(kernel.grid),
        dimensions(kernel.block),
      ]);
    lines.push('', ...columns([headings, ...rows]));
  }
  for (const note of run.notes) lines.push('', note);
  return lines.join('\n');
}

/** The first column is aligned left, numbers to the right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const padding = ' '.repeat((widths[column] ?? 0) - width(cell));
        return column === 0 ? cell + padding : padding + cell;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Hangul and Han take two cells in a monospaced font. */
function width(text: string): number {
  return [...text].reduce(
    (sum, character) => sum + (/[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7a3\uff00-\uff60]/.test(character) ? 2 : 1),
    0,
  );
}
