/** `Sanitize Kernel` and `Sanitize Program`: compute-sanitizer, its findings as problems. */
import * as vscode from 'vscode';
import {
  sanitizeKernelRequest,
  sanitizeProgramRequest,
  sanitizerTools,
  type SanitizeKernelParams,
  type SanitizeProgramParams,
  type SanitizeResult,
  type SanitizerFinding,
  type SanitizerTool,
} from '../../../protocol/src/sanitize';
import { whereTrusted } from '../commands';
import type { Context } from '../context';
import { goToLine, reportFailure } from '../report';
import { RunLog } from '../run-log';
import { withRunProgress } from '../run-progress';
import { targetDocument, targetKernel } from '../target';
import { launchOf } from './launch-configuration';

export function activate(context: Context): void {
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(
      'kernelLens.sanitizeKernel',
      whereTrusted(context, async (args) => {
        const target = await targetKernel(context, args);
        const tools = target && (await pickTools(target.kernel));
        if (!target || !tools) return;
        const { uri, kernel } = target;
        await sanitize(context, kernel, vscode.Uri.parse(uri), kernel, tools, (token) => {
          const params: SanitizeKernelParams = { uri, kernel, tools };
          return context.server.request<SanitizeKernelParams, SanitizeResult>(sanitizeKernelRequest, params, token);
        });
      }),
    ),
    vscode.commands.registerCommand(
      'kernelLens.sanitizeProgram',
      whereTrusted(context, async (args) => {
        const document = await targetDocument(args);
        const name = document?.uri.path.split('/').at(-1) ?? '';
        const tools = document && (await pickTools(name));
        if (!document || !tools) return;
        await sanitize(context, name, document.uri, undefined, tools, (token) => {
          const launch = launchOf(document.uri);
          const params: SanitizeProgramParams = { uri: document.uri.toString(), tools, ...(launch && { launch }) };
          return context.server.request<SanitizeProgramParams, SanitizeResult>(sanitizeProgramRequest, params, token);
        });
      }),
    ),
  );
}

interface ToolItem extends vscode.QuickPickItem {
  readonly tools: readonly SanitizerTool[];
}

/** All of them first: one key for the usual case. */
async function pickTools(subject: string): Promise<readonly SanitizerTool[] | undefined> {
  const finds: Readonly<Record<SanitizerTool, string>> = {
    memcheck: vscode.l10n.t('Accesses out of bounds or misaligned, leaks, failed CUDA calls'),
    racecheck: vscode.l10n.t('Races in shared memory'),
    initcheck: vscode.l10n.t('Reads of device memory that nothing has written'),
    synccheck: vscode.l10n.t('Barriers that some threads do not reach'),
  };
  const items: ToolItem[] = [
    { label: vscode.l10n.t('Everything'), description: sanitizerTools.join(', '), tools: sanitizerTools },
    ...sanitizerTools.map((tool) => ({ label: tool, description: finds[tool], tools: [tool] })),
  ];
  const placeHolder = vscode.l10n.t('What to look for in {0}', subject);
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true }))?.tools;
}

async function sanitize(
  context: Context,
  subject: string,
  document: vscode.Uri,
  kernel: string | undefined,
  asked: readonly SanitizerTool[],
  request: (token: vscode.CancellationToken) => Promise<SanitizeResult>,
): Promise<void> {
  const uri = document.toString();
  const log = new RunLog(context.output, subject, uri);
  const result = await withRunProgress(vscode.l10n.t('Sanitizing {0}', subject), (token, report) =>
    context.runs.start({ uri, kernel, token, onProgress: report, run: request }),
  );
  log.ensure(result.output ?? '');
  if (result.status !== 'ok') {
    log.end(result.message);
    await reportFailure(context, subject, document, result);
    return;
  }
  const { findings, notes, tools, device } = result;
  const where = tools.length === 0 ? device.name : `${tools.join(', ')} · ${device.name}`;
  log.end([...findings.map(({ message }) => message), ...notes, where].join('\n'));
  if (findings.length === 0) {
    const clean = vscode.l10n.t('{0}: nothing found', subject);
    if (notes.length === 0) vscode.window.setStatusBarMessage(`$(check) ${clean} (${where})`, 10_000);
    else void vscode.window.showInformationMessage([`${clean}.`, ...notes].join(' '));
    return;
  }
  // What did not come to its end may have found more.
  await offerFindings(subject, document, findings, tools.length < asked.length ? notes : []);
}

async function offerFindings(
  subject: string,
  document: vscode.Uri,
  findings: readonly SanitizerFinding[],
  notes: readonly string[],
): Promise<void> {
  const [first] = findings;
  const goTo = vscode.l10n.t('Go to Line');
  const showAll = vscode.l10n.t('Show Problems');
  const more = findings.length > 1 ? ` ${vscode.l10n.t('(and {0} more)', findings.length - 1)}` : '';
  const message = [`${subject}: ${first?.message ?? ''}${more}`, ...notes].join(' ');
  const choice = await vscode.window.showWarningMessage(message, ...(first?.location ? [goTo] : []), showAll);
  if (choice === showAll) await vscode.commands.executeCommand('workbench.actions.view.problems');
  if (choice === goTo && first?.location) {
    const { file, line } = first.location;
    await goToLine(file === document.fsPath ? document : vscode.Uri.file(file), line);
  }
}
