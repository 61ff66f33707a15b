/** The history of a kernel's runs: its page, the baseline, and export. */
import * as vscode from 'vscode';
import {
  clearHistoryRequest,
  exportHistoryRequest,
  historyRequest,
  pinBaselineRequest,
  unpinBaselineRequest,
  type ExportHistoryParams,
  type HistoryActionAnswer,
  type HistoryAnswer,
  type PinBaselineParams,
} from '../../../protocol/src/history';
import type { KernelRef } from '../../../protocol/src/messages';
import { onKernel } from '../commands';
import type { Context } from '../context';
import { saveText } from '../files';
import { reportError } from '../report';
import { kernelOf } from '../restoring';
import type { ViewContent } from '../views';
import type { HistoryPageData, HistoryPageMessage } from '../webviews/history/data';

export function activate(context: Context): void {
  context.views.onRestore('history', async (state) => {
    const target = kernelOf(state);
    return target && { key: keyOf(target), content: await contentOf(context, target) };
  });
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(
      'kernelLens.showHistory',
      onKernel(context, (target) => show(context, target)),
    ),
    vscode.commands.registerCommand(
      'kernelLens.pinBaseline',
      onKernel(context, (target) => act(context, target, pinBaselineRequest)),
    ),
    vscode.commands.registerCommand(
      'kernelLens.unpinBaseline',
      onKernel(context, (target) => act(context, target, unpinBaselineRequest)),
    ),
    vscode.commands.registerCommand(
      'kernelLens.exportHistory',
      onKernel(context, (target) => exportAs(context, target)),
    ),
    context.results.onDidChange((target) => {
      if (context.views.isOpen(keyOf(target))) refresh(context, target).catch((error) => reportError(context, error));
    }),
  );
}

async function show(context: Context, target: KernelRef): Promise<void> {
  context.views.show(keyOf(target), await contentOf(context, target));
}

async function contentOf(context: Context, target: KernelRef): Promise<ViewContent<HistoryPageData>> {
  return {
    script: 'history',
    title: vscode.l10n.t('Runs of {0}', target.kernel),
    data: await pageData(context, target),
    onMessage: (message) => answer(context, target, message as HistoryPageMessage),
    state: { page: 'history', uri: target.uri, kernel: target.kernel },
  };
}

async function answer(context: Context, target: KernelRef, message: HistoryPageMessage): Promise<void> {
  if ('pin' in message) await act(context, target, pinBaselineRequest, message.pin);
  else if ('unpin' in message) await act(context, target, unpinBaselineRequest);
  else if ('export' in message) await exportAs(context, target, message.export);
  else if ('svg' in message) await saveText(`${plainName(target.kernel)}-history.svg`, message.svg);
  else {
    const clear = vscode.l10n.t('Clear');
    const question = vscode.l10n.t('Forget all runs of {0}? A pinned baseline stays.', target.kernel);
    if ((await vscode.window.showWarningMessage(question, { modal: true }, clear)) === clear) {
      await act(context, target, clearHistoryRequest);
    }
  }
}

async function act(context: Context, target: KernelRef, request: string, id?: string): Promise<void> {
  const params: PinBaselineParams = { ...target, ...(id !== undefined && { id }) };
  const done = await context.server.request<PinBaselineParams, HistoryActionAnswer>(request, params);
  if ('message' in done) void vscode.window.showInformationMessage(done.message);
  else if (request === pinBaselineRequest) {
    const message = vscode.l10n.t('{0}: later runs are compared with this one', target.kernel);
    vscode.window.setStatusBarMessage(`$(pinned) ${message}`, 5000);
  }
  await refresh(context, target);
}

async function refresh(context: Context, target: KernelRef): Promise<void> {
  if (context.views.isOpen(keyOf(target))) context.views.update(keyOf(target), await pageData(context, target));
}

async function exportAs(context: Context, target: KernelRef, wanted?: 'csv' | 'json'): Promise<void> {
  const format = wanted ?? (await chooseFormat());
  if (format === undefined) return;
  const params: ExportHistoryParams = { ...target, format };
  const text = await context.server.request<ExportHistoryParams, string>(exportHistoryRequest, params);
  await saveText(`${plainName(target.kernel)}-history.${format}`, text);
}

async function chooseFormat(): Promise<'csv' | 'json' | undefined> {
  const items = [
    { label: 'CSV', description: vscode.l10n.t('one line a run, for spreadsheets'), format: 'csv' as const },
    { label: 'JSON', description: vscode.l10n.t('everything that is kept, samples included'), format: 'json' as const },
  ];
  return (await vscode.window.showQuickPick(items))?.format;
}

async function pageData(context: Context, target: KernelRef): Promise<HistoryPageData> {
  const { kernel, rows, baselines } = await context.server.request<KernelRef, HistoryAnswer>(historyRequest, target);
  // The samples stay where they are: the page draws medians and their intervals.
  const light = rows.map(({ entry: { samples: _samples, ...entry }, changes }) => ({ entry, changes }));
  return {
    kernel,
    rows: light,
    baselines,
    texts: {
      title: vscode.l10n.t('Median time of each run'),
      empty: vscode.l10n.t('This kernel has not been run yet. Each run is kept here from now on.'),
      when: vscode.l10n.t('When'),
      time: vscode.l10n.t('Time'),
      sinceLast: vscode.l10n.t('vs last'),
      sinceBaseline: vscode.l10n.t('vs baseline'),
      bandwidth: vscode.l10n.t('Throughput'),
      launch: vscode.l10n.t('Launch'),
      device: vscode.l10n.t('Device'),
      pin: vscode.l10n.t('Pin as Baseline'),
      pinShort: vscode.l10n.t('Pin'),
      unpin: vscode.l10n.t('Unpin Baseline'),
      unpinShort: vscode.l10n.t('Unpin'),
      clear: vscode.l10n.t('Clear…'),
      csv: vscode.l10n.t('Export CSV…'),
      json: vscode.l10n.t('Export JSON…'),
      picture: vscode.l10n.t('Save Picture…'),
      baseline: vscode.l10n.t('Baseline'),
      runs: vscode.l10n.t('Run'),
      first: vscode.l10n.t('first run'),
      otherLaunch: vscode.l10n.t('other launch'),
      registers: vscode.l10n.t('Registers'),
      noise: vscode.l10n.t(
        'A change is named only where it is larger than the doubt: the 95 % intervals of both medians, and what repeated runs of one binary were seen to differ by on this device.',
      ),
    },
  };
}

function plainName(kernel: string): string {
  return kernel.replace(/\W+/g, '_');
}

function keyOf({ uri, kernel }: KernelRef): string {
  return `history ${uri} ${kernel}`;
}
