/** What the compiler made of kernels, in a line. */
import * as l10n from '@vscode/l10n';
import type { CompiledKernel } from '../../analysis';
import type { OpenDocument } from '../../documents';
import { bytes } from '../format';

/** Those of the architecture that the file is compiled for, else all. */
export function aimed(document: OpenDocument, compiled: readonly CompiledKernel[]): CompiledKernel[] {
  const own = compiled.filter(({ computeCapability }) => computeCapability === document.target.computeCapability);
  return own.length > 0 ? own : [...compiled];
}

/** `24 registers · 1.00 KiB static shared memory · no spills (sm_90)`; of several, from the least to the most. */
export function resourcesText(instantiations: readonly CompiledKernel[]): string {
  const parts = [l10n.t('{0} registers', range(instantiations.map(({ registers }) => registers)))];
  const shared = instantiations.map(({ staticShared }) => staticShared);
  if (Math.max(...shared) > 0) parts.push(l10n.t('{0} static shared memory', range(shared, bytes)));
  const spilled = instantiations.map(({ spillStores, spillLoads }) => spillStores + spillLoads);
  parts.push(Math.max(...spilled) > 0 ? `⚠ ${l10n.t('{0} spilled', range(spilled, bytes))}` : l10n.t('no spills'));
  const architectures = [...new Set(instantiations.map(({ computeCapability }) => `sm_${computeCapability}`))];
  return `${parts.join(' · ')} (${architectures.join(', ')})`;
}

/** What stands behind numbers that an older text gave. */
export function staleText(document: OpenDocument): string {
  return document.compiledNow ? '' : ` · ${l10n.t('before the last edit')}`;
}

/** `24` or `24–40`. */
export function range(values: readonly number[], format: (value: number) => string = String): string {
  const [least, most] = [format(Math.min(...values)), format(Math.max(...values))];
  return least === most ? least : `${least}–${most}`;
}
