/** `Run Kernel`: from the code lens, the editor's run button or the palette. */
import * as vscode from 'vscode';
import {
  runKernelRequest,
  type KernelRef,
  type RunKernelParams,
  type RunKernelResult,
  type RunProgress,
} from '../../../protocol/src/messages';
import { isDoubtful } from '../../../protocol/src/answer';
import { onKernel, whereTrusted } from '../commands';
import type { Context } from '../context';
import { RunLog } from '../run-log';
import { reportFailure } from '../report';
import { duration, percent } from '../../../protocol/src/format';
import { count } from '../text/format';
import { withQuietProgress, withRunProgress } from '../run-progress';

export function activate(context: Context): void {
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(
      'kernelLens.runKernel',
      onKernel(context, async (kernel) => void (await runKernel(context, kernel)), whereTrusted),
    ),
    vscode.commands.registerCommand(
      'kernelLens.runKernelWarm',
      onKernel(context, async (kernel) => void (await runKernel(context, kernel, { coldCache: false })), whereTrusted),
    ),
    vscode.commands.registerCommand(
      'kernelLens.checkAnswer',
      onKernel(context, (kernel) => checkAnswer(context, kernel), whereTrusted),
    ),
    vscode.commands.registerCommand('kernelLens.cancelRun', () => context.runs.cancelAll()),
  );
}

/** Runs, compares, and says in words what came out. */
async function checkAnswer(context: Context, target: KernelRef): Promise<void> {
  const result = await runKernel(context, target, { check: true });
  if (result.status !== 'ok') return;
  const { comparison, findings = [] } = result;
  const message = [
    ...(comparison === undefined ? [] : [comparison.message]),
    ...findings.map((finding) => finding.message),
  ]
    .map((sentence) => `${target.kernel}: ${sentence}`)
    .join('\n');
  const isRight = !isDoubtful(result) && comparison?.status === 'compared';
  const show = isRight ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  const details = vscode.l10n.t('Show Details');
  if ((await show(message, details)) === details) {
    await vscode.commands.executeCommand('kernelLens.showPlan', target.uri, target.kernel);
  }
}

interface RunKernelOptions extends Pick<RunKernelParams, 'check' | 'coldCache'> {
  /** Nobody asked for this run just now, so it shows its progress and its failure without coming to the front. */
  readonly quiet?: boolean;
}

export async function runKernel(
  context: Context,
  target: KernelRef,
  { quiet = false, ...options }: RunKernelOptions = {},
): Promise<RunKernelResult> {
  const { uri, kernel } = target;
  const log = new RunLog(context.output, kernel, uri);
  const show = quiet ? withQuietProgress : withRunProgress;
  const result = await show(kernel, (token, report) =>
    context.runs.start({
      uri,
      kernel,
      token,
      onProgress: (progress: RunProgress) => {
        report(progress);
        if (progress.output) log.write(progress.output);
      },
      run: (runToken) =>
        context.server.request<RunKernelParams, RunKernelResult>(
          runKernelRequest,
          { uri, kernel, ...options },
          runToken,
        ),
    }),
  );
  context.results.set(target, result);
  if (result.status === 'ok') {
    log.ensure(result.output);
    const { median, relativeError, samples } = result.time;
    const time = `${duration(median)} ±${percent(relativeError)}`;
    const device = result.device.kind === 'gpu' ? result.device.name : `CPU · ${result.device.name}`;
    const changes = [result.changes?.last, result.changes?.baseline].flatMap((change) => change?.text ?? []);
    const summary = `${time} · ${vscode.l10n.t('{0} samples', count(samples))} · ${device}`;
    const { findings = [], comparison } = result;
    const answers = [...findings, ...(comparison === undefined ? [] : [comparison])].map(({ message }) => message);
    log.end([summary, ...answers, ...changes, ...result.notes].join('\n'));
    // On a CPU the spread is that of the machine's other work: only the time is worth a glance, and where it was.
    const glance = result.device.kind === 'gpu' ? time : `CPU ${duration(median)}`;
    const mark = result.changes?.last?.mark;
    const change = mark === undefined ? '' : ` · ${mark}`;
    if (!quiet)
      vscode.window.setStatusBarMessage(
        `$(${isDoubtful(result) ? 'warning' : 'check'}) ${kernel}: ${glance}${change}`,
        8000,
      );
  } else {
    log.ensure(result.output ?? '');
    log.end(result.message);
    if (!quiet) await reportFailure(context, kernel, vscode.Uri.parse(uri), result);
  }
  return result;
}
