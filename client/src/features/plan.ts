/** `Show Launch Plan and Last Result`: one page for each kernel, kept up to date. */
import * as vscode from 'vscode';
import { planRequest, type KernelRef, type PlanAnswer } from '../../../protocol/src/messages';
import { onKernel } from '../commands';
import type { Context } from '../context';
import type { PanelContent } from '../panels';
import { goToLine, reportError } from '../report';
import { kernelOf } from '../restoring';
import { planPage } from '../text/plan-page';

/** After the last keystroke. */
const pauseMs = 300;

export function activate(context: Context): void {
  const refresh = (prefix: string) => {
    context.panels.refreshAll(prefix).catch((error: unknown) => reportError(context, error));
  };
  context.panels.onRestore('plan', (state) => {
    const target = kernelOf(state);
    return Promise.resolve(target && { key: keyOf(target), content: contentOf(context, target) });
  });
  let timer: NodeJS.Timeout | undefined;
  // A directive is edited beside the plan that comes of it.
  const refreshSoon = (prefix: string) => {
    clearTimeout(timer);
    timer = setTimeout(() => refresh(prefix), pauseMs);
  };
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(
      'kernelLens.showPlan',
      onKernel(context, (target) => show(context, target)),
    ),
    context.results.onDidChange((target) => refresh(keyOf(target))),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0) refreshSoon(keyOf({ uri: document.uri.toString(), kernel: '' }));
    }),
    { dispose: () => clearTimeout(timer) },
  );
}

function show(context: Context, target: KernelRef): Promise<void> {
  return context.panels.show(keyOf(target), contentOf(context, target));
}

function contentOf(context: Context, target: KernelRef): PanelContent {
  const document = vscode.Uri.parse(target.uri);
  return {
    title: vscode.l10n.t('Launch plan of {0}', target.kernel),
    render: async () => {
      // The server plans for open documents only; this one may have been closed since.
      await vscode.workspace.openTextDocument(document);
      const answer = await context.server.request<KernelRef, PlanAnswer>(planRequest, target);
      const last = context.results.get(target);
      return planPage({ kernel: target.kernel, answer, ...(last && { last }) }, vscode.l10n);
    },
    onLine: (line) => goToLine(document, line),
    state: { page: 'plan', uri: target.uri, kernel: target.kernel },
  };
}

function keyOf({ uri, kernel }: KernelRef): string {
  return `plan ${uri} ${kernel}`;
}
