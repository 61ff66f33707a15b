/** The lines of a profile as the editor marks them. */
import * as l10n from '@vscode/l10n';
import type { KernelProfile, LineCost, ProfileHeat } from '../../../../protocol/src/profile';
import { count } from '../format';
import { lineReason } from './page';
import { share, stallPhrase } from './texts';

/** Share of the samples below which a line without any waste is left alone. */
const lukewarm = 0.005;

export function heatOf(profile: KernelProfile, index: number): ProfileHeat[] {
  const files = new Map<string, ProfileHeat['lines'][number][]>();
  for (const cost of profile.lines) {
    const part = profile.sampled === 0 ? 0 : cost.samples / profile.sampled;
    const wasteful = (cost.excessiveSectors ?? 0) > 0 || (cost.excessiveWavefronts ?? 0) > 0;
    if (part < lukewarm && !wasteful) continue;
    const lines = files.get(cost.file) ?? [];
    lines.push({ line: cost.line - 1, share: part, text: share(100 * part), hover: hoverOf(cost, part, profile) });
    files.set(cost.file, lines);
  }
  return [...files].map(([file, lines]) => ({ file, index, lines }));
}

function hoverOf(cost: LineCost, part: number, profile: KernelProfile): string {
  const title = l10n.t('{0} of the samples of {1}', share(100 * part), profile.kernel);
  const rows = cost.stalls
    .slice(0, 5)
    .map(({ reason, samples }) => `| ${stallPhrase(reason)} | ${unbroken(share((100 * samples) / cost.samples))} |`);
  const waste = lineReason({ ...cost, stalls: [] });
  const facts = [
    l10n.t('{0} instructions of warps', count(cost.instructions)),
    cost.divergentBranches === undefined ? '' : l10n.t('{0} divergent branches', count(cost.divergentBranches)),
  ].filter((text) => text !== '');
  const reasons = rows.length === 0 ? [] : [`| ${l10n.t('A warp is')} | |`, '|:--|--:|', ...rows, ''];
  // What can be mended comes before what there is to wait for.
  const mend = waste === '' ? [] : [`⚠ ${waste}`, ''];
  return [`**${title}**`, '', ...mend, ...reasons, ...facts.map((fact) => `- ${fact}`)].join('\n');
}

/** A column of a hover is as narrow as its shortest word. */
function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}
