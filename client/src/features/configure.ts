/** `Configure`: the plan of a kernel as a directive above it, ready to edit. */
import * as vscode from 'vscode';
import { configureRequest, type ConfigureAnswer } from '../../../protocol/src/launch-choice';
import type { KernelRef } from '../../../protocol/src/messages';
import { onKernel } from '../commands';
import type { Context } from '../context';

/** `name=value`; the value may be a call with arguments of its own. */
const item = /[^,\s(]+(\((?:[^()]|\([^()]*\))*\))?/;

export function activate(context: Context): void {
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(
      'kernelLens.configureLaunch',
      onKernel(context, (target) => configure(context, target)),
    ),
  );
}

async function configure(context: Context, target: KernelRef): Promise<void> {
  const answer = await context.server.request<KernelRef, ConfigureAnswer>(configureRequest, target);
  if ('message' in answer) {
    void vscode.window.showErrorMessage(answer.message);
    return;
  }
  const editor = await vscode.window.showTextDocument(vscode.Uri.parse(target.uri));
  if ('insert' in answer) {
    const { line, insert } = answer;
    await editor.edit((edit) => edit.insert(new vscode.Position(line, 0), insert));
  }
  const { line, character } = answer.cursor;
  const position = new vscode.Position(line, character);
  const word = 'insert' in answer ? editor.document.getWordRangeAtPosition(position, item) : undefined;
  editor.selection = new vscode.Selection(position, word?.end ?? position);
  editor.revealRange(new vscode.Range(position, position), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
