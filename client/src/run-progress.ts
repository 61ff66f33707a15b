/** The cancellable notification of a run under way. */
import * as vscode from 'vscode';
import type { RunProgress } from '../../protocol/src';

export function withRunProgress<Answer>(
  subject: string,
  run: (token: vscode.CancellationToken, report: (progress: RunProgress) => void) => Promise<Answer>,
): Promise<Answer> {
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title: subject };
  const answer = vscode.window.withProgress(options, (progress, token) =>
    run(token, (step) => {
      const message = phaseText(step);
      if (message) progress.report({ message });
    }),
  );
  return Promise.resolve(answer);
}

/** For runs that nobody waits for: in the status bar only. */
export function withQuietProgress<Answer>(
  subject: string,
  run: (token: vscode.CancellationToken, report: (progress: RunProgress) => void) => Promise<Answer>,
): Promise<Answer> {
  const source = new vscode.CancellationTokenSource();
  const options = { location: vscode.ProgressLocation.Window, title: subject };
  const answer = vscode.window.withProgress(options, (progress) =>
    run(source.token, (step) => {
      const message = phaseText(step);
      if (message) progress.report({ message });
    }),
  );
  return Promise.resolve(answer).finally(() => source.dispose());
}

/** The server's words say more than the phase. */
function phaseText(step: RunProgress): string | undefined {
  if (step.message) return step.message;
  switch (step.phase) {
    case 'plan':
      return vscode.l10n.t('planning the launch…');
    case 'build':
      return vscode.l10n.t('building…');
    case 'run':
      return vscode.l10n.t('running…');
    default:
      return undefined;
  }
}
