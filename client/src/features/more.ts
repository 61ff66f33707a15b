/** `More…`: what can be done with a kernel besides running it, in one list. */
import * as vscode from 'vscode';
import { launchesRequest, type PossibleLaunches } from '../../../protocol/src/launch-choice';
import type { KernelRef } from '../../../protocol/src/messages';
import { onKernel } from '../commands';
import type { Context } from '../context';

interface Action {
  readonly icon: string;
  readonly label: string;
  readonly detail: string;
  /** Called with the document's URI and the kernel's name. */
  readonly command: string;
}

/** In the order of the list; commands of other features, each registered there. */
function actions(): readonly Action[] {
  return [
    {
      icon: 'pass',
      label: vscode.l10n.t('Check Answer'),
      detail: vscode.l10n.t('Run, and compare the results with the CPU or with a reference function'),
      command: 'kernelLens.checkAnswer',
    },
    {
      icon: 'edit',
      label: vscode.l10n.t('Configure'),
      detail: vscode.l10n.t('Write the plan down above the kernel, to be edited'),
      command: 'kernelLens.configureLaunch',
    },
    {
      icon: 'list-selection',
      label: vscode.l10n.t('Choose Launch'),
      detail: vscode.l10n.t('Which launch of the file, or which instantiation, is run'),
      command: 'kernelLens.chooseLaunch',
    },
    {
      icon: 'list-tree',
      label: vscode.l10n.t('Launch Plan'),
      detail: vscode.l10n.t('How the kernel is run, and where each value comes from'),
      command: 'kernelLens.showPlan',
    },
    {
      icon: 'settings',
      label: vscode.l10n.t('Tune'),
      detail: vscode.l10n.t('Measure other block sizes, and what the directive lists'),
      command: 'kernelLens.tuneKernel',
    },
    {
      icon: 'graph-line',
      label: vscode.l10n.t('Sweep Problem Size'),
      detail: vscode.l10n.t('Time and throughput for a range of sizes'),
      command: 'kernelLens.sweepSize',
    },
    {
      icon: 'flame',
      label: vscode.l10n.t('Profile'),
      detail: vscode.l10n.t('What bounds the kernel, its hot lines and what to do, by Nsight Compute'),
      command: 'kernelLens.profileKernel',
    },
    {
      icon: 'flame',
      label: vscode.l10n.t('Profile with All Sections'),
      detail: vscode.l10n.t('Everything that Nsight Compute measures, in some forty passes'),
      command: 'kernelLens.profileKernelFully',
    },
    {
      icon: 'bug',
      label: vscode.l10n.t('Sanitize'),
      detail: vscode.l10n.t('Bad accesses, races and barriers, found by compute-sanitizer'),
      command: 'kernelLens.sanitizeKernel',
    },
    {
      icon: 'file-binary',
      label: vscode.l10n.t('Assembly'),
      detail: vscode.l10n.t('PTX and SASS beside the source, line by line'),
      command: 'kernelLens.showAssembly',
    },
    {
      icon: 'history',
      label: vscode.l10n.t('Run History'),
      detail: vscode.l10n.t('All runs with their times and changes, and the baseline'),
      command: 'kernelLens.showHistory',
    },
    {
      icon: 'pin',
      label: vscode.l10n.t('Pin as Baseline'),
      detail: vscode.l10n.t('Compare later runs with the last one'),
      command: 'kernelLens.pinBaseline',
    },
    {
      icon: 'eye',
      label: vscode.l10n.t('Watch'),
      detail: vscode.l10n.t('Run whenever the file, or a file it includes, is saved'),
      command: 'kernelLens.watchKernel',
    },
  ];
}

export function activate(context: Context): void {
  context.extension.subscriptions.push(
    vscode.commands.registerCommand(
      'kernelLens.more',
      onKernel(context, async (target) => {
        const { launches } = await context.server.request<KernelRef, PossibleLaunches>(launchesRequest, target);
        const choice = launches.length > 1;
        const items = actions()
          .filter(({ command }) => choice || command !== 'kernelLens.chooseLaunch')
          .map((action) => ({ ...action, label: `$(${action.icon}) ${action.label}` }));
        const placeHolder = vscode.l10n.t('What to do with {0}', target.kernel);
        const picked = await vscode.window.showQuickPick(items, { placeHolder, matchOnDetail: true });
        if (picked) await vscode.commands.executeCommand(picked.command, target.uri, target.kernel);
      }),
    ),
  );
}
