/**
 * From a launch to its kernel and from a kernel to its launches, which C++ tools do not know as calls. Ranges are those of the names, so
 * that VS Code recognizes what another extension found as well.
 */
import type { DefinitionParams, Location, ReferenceParams } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { kernelOf, type Kernel, type Launch, type Span } from '../analysis';
import { toRange } from '../convert';
import { uriOf, type OpenDocument } from '../documents';
import type { Session } from '../session';

export function definition(session: Session, { textDocument, position }: DefinitionParams): Location | null {
  const document = session.document(textDocument.uri);
  if (document === undefined) return null;
  const launch = launchNamed(document, document.offsetAt(position));
  const kernel = launch && kernelOf(document.model, launch);
  return kernel ? place(session, document, kernel) : null;
}

/** The launches of the kernel at the position, in every open document. */
export function references(session: Session, { textDocument, position, context }: ReferenceParams): Location[] {
  const document = session.document(textDocument.uri);
  if (document === undefined) return [];
  const offset = document.offsetAt(position);
  const launch = launchNamed(document, offset);
  const kernel = launch
    ? kernelOf(document.model, launch)
    : document.model.kernels.find(({ nameSpan }) => covers(nameSpan, offset));
  if (!kernel) return [];
  const defined = place(session, document, kernel);
  const launches = [...session.documents.values()].flatMap((other) =>
    other.model.launches
      .filter((candidate) => {
        const launched = kernelOf(other.model, candidate);
        return launched !== undefined && samePlace(place(session, other, launched), defined);
      })
      .map(({ nameSpan }): Location => ({ uri: other.uri, range: toRange(other, bareName(other.content, nameSpan)) })),
  );
  return context.includeDeclaration ? [defined, ...launches] : launches;
}

function launchNamed({ model }: OpenDocument, offset: number): Launch | undefined {
  return model.launches.find(({ nameSpan }) => covers(nameSpan, offset));
}

/** Where a kernel's name stands; it may be in an included file. */
function place(session: Session, document: OpenDocument, { nameSpan }: Kernel): Location {
  const elsewhere = session.includes.locate(nameSpan.start);
  if (elsewhere === undefined) {
    return { uri: document.uri, range: toRange(document, bareName(document.content, nameSpan)) };
  }
  const { file, text, offset } = elsewhere;
  const included = TextDocument.create('', 'cuda-cpp', 0, text);
  const { start, end } = bareName(text, { start: offset, end: offset + nameSpan.end - nameSpan.start });
  return {
    uri: session.documentOf(file)?.uri ?? uriOf(file),
    range: { start: included.positionAt(start), end: included.positionAt(end) },
  };
}

/** Of `ns::scale<float>` only `scale`, as C++ tools have it. */
function bareName(text: string, { start, end }: Span): Span {
  const name = text.slice(start, end).replace(/\s*<[\s\S]*$/, '');
  return { start: start + name.lastIndexOf(':') + 1, end: start + name.length };
}

function samePlace(a: Location, b: Location): boolean {
  const [x, y] = [a.range.start, b.range.start];
  return a.uri === b.uri && x.line === y.line && x.character === y.character;
}

function covers({ start, end }: Span, offset: number): boolean {
  return start <= offset && offset <= end;
}
