/** `Choose Launch`: which of a kernel's launches, or which instantiation, is planned and run. */
import * as vscode from 'vscode';
import {
  chooseLaunchRequest,
  launchesRequest,
  type ChooseLaunchParams,
  type ChosenLaunch,
  type PossibleLaunches,
} from '../../../protocol/src/launch-choice';
import { environmentNotification, type KernelRef } from '../../../protocol/src/messages';
import { onKernel } from '../commands';
import type { Context } from '../context';
import { reportError } from '../report';

const storageKey = 'kernelLens.launches';

export function activate(context: Context): void {
  const { workspaceState, subscriptions } = context.extension;
  const remembered = () => workspaceState.get<readonly ChosenLaunch[]>(storageKey, []);
  const send = (chosen: readonly ChosenLaunch[]) =>
    context.server.request<ChooseLaunchParams, null>(chooseLaunchRequest, { chosen });
  const choose = onKernel(context, async (target) => {
    const chosen = await pick(context, target);
    if (!chosen) return;
    const others = remembered().filter(({ uri, kernel }) => uri !== chosen.uri || kernel !== chosen.kernel);
    await workspaceState.update(storageKey, chosen.choice === undefined ? others : [...others, chosen]);
    await send([chosen]);
  });
  subscriptions.push(
    vscode.commands.registerCommand('kernelLens.chooseLaunch', choose),
    // A server that has just started says where kernels run, and knows no choices yet.
    context.server.on(environmentNotification, () => {
      const chosen = remembered();
      if (chosen.length > 0) send(chosen).catch((error: unknown) => reportError(context, error));
    }),
  );
}

async function pick(context: Context, target: KernelRef): Promise<ChosenLaunch | undefined> {
  const { launches } = await context.server.request<KernelRef, PossibleLaunches>(launchesRequest, target);
  if (launches.length === 0) {
    const message = vscode.l10n.t('This file does not launch {0}. Configure says how to run it.', target.kernel);
    const configure = vscode.l10n.t('Configure');
    if ((await vscode.window.showInformationMessage(message, configure)) === configure) {
      await vscode.commands.executeCommand('kernelLens.configureLaunch', target.uri, target.kernel);
    }
    return undefined;
  }
  const items = launches.map((launch) => ({
    label: `${launch.current ? '$(check)' : '$(blank)'} ${launch.text}`,
    description: [
      launch.line === undefined ? undefined : vscode.l10n.t('line {0}', launch.line),
      launch.function,
      launch.choice === undefined ? vscode.l10n.t('automatic') : undefined,
    ]
      .filter((part) => part !== undefined)
      .join(' · '),
    ...(launch.known !== undefined && launch.all !== undefined
      ? { detail: vscode.l10n.t('{0} of {1} values are in the file', launch.known, launch.all) }
      : {}),
    launch,
  }));
  const placeHolder = vscode.l10n.t('Run {0} as which launch?', target.kernel);
  const picked = await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true });
  if (!picked) return undefined;
  const { choice } = picked.launch;
  return { ...target, ...(choice === undefined ? {} : { choice }) };
}
