/** Tune: times of other launch configurations, one applied with a click. Sweep: time and throughput over problem sizes. */
import * as vscode from 'vscode';
import type { KernelRef } from '../../../protocol/src/messages';
import type { Device } from '../../../protocol/src/result';
import {
  applyConfigurationRequest,
  sweepProgressNotification,
  sweepRequest,
  tuneProgressNotification,
  tuneRequest,
  type ApplyConfigurationAnswer,
  type ApplyConfigurationParams,
  type Configuration,
  type SweepAnswer,
  type SweepParams,
  type SweepPoint,
  type SweepProgress,
  type TuneAnswer,
  type TunedValue,
  type TuneParams,
  type TuneProgress,
} from '../../../protocol/src/tune';
import { onKernel, whereTrusted } from '../commands';
import type { Context } from '../context';
import { saveText } from '../files';
import { reportFailure } from '../report';
import { kernelOf } from '../restoring';
import { withRunProgress } from '../run-progress';
import type { ViewContent } from '../views';
import type { SweepPageData, TunePageData, TunePageMessage, TuneText } from '../webviews/tune/data';

/** What a page shows, kept while it is open. */
type Page = { data: TunePageData | SweepPageData; cancel?: () => void };

/** Numbers that are complete; of a sweep also the sizes that were asked for. */
type Measured = { data: TunePageData | SweepPageData; range: TunedValue | undefined };

export function activate(context: Context): void {
  const pages = new Map<string, Page>();
  context.views.onRestore('tune', (state) => {
    const target = kernelOf(state);
    const { data, range } = state as Partial<Measured>;
    if (!target || !data || !vscode.workspace.isTrusted) return Promise.resolve(undefined);
    const key = keyOf(data.kind, target);
    return Promise.resolve({ key, content: contentOf(context, pages, target, key, { data, range }) });
  });
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(
      'kernelLens.tuneKernel',
      onKernel(context, (target) => tune(context, pages, target), whereTrusted),
    ),
    vscode.commands.registerCommand(
      'kernelLens.sweepSize',
      onKernel(context, (target) => sweep(context, pages, target), whereTrusted),
    ),
    context.server.on<TuneProgress>(tuneProgressNotification, (progress) => {
      update(context, pages, keyOf('tune', progress), {
        kind: 'tune',
        configurations: progress.configurations,
        verdict: vscode.l10n.t('{0} of {1} configurations', progress.done, progress.total),
      });
    }),
    context.server.on<SweepProgress>(sweepProgressNotification, (progress) => {
      const done = progress.points.filter(({ outcome }) => outcome.state !== 'waiting').length;
      update(context, pages, keyOf('sweep', progress), {
        kind: 'sweep',
        name: progress.name,
        points: progress.points,
        verdict: vscode.l10n.t('{0} of {1} sizes', done, progress.points.length),
      });
    }),
  );
}

async function tune(context: Context, pages: Map<string, Page>, target: KernelRef): Promise<void> {
  const { uri, kernel } = target;
  const key = keyOf('tune', target);
  const page: Page = {
    data: { kind: 'tune', kernel, device: '', configurations: [], verdict: '', running: true, texts: texts() },
  };
  const answer = await withRunProgress(vscode.l10n.t('Tuning {0}', kernel), (token, report) =>
    context.runs.start({
      uri,
      kernel,
      token,
      onProgress: report,
      run: (runToken) => {
        const source = linked(runToken);
        page.cancel = () => source.cancel();
        pages.set(key, page);
        return context.server.request<TuneParams, TuneAnswer>(tuneRequest, { uri, kernel }, source.token);
      },
    }),
  );
  if (answer.status !== 'ok') {
    pages.delete(key);
    await reportFailure(context, kernel, vscode.Uri.parse(uri), answer);
    return;
  }
  const { configurations, best, verdict } = answer;
  const data: TunePageData = {
    kind: 'tune',
    kernel,
    device: deviceText(answer.device),
    configurations,
    ...(best !== undefined && { best }),
    verdict,
    running: false,
    texts: texts(),
  };
  context.views.show(key, contentOf(context, pages, target, key, { data, range: undefined }));
}

async function sweep(context: Context, pages: Map<string, Page>, target: KernelRef, range?: TunedValue): Promise<void> {
  const { uri, kernel } = target;
  const key = keyOf('sweep', target);
  const page: Page = {
    data: { kind: 'sweep', kernel, device: '', name: '', points: [], verdict: '', running: true, texts: texts() },
  };
  const answer = await withRunProgress(kernel, (token, report) =>
    context.runs.start({
      uri,
      kernel,
      token,
      onProgress: report,
      run: (runToken) => {
        const source = linked(runToken);
        page.cancel = () => source.cancel();
        pages.set(key, page);
        const params: SweepParams = { uri, kernel, ...(range && { range }) };
        return context.server.request<SweepParams, SweepAnswer>(sweepRequest, params, source.token);
      },
    }),
  );
  if (answer.status === 'noRange') {
    pages.delete(key);
    const chosen = await askRange(answer.names, answer.message);
    if (chosen) await sweep(context, pages, target, chosen);
    return;
  }
  if (answer.status !== 'ok') {
    pages.delete(key);
    await reportFailure(context, kernel, vscode.Uri.parse(uri), answer);
    return;
  }
  const { name, points, cancelled } = answer;
  const measured = points.filter(({ outcome }) => outcome.state === 'measured').length;
  const data: SweepPageData = {
    kind: 'sweep',
    kernel,
    device: deviceText(answer.device),
    name,
    points,
    verdict: cancelled
      ? vscode.l10n.t('Cancelled after {0} of {1} sizes.', measured, points.length)
      : vscode.l10n.t('{0} of {1} sizes measured.', measured, points.length),
    running: false,
    texts: texts(),
  };
  context.views.show(key, contentOf(context, pages, target, key, { data, range }));
}

