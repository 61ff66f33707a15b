/**
 * What another C++ extension says of a `.cu` file stands beside nvcc's own words, and is often wrong. As soon as that happens, and once
 * a session, the way to stop it is offered; nobody's setting or file is changed without a click.
 */
import * as vscode from 'vscode';
import { toolkitMissingNotification } from '../../../protocol/src/messages';
import type { Context } from '../context';
import { isCuda } from '../selector';

interface Neighbour {
  readonly name: string;
  /** Who signs its diagnostics. */
  readonly source: RegExp;
  /** What the offer's button does. */
  readonly remedy: (document: vscode.TextDocument) => { readonly label: string; readonly run: () => Thenable<unknown> };
  /** Whether the user has decided already. */
  readonly decided?: (document: vscode.TextDocument) => boolean;
}

const squiggles = 'errorSquiggles';

const neighbours: readonly Neighbour[] = [
  {
    name: 'clangd',
    source: /^clang(?:d|-tidy)?$/,
    remedy: () => ({
      label: vscode.l10n.t('Write .clangd'),
      run: () => vscode.commands.executeCommand('kernelLens.writeClangdConfig'),
    }),
  },
  {
    name: 'C/C++',
    source: /^C\/C\+\+$/,
    remedy: (document) => ({
      label: vscode.l10n.t('Turn Off Its Squiggles in This Workspace'),
      run: () => cppSettings(document).update(squiggles, 'disabled', vscode.workspace.workspaceFolders === undefined),
    }),
    decided: (document) => {
      const chosen = cppSettings(document).inspect(squiggles);
      return (chosen?.workspaceValue ?? chosen?.workspaceFolderValue) !== undefined;
    },
  },
];

function cppSettings(document: vscode.TextDocument): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration('C_Cpp', document);
}

export function activate(context: Context): void {
  const { subscriptions, workspaceState } = context.extension;
  /** Without nvcc the neighbour's are the only errors there are. */
  let alone = false;
  const asked = new Set<string>();
  subscriptions.push(
    context.server.on(toolkitMissingNotification, () => (alone = true)),
    vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      if (alone || asked.size === neighbours.length || !vscode.workspace.isTrusted) return;
      for (const uri of uris) {
        const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
        if (!document || !isCuda(document) || !shown(document)) continue;
        const neighbour = neighbours.find(({ name, source }) => !asked.has(name) && isHeard(uri, source));
        if (!neighbour) continue;
        asked.add(neighbour.name);
        const key = `neighbours.${neighbour.name}.silenced`;
        if (workspaceState.get<boolean>(key) || neighbour.decided?.(document)) continue;
        void offer(neighbour, document, () => workspaceState.update(key, true));
      }
    }),
  );
}

function isHeard(uri: vscode.Uri, source: RegExp): boolean {
  return vscode.languages
    .getDiagnostics(uri)
    .some((found) => found.severity === vscode.DiagnosticSeverity.Error && source.test(found.source ?? ''));
}

/** Whether nvcc's own errors are shown in this document. */
function shown(document: vscode.TextDocument): boolean {
  return vscode.workspace.getConfiguration('kernelLens', document).get('diagnostics.nvcc') !== 'off';
}

async function offer(
  { name, remedy }: Neighbour,
  document: vscode.TextDocument,
  silence: () => Thenable<void>,
): Promise<void> {
  const { label, run } = remedy(document);
  const never = vscode.l10n.t("Don't Show Again");
  const message = vscode.l10n.t(
    '{0} shows errors of its own in this file, beside those of nvcc, which compiles it.',
    name,
  );
  const choice = await vscode.window.showInformationMessage(message, label, never);
  if (choice === label) await run();
  if (choice === never) await silence();
}
