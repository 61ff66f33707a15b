/** `Check Environment`: which toolkit, compilers, GPU and tools were found, and what to do about the rest. */
import * as vscode from 'vscode';
import { doctorRequest, type DoctorReport } from '../../../protocol/src/messages';
import type { Context } from '../context';
import { pageUri } from '../pages';
import { reportError } from '../report';
import { ensureTrusted } from '../target';
import { doctorPage } from '../text/doctor-page';

const kind = 'environment';

export function activate(context: Context): void {
  context.pages.add(kind, async () =>
    doctorPage(await context.server.request<object, DoctorReport>(doctorRequest, {}), vscode.l10n),
  );
  context.extension.subscriptions.push(
    vscode.commands.registerCommand('kernelLens.checkEnvironment', async () => {
      try {
        if (await ensureTrusted()) await context.pages.show(pageUri(kind, vscode.l10n.t('Environment')));
      } catch (error) {
        reportError(context, error);
      }
    }),
  );
}
