/** Watch: a kernel runs again whenever its file, or a file it includes, is saved. */
import path from 'node:path';
import * as vscode from 'vscode';
import {
  watchRequest,
  watchesNotification,
  watchTriggeredNotification,
  type WatchParams,
  type WatchTriggered,
  type Watches,
} from '../../../protocol/src/history';
import type { KernelRef } from '../../../protocol/src/messages';
import type { RunResult } from '../../../protocol/src/result';
import { duration } from '../../../protocol/src/format';
import { guarded, onKernel, whereTrusted } from '../commands';
import type { Context } from '../context';
import { reportError } from '../report';
import type { CommandArguments } from '../target';
import { failureReport, shorten } from '../text/failure';
import { runKernel } from './run-kernel';

/** Characters of the status bar that a failure may take. */
const longestStatus = 76;

export function activate(context: Context): void {
  const item = vscode.window.createStatusBarItem('kernelLens.watch', vscode.StatusBarAlignment.Left);
  item.name = vscode.l10n.t('Watched kernels');
  item.command = 'kernelLens.stopWatching';
  let watched: readonly KernelRef[] = [];
  let last: string | undefined;

  const draw = () => {
    const [first] = watched;
    if (!first) return item.hide();
    const names = watched.map(({ kernel }) => kernel).join(', ');
    item.text = last ?? `$(eye) ${names}`;
    item.tooltip = vscode.l10n.t('{0}: runs whenever its file is saved. Click to stop.', names);
    item.show();
  };
  const ask = async (target: KernelRef, on: boolean) => {
    watched = await context.server.request<WatchParams, readonly KernelRef[]>(watchRequest, { ...target, on });
    if (!on) last = undefined;
    draw();
  };
  const rerun = async (target: KernelRef) => {
    last = `$(sync~spin) ${target.kernel}`;
    draw();
    const result = await runKernel(context, target, { quiet: true });
    // Another save began another run, which will say how it ended.
    if (result.status === 'cancelled') return;
    last = statusText(target.kernel, result);
    draw();
  };
  const start = async (target: KernelRef) => {
    await ask(target, true);
    await rerun(target);
  };
  const stop = async ([uri, kernel]: CommandArguments) => {
    const target = typeof uri === 'string' && typeof kernel === 'string' ? { uri, kernel } : await choose(watched);
    if (target) await ask(target, false);
  };

  context.extension.subscriptions.push(
    item,
    vscode.commands.registerCommand('kernelLens.watchKernel', onKernel(context, start, whereTrusted)),
    vscode.commands.registerCommand('kernelLens.stopWatching', guarded(context, stop)),
    context.server.on<Watches>(watchesNotification, (list) => {
      watched = list.watched;
      draw();
      void vscode.commands.executeCommand('setContext', 'kernelLens.watching', watched.length > 0);
    }),
    context.server.on<WatchTriggered>(watchTriggeredNotification, ({ savedFile, ...target }) => {
      if (savedFile !== undefined) context.output.appendLine(`◉ ${path.basename(savedFile)}`);
      rerun(target).catch((error: unknown) => reportError(context, error));
    }),
    context.server.onStopped(() => {
      watched = [];
      draw();
      void vscode.commands.executeCommand('setContext', 'kernelLens.watching', false);
    }),
  );
}

function statusText(kernel: string, result: RunResult): string {
  if (result.status !== 'ok') return `$(eye) $(error) ${shorten(failureReport(kernel, result).message, longestStatus)}`;
  const change = result.changes?.baseline ?? result.changes?.last;
  const where = result.device.kind === 'cpu' ? 'CPU ' : '';
  return `$(eye) ${kernel}: ${where}${duration(result.time.median)}${change?.mark ? ` · ${change.mark}` : ''}`;
}

async function choose(watched: readonly KernelRef[]): Promise<KernelRef | undefined> {
  if (watched.length <= 1) return watched[0];
  const items = watched.map((target) => ({
    label: target.kernel,
    description: vscode.workspace.asRelativePath(vscode.Uri.parse(target.uri)),
    target,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Stop watching which kernel?') }))
    ?.target;
}
