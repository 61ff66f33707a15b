/** Where kernels run and with which toolkit: beside the language in the status bar, and the command that chooses. */
import * as vscode from 'vscode';
import { environmentNotification, type Environment } from '../../../protocol/src/messages';
import type { Context } from '../context';
import { documentSelector } from '../selector';

type Choice = 'auto' | 'gpu' | 'cpu';

export function activate(context: Context): void {
  const device = vscode.languages.createLanguageStatusItem('kernelLens.device', documentSelector);
  device.name = vscode.l10n.t('Kernel Lens: device');
  device.command = { command: 'kernelLens.selectDevice', title: vscode.l10n.t('Select') };

  const toolkit = vscode.languages.createLanguageStatusItem('kernelLens.toolkit', documentSelector);
  toolkit.name = vscode.l10n.t('Kernel Lens: CUDA Toolkit');
  const choose = { command: 'kernelLens.selectToolkit', title: vscode.l10n.t('Select') };
  const check = { command: 'kernelLens.checkEnvironment', title: vscode.l10n.t('Check Environment') };

  let environment: Environment | undefined;
  const show = () => {
    device.text = `$(circuit-board) ${deviceText(environment)}`;
    device.detail = choiceText(configuredDevice());
    device.severity =
      environment && !environment.device
        ? vscode.LanguageStatusSeverity.Warning
        : vscode.LanguageStatusSeverity.Information;
    if (!environment) {
      toolkit.text = vscode.l10n.t('CUDA Toolkit');
    } else {
      const version = environment.toolkitVersion;
      toolkit.text = version ? `CUDA ${version}` : vscode.l10n.t('No CUDA Toolkit');
      toolkit.severity = version ? vscode.LanguageStatusSeverity.Information : vscode.LanguageStatusSeverity.Warning;
    }
    toolkit.command = environment && !environment.toolkitVersion ? check : choose;
    toolkit.detail = environment?.toolkitRoot ?? '';
  };
  show();

  context.extension.subscriptions.push(
    device,
    toolkit,
    context.server.on<Environment>(environmentNotification, (now) => {
      environment = now;
      show();
    }),
    context.runs.onDidChange((running) => {
      device.busy = running;
    }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('kernelLens.run.device')) show();
    }),
    vscode.commands.registerCommand('kernelLens.selectDevice', selectDevice),
  );
}

function deviceText(environment: Environment | undefined): string {
  if (!environment) return vscode.l10n.t('Device for kernels');
  if (!environment.device) return vscode.l10n.t('No device');
  return environment.device.kind === 'gpu' ? environment.device.name : `CPU · ${environment.device.name}`;
}

function configuredDevice(): Choice {
  const value = vscode.workspace.getConfiguration('kernelLens').get<string>('run.device');
  return value === 'gpu' || value === 'cpu' ? value : 'auto';
}

function choiceText(choice: Choice): string {
  switch (choice) {
    case 'auto':
      return vscode.l10n.t('automatic');
    case 'gpu':
      return vscode.l10n.t('GPU only');
    case 'cpu':
      return vscode.l10n.t('CPU only');
  }
}

async function selectDevice(): Promise<void> {
  const current = configuredDevice();
  const items = [
    {
      choice: 'auto' as const,
      label: vscode.l10n.t('Automatic'),
      detail: vscode.l10n.t('The GPU when there is one, else the CPU'),
    },
    { choice: 'gpu' as const, label: 'GPU', detail: vscode.l10n.t('The GPU only') },
    {
      choice: 'cpu' as const,
      label: 'CPU',
      detail: vscode.l10n.t('Finds errors and shows results; its time says nothing about a GPU'),
    },
  ].map((item) => (item.choice === current ? { ...item, description: vscode.l10n.t('current') } : item));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Where should kernels run?') });
  if (!picked || picked.choice === current) return;
  const configuration = vscode.workspace.getConfiguration('kernelLens');
  const inWorkspace = configuration.inspect('run.device')?.workspaceValue !== undefined;
  const target = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await configuration.update('run.device', picked.choice, target);
}
