/** What the hover of a kernel's definition tells: what the compiler made of each instantiation. */
import * as l10n from '@vscode/l10n';
import { instantiationsOf, type CompiledKernel, type Kernel } from '../../analysis';
import type { OpenDocument } from '../../documents';
import { aimed, resourcesText, staleText } from './resources';

/** A library may instantiate a template for every type there is. */
const mostRows = 12;

/** Markdown; nothing before it was compiled. */
export function kernelHover(document: OpenDocument, kernel: Kernel): string | undefined {
  const instantiations = aimed(document, instantiationsOf(kernel, document.compiled));
  if (instantiations.length === 0) return undefined;
  const rows = instantiations
    .slice(0, mostRows)
    .map((instantiation) => `| \`${nameOf(kernel, instantiation)}\` | ${resourcesText([instantiation])} |`);
  const left = instantiations.length - rows.length;
  return [
    `**${kernel.name}**${staleText(document)}`,
    '',
    '| | |',
    '|---|---|',
    ...rows,
    ...(left > 0 ? ['', l10n.t('and {0} more', left)] : []),
  ].join('\n');
}

function nameOf({ name }: Kernel, { templateArguments }: CompiledKernel): string {
  return templateArguments === undefined ? name : `${name}<${templateArguments.join(', ')}>`;
}
