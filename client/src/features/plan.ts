/** `Show Launch Plan and Last Result`: one page for each kernel, kept up to date. */
import * as vscode from 'vscode';
import { planRequest, type KernelRef, type PlanAnswer } from '../../../protocol/src/messages';
import { onKernel } from '../commands';
import type { Context } from '../context';
import { goToLine, reportError } from '../report';
import { planPage } from '../text/plan-page';

export function activate(context: Context): void {
  const refresh = (prefix: string) => {
    context.panels.refreshAll(prefix).catch((error: unknown) => reportError(context, error));
  };
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(
      'kernelLens.showPlan',
      onKernel(context, (target) => show(context, target)),
    ),
    context.results.onDidChange((target) => refresh(keyOf(target))),
    vscode.workspace.onDidSaveTextDocument((document) => refresh(keyOf({ uri: document.uri.toString(), kernel: '' }))),
  );
}

function show(context: Context, target: KernelRef): Promise<void> {
  const document = vscode.Uri.parse(target.uri);
  return context.panels.show(keyOf(target), {
    title: vscode.l10n.t('Launch plan of {0}', target.kernel),
    render: async () => {
      // The server plans for open documents only; this one may have been closed since.
      await vscode.workspace.openTextDocument(document);
      const answer = await context.server.request<KernelRef, PlanAnswer>(planRequest, target);
      const last = context.results.get(target);
      return planPage({ kernel: target.kernel, answer, ...(last && { last }) }, vscode.l10n);
    },
    onLine: (line) => goToLine(document, line),
  });
}

function keyOf({ uri, kernel }: KernelRef): string {
  return `plan ${uri} ${kernel}`;
}
