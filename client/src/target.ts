/** What a command is about: its arguments, else the editor and the cursor, else the user's choice. */
import * as vscode from 'vscode';
import { runnablesRequest, type KernelRef, type Runnables, type RunnablesParams } from '../../protocol/src/messages';
import type { Context } from './context';
import { isCuda } from './selector';

/** Commands are called from a code lens with `(uri, kernel)` in text, from menus with a `Uri`, from the palette with nothing. */
export type CommandArguments = readonly unknown[];

/** The CUDA document a command is about, open so that the server knows its text; says why when there is none. */
export async function targetDocument(args: CommandArguments): Promise<vscode.TextDocument | undefined> {
  const [first] = args;
  const uri = typeof first === 'string' ? vscode.Uri.parse(first) : first instanceof vscode.Uri ? first : undefined;
  const document = uri ? await vscode.workspace.openTextDocument(uri) : vscode.window.activeTextEditor?.document;
  if (document && isCuda(document)) return document;
  void vscode.window.showInformationMessage(vscode.l10n.t('Open a CUDA file (.cu) first.'));
  return undefined;
}

export async function targetKernel(context: Context, args: CommandArguments): Promise<KernelRef | undefined> {
  const document = await targetDocument(args);
  if (!document) return undefined;
  const uri = document.uri.toString();
  if (typeof args[1] === 'string') return { uri, kernel: args[1] };

  const { kernels } = await context.server.request<RunnablesParams, Runnables>(runnablesRequest, { uri });
  const [first] = kernels;
  if (!first) {
    void vscode.window.showInformationMessage(vscode.l10n.t('There is no kernel in this file.'));
    return undefined;
  }
  const editor = vscode.window.activeTextEditor;
  const cursor = editor?.document === document ? editor.selection.active.line : -1;
  const here = kernels.find((kernel) => kernel.firstLine <= cursor && cursor <= kernel.lastLine);
  const chosen = here ?? (kernels.length === 1 ? first : await choose(kernels));
  return chosen && { uri, kernel: chosen.kernel };
}

async function choose(kernels: Runnables['kernels']) {
  const items = kernels.map((kernel) => ({
    label: kernel.kernel,
    description: vscode.l10n.t('line {0}', kernel.line + 1),
    kernel,
  }));
  const choice = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which kernel?') });
  return choice?.kernel;
}

/** Nothing is built or run for a folder that is not trusted. */
export async function ensureTrusted(): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = vscode.l10n.t('Manage Trust');
  const message = vscode.l10n.t('Kernels run in trusted folders only.');
  if ((await vscode.window.showWarningMessage(message, manage)) === manage) {
    await vscode.commands.executeCommand('workbench.trust.manage');
  }
  return false;
}
