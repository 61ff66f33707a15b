/** Documents as they are opened, changed, saved and closed. */
import { OpenDocument } from '../documents';
import { describeError } from '../log';
import type { Services } from './services';

export function followDocuments(services: Services): void {
  const { connection, session, parser, diagnostics, sanitized, assemblies, watches, includes } = services;

  connection.onDidOpenTextDocument(({ textDocument: { uri, languageId, version, text } }) => {
    const replaced = session.documents.get(uri);
    if (replaced !== undefined) includes.closed(replaced);
    replaced?.dispose();
    const document = OpenDocument.open(parser, uri, languageId, version, text);
    session.documents.set(uri, document);
    diagnostics.opened(document);
    includes.opened(document);
  });

  connection.onDidChangeTextDocument(({ textDocument: { uri, version }, contentChanges }) => {
    const document = session.document(uri);
    if (document === undefined) return;
    const whole = { start: { line: 0, character: 0 }, end: document.positionAt(document.content.length) };
    const edits = contentChanges.map((change) => ({
      range: 'range' in change ? change.range : whole,
      text: change.text,
    }));
    document.change(contentChanges, version);
    sanitized.edited(document.file);
    diagnostics.changed(document, edits);
    includes.edited(document);
    services.sendMarks(uri);
  });

  connection.onDidSaveTextDocument(({ textDocument: { uri } }) => {
    const document = session.document(uri);
    if (document === undefined) return;
    diagnostics.saved(document);
    assemblies.forget();
    watches.saved(document).catch((error: unknown) => connection.console.error(`watch: ${describeError(error)}`));
  });

  connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
    const document = session.document(uri);
    if (document === undefined) return;
    session.documents.delete(uri);
    session.history.forget(uri);
    watches.closed(uri);
    diagnostics.closed(document);
    includes.closed(document);
    document.dispose();
  });
}
