/** `Show Launch Plan and Last Result`: one page a kernel, kept up to date. */
import * as vscode from 'vscode';
import { planRequest, type KernelRef, type PlanAnswer } from '../../../protocol/src/messages';
import type { Context } from '../context';
import { pageUri } from '../pages';
import { reportError } from '../report';
import { targetKernel } from '../target';
import { planPage } from '../text/plan-page';

const kind = 'plan';

export function activate(context: Context): void {
  const shown = new Map<string, KernelRef>();

  context.pages.add(kind, async (query) => {
    const target = JSON.parse(query) as KernelRef;
    const answer = await context.server.request<KernelRef, PlanAnswer>(planRequest, target);
    const last = context.results.get(target);
    const document = vscode.Uri.parse(target.uri);
    return planPage(
      {
        kernel: target.kernel,
        answer,
        ...(last && { last }),
        lineLink: (line) => document.with({ fragment: `L${line}` }).toString(),
      },
      vscode.l10n,
    );
  });

  context.extension.subscriptions.push(
    vscode.commands.registerCommand('kernelLens.showPlan', async (...args: unknown[]) => {
      try {
        const target = await targetKernel(context, args);
        if (!target) return;
        const uri = uriOf(target);
        shown.set(uri.toString(), target);
        await context.pages.show(uri);
      } catch (error) {
        reportError(context, error);
      }
    }),
    context.results.onDidChange((target) => {
      const uri = uriOf(target);
      if (shown.has(uri.toString())) context.pages.refresh(uri);
    }),
    vscode.workspace.onDidSaveTextDocument((document) => {
      const uri = document.uri.toString();
      for (const target of shown.values()) {
        if (target.uri === uri) context.pages.refresh(uriOf(target));
      }
    }),
    vscode.workspace.onDidCloseTextDocument((document) => shown.delete(document.uri.toString())),
  );
}

function uriOf({ uri, kernel }: KernelRef): vscode.Uri {
  return pageUri(kind, vscode.l10n.t('Launch plan of {0}', kernel), JSON.stringify({ uri, kernel }));
}
