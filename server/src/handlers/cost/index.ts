/** Static cost in the editor: of the present text, of its last save, and for the other architectures of the settings. */
import { instantiationsOf, type CompiledKernel, type Kernel } from '../../analysis';
import type { OpenDocument } from '../../documents';
import type { Session } from '../../session';
import { aimed } from '../hover/resources';
import { costsOf, costSummary } from './text';

export { costRemarks, costTable, costsOf } from './text';

/** The title of the lens; nothing before the text was compiled or where the lens is off. */
export function costLens(session: Session, document: OpenDocument, kernel: Kernel): string | undefined {
  if (!session.settings.codeLens.cost || document.compiled.length === 0) return undefined;
  const own = (compiled: readonly CompiledKernel[]) =>
    costsOf(session, document, kernel, aimed(document, instantiationsOf(kernel, compiled)));
  const before = session.saves.before(document.uri, document.content)?.kernels ?? [];
  return costSummary(own(document.compiled), own(before));
}

/** The instantiations of a kernel for its own architecture and for those of the setting `cost.architectures`. */
export function compiledForAll(document: OpenDocument, kernel: Kernel): CompiledKernel[] {
  const own = aimed(document, instantiationsOf(kernel, document.compiled));
  const known = new Set(own.map(({ computeCapability }) => computeCapability));
  const others = instantiationsOf(kernel, document.compiledElsewhere).filter(
    ({ computeCapability }) => !known.has(computeCapability),
  );
  return [...own, ...others];
}