function linked(token: vscode.CancellationToken): vscode.CancellationTokenSource {
  const source = new vscode.CancellationTokenSource();
  if (token.isCancellationRequested) source.cancel();
  token.onCancellationRequested(() => source.cancel());
  return source;
}

type Step =
  | { readonly kind: 'tune'; readonly configurations: readonly Configuration[]; readonly verdict: string }
  | {
      readonly kind: 'sweep';
      readonly name: string;
      readonly points: readonly SweepPoint[];
      readonly verdict: string;
    };

/** The page opens with the first numbers: a refusal needs none. */
function update(context: Context, pages: Map<string, Page>, key: string, step: Step): void {
  const page = pages.get(key);
  if (!page) return;
  page.data = { ...page.data, ...step };
  if (context.views.isOpen(key)) {
    context.views.update(key, page.data);
    return;
  }
  context.views.show(key, {
    script: 'tune',
    title: titleOf(page.data),
    data: page.data,
    onMessage: (message) => {
      if ('cancel' in message) page.cancel?.();
    },
    onClose: () => page.cancel?.(),
  });
}

function contentOf(
  context: Context,
  pages: Map<string, Page>,
  target: KernelRef,
  key: string,
  { data, range }: Measured,
): ViewContent<TunePageData | SweepPageData> {
  pages.set(key, { data });
  return {
    script: 'tune',
    title: titleOf(data),
    data,
    state: { page: 'tune', uri: target.uri, kernel: target.kernel, data, ...(range && { range }) },
    onMessage: async (raw) => {
      const message = raw as TunePageMessage;
      const name = `${target.kernel.replace(/\W+/g, '_')}-${data.kind}`;
      if ('again' in message) {
        await (data.kind === 'tune' ? tune(context, pages, target) : sweep(context, pages, target, range));
      } else if ('cancel' in message) pages.get(key)?.cancel?.();
      else if ('svg' in message) await saveText(`${name}.svg`, message.svg);
      else if ('csv' in message) await saveText(`${name}.csv`, message.csv);
      else if (data.kind === 'tune') await apply(context, target, data.configurations[message.apply]);
    },
    onClose: () => {
      pages.get(key)?.cancel?.();
      pages.delete(key);
    },
  };
}

/** One edit of the document, so that one Undo takes it back. */
async function apply(context: Context, target: KernelRef, configuration: Configuration | undefined): Promise<void> {
  if (!configuration) return;
  const uri = vscode.Uri.parse(target.uri);
  // The server reads open documents only; this one may have been closed since.
  const document = await vscode.workspace.openTextDocument(uri);
  const answer = await context.server.request<ApplyConfigurationParams, ApplyConfigurationAnswer>(
    applyConfigurationRequest,
    { ...target, values: configuration.values },
  );
  if ('edits' in answer && answer.version === document.version) {
    const edit = new vscode.WorkspaceEdit();
    for (const { range, newText } of answer.edits) {
      const { start, end } = range;
      edit.replace(uri, new vscode.Range(start.line, start.character, end.line, end.character), newText);
    }
    await vscode.workspace.applyEdit(edit);
  }
  void vscode.window.showInformationMessage(`${target.kernel}: ${answer.message}`);
}

async function askRange(names: readonly string[], why: string): Promise<TunedValue | undefined> {
  if (names.length === 0) {
    void vscode.window.showInformationMessage(why);
    return undefined;
  }
  const placeHolder = vscode.l10n.t('Which parameter is the size of the problem?');
  const name = names.length === 1 ? names[0] : await vscode.window.showQuickPick([...names], { placeHolder });
  if (name === undefined) return undefined;
  const value = await vscode.window.showInputBox({
    title: vscode.l10n.t('Values of {0}', name),
    value: '1<<16..1<<26',
    prompt: vscode.l10n.t(
      'A range that doubles (`1<<16..1<<26`), one with a step (`1000..5000 step 1000`), or a list (`64|100|256`)',
    ),
  });
  return value === undefined || value.trim() === '' ? undefined : { name, value: value.trim() };
}

function texts(): Readonly<Record<TuneText, string>> {
  return {
    title: vscode.l10n.t('Median times'),
    configuration: vscode.l10n.t('Configuration'),
    launch: vscode.l10n.t('Launch'),
    time: vscode.l10n.t('Time'),
    change: vscode.l10n.t('vs present'),
    throughput: vscode.l10n.t('Throughput'),
    registers: vscode.l10n.t('Registers'),
    occupancy: vscode.l10n.t('Occupancy'),
    apply: vscode.l10n.t('Apply'),
    current: vscode.l10n.t('present'),
    best: vscode.l10n.t('best'),
    skipped: vscode.l10n.t('Not measured'),
    reason: vscode.l10n.t('Why'),
    picture: vscode.l10n.t('Save Picture…'),
    again: vscode.l10n.t('Measure Again'),
    cancel: vscode.l10n.t('Cancel'),
    waiting: vscode.l10n.t('still to be measured'),
    copy: vscode.l10n.t('Export CSV…'),
  };
}

function titleOf(data: TunePageData | SweepPageData): string {
  return data.kind === 'tune'
    ? vscode.l10n.t('Tuning of {0}', data.kernel)
    : vscode.l10n.t('Sizes of {0}', data.kernel);
}

function deviceText({ kind, name }: Device): string {
  return kind === 'cpu' ? vscode.l10n.t('CPU · {0}: its times say nothing about a GPU', name) : name;
}

function keyOf(kind: 'tune' | 'sweep', { uri, kernel }: KernelRef): string {
  return `${kind} ${vscode.Uri.parse(uri).toString()} ${kernel}`;
}
