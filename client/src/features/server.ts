/** The server's life: restart it, read its output, tell it that the folder is trusted now. */
import * as vscode from 'vscode';
import { trustGrantedNotification } from '../../../protocol/src/messages';
import type { Context } from '../context';

export function activate({ extension, server, output }: Context): void {
  extension.subscriptions.push(
    vscode.commands.registerCommand('kernelLens.restartServer', () => server.restart()),
    vscode.commands.registerCommand('kernelLens.showOutput', () => output.show(true)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => server.notify(trustGrantedNotification)),
  );
}
