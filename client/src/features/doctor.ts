/** `Check Environment`: which toolkit, compilers and GPU were found, and what to do about the rest. */
import * as vscode from 'vscode';
import { doctorRequest, type DoctorReport } from '../../../protocol/src/messages';
import { whereTrusted } from '../commands';
import type { Context } from '../context';
import type { PanelContent } from '../panels';
import { doctorPage } from '../text/doctor-page';

const key = 'environment';

export function activate(context: Context): void {
  const content: PanelContent = {
    title: vscode.l10n.t('Environment of Kernel Lens'),
    render: async () => doctorPage(await context.server.request<object, DoctorReport>(doctorRequest, {}), vscode.l10n),
    state: { page: key },
  };
  context.panels.onRestore(key, () => Promise.resolve(vscode.workspace.isTrusted ? { key, content } : undefined));
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(
      'kernelLens.checkEnvironment',
      whereTrusted(context, () => context.panels.show(key, content)),
    ),
  );
}
