/** Opens `.ncu-rep` files: the same page as after a profile, with all launches of the report. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import { readProfileRequest, type ProfileAnswer, type ReadProfileParams } from '../../../protocol/src/profile';
import type { Context } from '../context';
import { page } from '../text/html';
import { profileFailurePage } from '../text/profile-failure';
import { profileContent } from './profile-page';

export function activate(context: Context): void {
  context.extension.subscriptions.push(
    vscode.window.registerCustomEditorProvider(
      'kernelLens.ncuReport',
      {
        openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
        resolveCustomEditor: async ({ uri }, panel, token) => {
          const name = path.posix.basename(uri.path);
          const scripts = vscode.Uri.joinPath(context.extension.extensionUri, 'dist', 'webviews');
          panel.webview.options = { enableScripts: true, localResourceRoots: [scripts] };
          const params: ReadProfileParams = { uri: uri.toString() };
          const answer = await context.server.request<ReadProfileParams, ProfileAnswer>(
            readProfileRequest,
            params,
            token,
          );
          if (answer.status === 'ok') {
            const key = `ncu-rep ${uri.toString()}`;
            context.views.adopt(key, panel, await profileContent(context, key, name, answer));
            return;
          }
          panel.webview.html = page({
            language: vscode.env.language,
            title: name,
            body: profileFailurePage(name, answer, vscode.l10n),
            nonce: randomBytes(16).toString('base64'),
          });
        },
      },
      { webviewOptions: { retainContextWhenHidden: true } },
    ),
  );
}
