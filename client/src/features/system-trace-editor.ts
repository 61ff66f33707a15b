/** Opens reports of Nsight Systems: the same timeline as after a run of a program. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import { systemTraceRequest, type SystemTraceAnswer, type SystemTraceParams } from '../../../protocol/src/system-trace';
import type { Context } from '../context';
import { escape, page } from '../text/html';
import { profileFailurePage } from '../text/profile-failure';
import { timelineContent } from './timeline';

export function activate(context: Context): void {
  context.extension.subscriptions.push(
    vscode.window.registerCustomEditorProvider(
      'kernelLens.systemTrace',
      {
        openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
        resolveCustomEditor: ({ uri }, panel) => resolve(context, uri, panel),
      },
      { webviewOptions: { retainContextWhenHidden: true } },
    ),
  );
}

async function resolve(context: Context, uri: vscode.Uri, panel: vscode.WebviewPanel): Promise<void> {
  const name = path.posix.basename(uri.path);
  const scripts = vscode.Uri.joinPath(context.extension.extensionUri, 'dist', 'webviews');
  panel.webview.options = { enableScripts: true, localResourceRoots: [scripts] };
  const show = (body: string) => {
    const nonce = randomBytes(16).toString('base64');
    panel.webview.html = page({ language: vscode.env.language, title: name, body, nonce });
  };
  // The export of a long report takes minutes; closing the page ends it.
  show(`<p class="quiet">${escape(vscode.l10n.t('Reading the report…'))}</p>`);
  const closed = new vscode.CancellationTokenSource();
  const listening = panel.onDidDispose(() => closed.cancel());
  try {
    const params: SystemTraceParams = { uri: uri.toString() };
    const answer = await context.server.request<SystemTraceParams, SystemTraceAnswer>(
      systemTraceRequest,
      params,
      closed.token,
    );
    if (closed.token.isCancellationRequested) return;
    if (answer.status !== 'ok') show(profileFailurePage(name, answer, vscode.l10n));
    else {
      const content = await timelineContent(vscode.Uri.file(answer.file), name);
      context.views.adopt(`system trace ${uri.toString()}`, panel, content);
    }
  } finally {
    listening.dispose();
    closed.dispose();
  }
}
