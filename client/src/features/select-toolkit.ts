/** `Select CUDA Toolkit`: which of this machine's toolkits the workspace uses. */
import * as vscode from 'vscode';
import { toolkitsRequest, type ToolkitChoice, type Toolkits } from '../../../protocol/src/messages';
import { whereTrusted } from '../commands';
import type { Context } from '../context';
import { openSetting } from '../report';

const setting = 'cuda.path';

export function activate(context: Context): void {
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(
      'kernelLens.selectToolkit',
      whereTrusted(context, () => selectToolkit(context)),
    ),
  );
}

interface Item extends vscode.QuickPickItem {
  /** The setting's value; undefined: none. */
  readonly value: string | undefined;
}

async function selectToolkit(context: Context): Promise<void> {
  const { toolkits } = await context.server.request<object, Toolkits>(toolkitsRequest, {});
  if (toolkits.length === 0) {
    const open = vscode.l10n.t('Open Setting');
    const message = vscode.l10n.t(
      'No CUDA Toolkit was found on this machine. Its folder can be set in kernelLens.cuda.path.',
    );
    if ((await vscode.window.showWarningMessage(message, open)) === open) await openSetting(`kernelLens.${setting}`);
    return;
  }
  const current = toolkits.find((toolkit) => toolkit.current);
  const automatic: Item = {
    label: vscode.l10n.t('Search automatically'),
    ...(current && { detail: vscode.l10n.t('{0} is used now', `CUDA ${current.version}`) }),
    value: undefined,
  };
  const items = [automatic, ...toolkits.map(itemOf)];
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t('Which CUDA Toolkit?'),
    matchOnDetail: true,
  });
  if (picked) await choose(picked.value);
}

function itemOf(toolkit: ToolkitChoice): Item {
  return {
    label: `CUDA ${toolkit.version}`,
    description: toolkit.current ? `${originText(toolkit)} · ${vscode.l10n.t('current')}` : originText(toolkit),
    detail: toolkit.path,
    value: toolkit.path,
  };
}

function originText({ origin }: ToolkitChoice): string {
  if (origin === 'setting') return vscode.l10n.t('from the setting');
  return origin === 'folder' ? vscode.l10n.t('in the usual folders') : vscode.l10n.t('from {0}', origin);
}

/** The workspace's choice; the user's where no folder is open. Searching clears what stands in the way. */
async function choose(value: string | undefined): Promise<void> {
  const configuration = vscode.workspace.getConfiguration('kernelLens');
  const { Workspace, Global } = vscode.ConfigurationTarget;
  const target = vscode.workspace.workspaceFolders ? Workspace : Global;
  if (value !== undefined) return configuration.update(setting, value, target);
  const known = configuration.inspect<string>(setting);
  if (known?.workspaceValue !== undefined) await configuration.update(setting, undefined, Workspace);
  // An empty value of the workspace hides the user's own, which other workspaces keep.
  if (known?.globalValue) await configuration.update(setting, target === Workspace ? '' : undefined, target);
}
