import type { CompletionItem, CompletionParams } from 'vscode-languageserver';
import {
  configurationPlace,
  directiveAt,
  functionAround,
  isCode,
  namesInScope,
  type FileModel,
  type Kernel,
} from '../analysis';
import type { Session } from '../session';
import { configurationItems } from './completion/configuration';
import { directiveItems } from './completion/directive';
import { builtinItems, launchItems, memberItems } from './completion/names';

/** No function people write is longer; what stands further up is looked at for constants only. */
const farthest = 200_000;

/** What C++ tools do not offer in CUDA: the configuration of a launch, launches, and beside no such tool CUDA's names. */
export function completions(session: Session, { textDocument, position }: CompletionParams): CompletionItem[] {
  const document = session.document(textDocument.uri);
  if (document === undefined || !session.settings.completion.enable) return [];
  const offset = document.offsetAt(position);
  const directive = directiveAt(document.content, document.model, offset);
  if (directive) return directiveItems(directive, document.model, document.content, offset);
  const before = document.content.slice(Math.max(0, offset - farthest), offset);
  const place = configurationPlace(before);
  if (place) {
    return isCode(before, before.length)
      ? configurationItems(place, namesInScope(before), kernelNamed(document.model, place.kernel))
      : [];
  }
  const member = /\b([A-Za-z_]\w*)\.\w*$/.exec(before)?.[1];
  if (member !== undefined) return session.besideCppTools ? [] : memberItems(member);
  // A `<`, a comma or a member of something else asked.
  if (!/[A-Za-z_]\w*$/.test(before) || /(?:\.|->|::)\w*$/.test(before) || !isCode(before, before.length)) return [];
  const { inBody, device } = functionAround(before);
  return [
    ...(inBody && !device ? launchItems(document.model.kernels) : []),
    ...(session.besideCppTools ? [] : builtinItems()),
  ];
}

/** The kernel of that name, if there is one. */
function kernelNamed({ kernels }: FileModel, name: string): Kernel | undefined {
  const named = kernels.filter((kernel) => kernel.name === name || kernel.name.endsWith(`::${name}`));
  return named.length === 1 ? named[0] : undefined;
}
