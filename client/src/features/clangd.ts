/** `Write .clangd`: clangd's configuration for a project that nvcc compiles. Never over a file that is there. */
import * as vscode from 'vscode';
import { clangdConfigRequest, type ClangdConfigAnswer, type ClangdConfigParams } from '../../../protocol/src/messages';
import { whereTrusted } from '../commands';
import type { Context } from '../context';

export function activate(context: Context): void {
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(
      'kernelLens.writeClangdConfig',
      whereTrusted(context, () => writeClangdConfig(context)),
    ),
  );
}

async function writeClangdConfig(context: Context): Promise<void> {
  const folder = await targetFolder();
  if (!folder) return;
  const stubFolder = vscode.Uri.joinPath(context.extension.globalStorageUri, 'clangd');
  const answer = await context.server.request<ClangdConfigParams, ClangdConfigAnswer>(clangdConfigRequest, {
    folder: folder.uri.toString(),
    stubFolder: stubFolder.fsPath,
  });
  if ('message' in answer) {
    void vscode.window.showErrorMessage(answer.message);
    return;
  }
  await writeStubs(stubFolder, answer.stubs);

  const target = vscode.Uri.joinPath(folder.uri, '.clangd');
  if (await exists(target)) {
    await offerBoth(folder, target, answer.text);
    return;
  }
  // Refuses to overwrite, should a file have come meanwhile.
  const edit = new vscode.WorkspaceEdit();
  edit.createFile(target, { overwrite: false, contents: Buffer.from(answer.text) });
  if (!(await vscode.workspace.applyEdit(edit))) {
    await offerBoth(folder, target, answer.text);
    return;
  }
  await vscode.window.showTextDocument(target);
  void vscode.window.showInformationMessage(
    vscode.l10n.t('.clangd is written. clangd takes it up for files that are opened from now on.'),
  );
}

async function targetFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const { workspaceFolders: folders = [] } = vscode.workspace;
  const active = vscode.window.activeTextEditor?.document.uri;
  const around = active && vscode.workspace.getWorkspaceFolder(active);
  if (around) return around;
  if (folders.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('Open a folder first: .clangd belongs into a project.'));
  }
  if (folders.length < 2) return folders[0];
  return vscode.window.showWorkspaceFolderPick({ placeHolder: vscode.l10n.t('Which folder gets the .clangd?') });
}

/** What is there stays; ours can be looked at and copied from. */
async function offerBoth(folder: vscode.WorkspaceFolder, target: vscode.Uri, text: string): Promise<void> {
  const open = vscode.l10n.t('Open It');
  const ours = vscode.l10n.t('Show What Kernel Lens Would Write');
  const message = vscode.l10n.t('There is a .clangd in {0} already; Kernel Lens does not change it.', folder.name);
  const choice = await vscode.window.showInformationMessage(message, open, ours);
  if (choice === open) await vscode.window.showTextDocument(target);
  if (choice !== ours) return;
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'yaml', content: text }));
}

async function writeStubs(folder: vscode.Uri, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await vscode.workspace.fs.createDirectory(folder);
  for (const name of names) await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(folder, name), new Uint8Array());
}

async function exists(file: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(file).then(
    () => true,
    () => false,
  );
}
