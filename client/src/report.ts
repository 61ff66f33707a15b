/** Failures as notifications: short, with what can be done about them beside. */
import * as vscode from 'vscode';
import { LSPErrorCodes, ResponseError } from 'vscode-languageclient/node';
import type { RunFailure, SourceLocation } from '../../protocol/src';
import type { Context } from './context';
import { failureReport } from './text/failure';

export async function reportFailure(
  context: Context,
  subject: string,
  document: vscode.Uri,
  failure: RunFailure,
): Promise<void> {
  if (failure.status === 'cancelled') {
    vscode.window.setStatusBarMessage(vscode.l10n.t('{0}: cancelled', subject), 5000);
    return;
  }
  const { message, location, setting } = failureReport(subject, failure);
  const goToLine = vscode.l10n.t('Go to Line');
  const openSettings = vscode.l10n.t('Open Settings');
  const showOutput = vscode.l10n.t('Show Output');
  const actions = [...(location ? [goToLine] : []), ...(setting ? [openSettings] : []), showOutput];
  const choice = await vscode.window.showErrorMessage(message, ...actions);
  if (choice === goToLine && location) await openLocation(document, location);
  if (choice === openSettings && setting) await openSetting(setting);
  if (choice === showOutput) context.output.show(true);
}

/** For errors that no answer describes: the server is gone, or there is a bug. */
export function reportError(context: Context, error: unknown): void {
  if (error instanceof ResponseError && error.code === LSPErrorCodes.RequestCancelled) return;
  const detail = error instanceof Error ? error.message : String(error);
  const showLog = vscode.l10n.t('Show Log');
  void vscode.window.showErrorMessage(vscode.l10n.t('Kernel Lens: {0}', detail), showLog).then((choice) => {
    if (choice === showLog) context.server.showLog();
  });
}

export async function openSetting(setting: string): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openSettings', setting);
}

async function openLocation(document: vscode.Uri, location: SourceLocation): Promise<void> {
  // A document that was never saved has a place only in its own editor.
  const own = location.file === document.fsPath || document.scheme !== 'file';
  await goToLine(own ? document : vscode.Uri.file(location.file), location.line, location.column);
}

/** Lines and columns are 1-based. An editor that shows the document already is taken. */
export async function goToLine(uri: vscode.Uri, line: number, column = 1): Promise<void> {
  const position = new vscode.Position(Math.max(0, line - 1), Math.max(0, column - 1));
  const shown = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === uri.toString());
  await vscode.window.showTextDocument(uri, {
    selection: new vscode.Range(position, position),
    ...(shown?.viewColumn !== undefined && { viewColumn: shown.viewColumn }),
  });
}
