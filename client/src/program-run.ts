/** One run of a program, in a terminal of its own: built by us, or the project's executable. */
import * as vscode from 'vscode';
import {
  runProgramRequest,
  type RunProgramParams,
  type RunProgramResult,
  type RunProgress,
} from '../../protocol/src/messages';
import { programInputNotification, type ProgramInput, type ProgramLaunch } from '../../protocol/src/trace';
import type { Context } from './context';
import { programTerminal } from './program-terminal';
import { reportFailure } from './report';
import { withRunProgress } from './run-progress';
import { programSummary } from './text/program-summary';
import { rememberTrace } from './features/timeline';

/** Runs to the end. `uri` is the source, or the executable where there is no source. */
export async function runProgram(
  context: Context,
  documentUri: vscode.Uri,
  launch?: ProgramLaunch,
  ended?: vscode.CancellationToken,
): Promise<RunProgramResult> {
  const uri = documentUri.toString();
  const name = documentUri.path.slice(documentUri.path.lastIndexOf('/') + 1);
  const terminal = programTerminal(uri, name);
  const cancellation = new vscode.CancellationTokenSource();
  const relay = ended?.onCancellationRequested(() => cancellation.cancel());
  const type = (input: Omit<ProgramInput, 'uri'>) =>
    context.server.notify(programInputNotification, { uri, ...input } satisfies ProgramInput);
  const words = [launch?.program ?? name, ...(launch?.args ?? [])];
  terminal.start(
    { send: (text) => type({ text }), endInput: () => type({}), cancel: () => cancellation.cancel() },
    `▶ ${words.join(' ')} · ${new Date().toLocaleTimeString(vscode.env.language)}`,
  );
  let streamed = false;
  try {
    const result = await withRunProgress(name, (token, report) => {
      token.onCancellationRequested(() => cancellation.cancel());
      return context.runs.start({
        uri,
        token: cancellation.token,
        onProgress: (progress: RunProgress) => {
          report(progress);
          if (!progress.output) return;
          streamed = true;
          terminal.print(progress.output);
        },
        run: (runToken) =>
          context.server.request<RunProgramParams, RunProgramResult>(
            runProgramRequest,
            { uri, interactive: true, ...(launch && { launch }) },
            runToken,
          ),
      });
    });
    if (!streamed && result.output) terminal.print(result.output);
    if (result.trace) rememberTrace(context, uri, result.trace.file);
    terminal.end(result.status === 'ok' ? programSummary(result, vscode.l10n) : result.message);
    if (result.status !== 'ok') {
      if (result.output && !streamed) context.output.appendLine(result.output);
      // Beside the run: whoever waits for its end does not wait for an answer to the message.
      void reportFailure(context, name, documentUri, result);
    }
    return result;
  } catch (error) {
    terminal.end(error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    relay?.dispose();
    cancellation.dispose();
  }
}
