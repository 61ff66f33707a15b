import { SymbolKind, type DocumentSymbol, type DocumentSymbolParams } from 'vscode-languageserver';
import { outlineOf, type Launch, type OutlineItem } from '../analysis';
import { toRange } from '../convert';
import type { OpenDocument } from '../documents';
import type { Session } from '../session';

const details: Readonly<Record<OutlineItem['kind'], string>> = {
  kernel: '__global__',
  device: '__device__',
  host: '',
  type: '',
};

/** The outline. Left to a C++ tool where one is installed, since VS Code would show both. */
export function documentSymbols(session: Session, { textDocument }: DocumentSymbolParams): DocumentSymbol[] {
  const document = session.document(textDocument.uri);
  const { outline } = session.settings;
  if (document === undefined || outline === 'off' || (outline === 'auto' && session.besideCppTools)) return [];
  return outlineOf(document.model).map((item) => ({
    name: item.name,
    detail: details[item.kind],
    kind: item.kind === 'type' ? SymbolKind.Struct : SymbolKind.Function,
    range: toRange(document, item.span),
    selectionRange: toRange(document, item.nameSpan),
    ...(item.launches.length > 0 ? { children: item.launches.map((launch) => launchSymbol(document, launch)) } : {}),
  }));
}

function launchSymbol(document: OpenDocument, { kernelName, grid, block, span, nameSpan }: Launch): DocumentSymbol {
  return {
    name: `${kernelName}<<<…>>>`,
    detail: [grid.text, block.text].join(', ').replace(/\s+/g, ' '),
    kind: SymbolKind.Event,
    range: toRange(document, span),
    selectionRange: toRange(document, nameSpan),
  };
}
