/** `Run Program`: builds and runs the file's `main`, with its output as it comes. */
import * as vscode from 'vscode';
import {
  runProgramRequest,
  type RunProgramParams,
  type RunProgramResult,
  type RunProgress,
} from '../../../protocol/src/messages';
import type { Context } from '../context';
import { reportError, reportFailure } from '../report';
import { RunLog } from '../run-log';
import { withRunProgress } from '../run-progress';
import { ensureTrusted, targetDocument } from '../target';
import { programSummary } from '../text/program-summary';

export function activate(context: Context): void {
  context.extension.subscriptions.push(
    vscode.commands.registerCommand('kernelLens.runProgram', async (...args: unknown[]) => {
      try {
        if (!(await ensureTrusted())) return;
        const document = await targetDocument(args);
        if (document) await runProgram(context, document.uri);
      } catch (error) {
        reportError(context, error);
      }
    }),
  );
}

async function runProgram(context: Context, documentUri: vscode.Uri): Promise<void> {
  const uri = documentUri.toString();
  const name = documentUri.path.slice(documentUri.path.lastIndexOf('/') + 1);
  const log = new RunLog(context.output, name, uri);
  context.output.show(true);
  const result = await withRunProgress(name, (token, report) =>
    context.runs.start({
      uri,
      token,
      onProgress: (progress: RunProgress) => {
        report(progress);
        if (progress.output) log.write(progress.output);
      },
      run: (runToken) =>
        context.server.request<RunProgramParams, RunProgramResult>(runProgramRequest, { uri }, runToken),
    }),
  );
  if (result.status === 'ok') {
    log.ensure(result.output);
    log.end(programSummary(result, vscode.l10n));
  } else {
    log.ensure(result.output ?? '');
    log.end(result.message);
    await reportFailure(context, name, documentUri, result);
  }
}
