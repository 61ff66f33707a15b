/** What the hover of a kernel's definition tells: what the compiler made of each instantiation, and what it costs a multiprocessor. */
import type { CompiledKernel, Kernel } from '../../analysis';
import * as l10n from '@vscode/l10n';
import type { OpenDocument } from '../../documents';
import type { Session } from '../../session';
import { compiledForAll, costRemarks, costsOf, costTable } from '../cost';
import { staleText } from './resources';

/** A library may instantiate a template for every type there is. */
const mostInstantiations = 12;

/** Markdown; nothing before it was compiled. */
export function kernelHover(session: Session, document: OpenDocument, kernel: Kernel): string | undefined {
  const instantiations = compiledForAll(document, kernel);
  if (instantiations.length === 0) return undefined;
  const costs = costsOf(session, document, kernel, instantiations.slice(0, mostInstantiations));
  const left = instantiations.length - costs.length;
  return [
    `**${kernel.name}**${staleText(document)}`,
    '',
    ...costTable(costs, (compiled) => nameOf(kernel, compiled)),
    ...(left > 0 ? ['', l10n.t('and {0} more', left)] : []),
    ...costRemarks(costs).flatMap((remark) => ['', remark]),
  ].join('\n');
}

function nameOf({ name }: Kernel, { templateArguments }: CompiledKernel): string {
  return templateArguments === undefined ? name : `${name}<${templateArguments.join(', ')}>`;
}
