/** Results after the launch line, with details in the hover. */
import * as vscode from 'vscode';
import { resultsNotification, type ResultMark, type ResultsParams } from '../../../protocol/src/messages';
import type { Context } from '../context';
import { moveMarks } from '../text/marks';

const colors: Record<ResultMark['state'], string> = {
  ok: 'kernelLens.resultForeground',
  failed: 'kernelLens.failedForeground',
  stale: 'kernelLens.staleForeground',
};
const states = Object.keys(colors) as ResultMark['state'][];

export function activate(context: Context): void {
  const types = new Map(states.map((state) => [state, decorationType(state)]));
  const marksByUri = new Map<string, readonly ResultMark[]>();

  const draw = (editor: vscode.TextEditor) => {
    const marks = marksByUri.get(editor.document.uri.toString()) ?? [];
    for (const [state, type] of types) {
      const ofState = marks.filter((mark) => mark.state === state && mark.line < editor.document.lineCount);
      editor.setDecorations(
        type,
        ofState.map((mark) => decoration(editor.document, mark)),
      );
    }
  };
  const drawAll = (uri: string) => {
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document.uri.toString() === uri) draw(editor);
    }
  };

  context.extension.subscriptions.push(
    ...types.values(),
    context.server.on<ResultsParams>(resultsNotification, ({ uri, marks }) => {
      // The server's spelling of a URI may differ from ours (`%3A`).
      const key = vscode.Uri.parse(uri).toString();
      marksByUri.set(key, marks);
      drawAll(key);
    }),
    vscode.window.onDidChangeVisibleTextEditors((editors) => editors.forEach(draw)),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      const key = document.uri.toString();
      const marks = marksByUri.get(key);
      if (!marks || contentChanges.length === 0) return;
      // VS Code lists the changes from the end of the document to its start, so that each one's lines still hold.
      const moved = contentChanges.reduce(
        (current, { range, text }) =>
          moveMarks(current, {
            startLine: range.start.line,
            startCharacter: range.start.character,
            endLine: range.end.line,
            text,
          }),
        marks,
      );
      marksByUri.set(key, moved);
      drawAll(key);
    }),
    vscode.workspace.onDidCloseTextDocument((document) => marksByUri.delete(document.uri.toString())),
    context.server.onStopped(() => {
      const uris = [...marksByUri.keys()];
      marksByUri.clear();
      uris.forEach(drawAll);
    }),
  );
}

function decorationType(state: ResultMark['state']): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    after: { color: new vscode.ThemeColor(colors[state]), margin: '0 0 0 2em', fontStyle: 'italic' },
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedOpen,
  });
}

function decoration(document: vscode.TextDocument, mark: ResultMark): vscode.DecorationOptions {
  const { end } = document.lineAt(mark.line).range;
  const hoverMessage = new vscode.MarkdownString(mark.hover, true);
  hoverMessage.isTrusted = { enabledCommands: ['kernelLens.showTimeline'] };
  return {
    range: new vscode.Range(end, end),
    hoverMessage,
    renderOptions: { after: { contentText: mark.text } },
  };
}
