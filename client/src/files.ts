import * as vscode from 'vscode';

/** Asks where to write a text; the workspace folder is proposed. */
export async function saveText(name: string, text: string): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const uri = await vscode.window.showSaveDialog(folder ? { defaultUri: vscode.Uri.joinPath(folder, name) } : {});
  if (uri) await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
}
