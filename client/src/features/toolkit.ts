/** Says once that there is no nvcc, and offers the setting. */
import * as vscode from 'vscode';
import { toolkitMissingNotification, type ToolkitMissing } from '../../../protocol/src/messages';
import type { Context } from '../context';
import { openSetting } from '../report';

const silencedKey = 'toolkitMissing.silenced';

export function activate(context: Context): void {
  const { globalState, subscriptions } = context.extension;
  let said = false;
  subscriptions.push(
    context.server.on<ToolkitMissing>(toolkitMissingNotification, ({ message, setting }) => {
      if (said || globalState.get<boolean>(silencedKey)) return;
      said = true;
      void offer(context, message, setting);
    }),
  );
}

async function offer(context: Context, message: string, setting: string): Promise<void> {
  const open = vscode.l10n.t('Open Setting');
  const silence = vscode.l10n.t("Don't Show Again");
  const choice = await vscode.window.showWarningMessage(message, open, silence);
  if (choice === open) await openSetting(setting.startsWith('kernelLens.') ? setting : `kernelLens.${setting}`);
  if (choice === silence) await context.extension.globalState.update(silencedKey, true);
}
