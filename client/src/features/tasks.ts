/** Tasks that build a `.cu` file with the toolkit's nvcc and the project's flags; no shell is involved. */
import path from 'node:path';
import * as vscode from 'vscode';
import { buildCommandRequest, type BuildCommandAnswer, type BuildCommandParams } from '../../../protocol/src/messages';
import type { Context } from '../context';
import { expandVariables } from '../text/task-variables';

const taskType = 'kernelLens';
const matchers = ['nvcc', 'gcc', 'ptxas', 'tools'].map((name) => `$kernel-lens-${name}`);

interface Definition extends vscode.TaskDefinition {
  readonly file?: string;
  readonly lineinfo?: boolean;
  readonly args?: readonly string[];
}

export function activate(context: Context): void {
  context.extension.subscriptions.push(
    vscode.tasks.registerTaskProvider(taskType, {
      provideTasks: async (token) => {
        const document = vscode.window.activeTextEditor?.document;
        const buildable = document?.uri.scheme === 'file' && document.uri.path.endsWith('.cu');
        if (!buildable || !vscode.workspace.isTrusted) return [];
        const scope = vscode.workspace.getWorkspaceFolder(document.uri) ?? vscode.TaskScope.Workspace;
        const offered: [string, Definition][] = [
          [vscode.l10n.t('Build this file'), { type: taskType, file: '${file}' }],
          [vscode.l10n.t('Build with -lineinfo'), { type: taskType, file: '${file}', lineinfo: true }],
        ];
        const tasks = await Promise.all(
          offered.map(async ([name, definition]) => {
            const command = await ask(context, document.uri, definition, token);
            // Without a toolkit nothing is offered; a task that is asked for by name says why.
            return 'message' in command ? [] : [taskOf(definition, scope, name, command)];
          }),
        );
        return tasks.flat();
      },
      resolveTask: async (task, token) => {
        if (!vscode.workspace.isTrusted) return undefined;
        const definition = task.definition as Definition;
        const uri = sourceOf(definition, task.scope);
        const command = uri
          ? await ask(context, uri, definition, token)
          : { message: vscode.l10n.t('Open a CUDA file (.cu) first.') };
        if ('message' in command) {
          void vscode.window.showErrorMessage(command.message);
          return undefined;
        }
        return taskOf(definition, task.scope ?? vscode.TaskScope.Workspace, task.name, command);
      },
    }),
  );
}

function ask(
  context: Context,
  uri: vscode.Uri,
  { lineinfo, args }: Definition,
  token: vscode.CancellationToken,
): Promise<BuildCommandAnswer> {
  const params: BuildCommandParams = {
    uri: uri.toString(),
    ...(lineinfo !== undefined && { lineinfo }),
    ...(args !== undefined && { args }),
  };
  return context.server.request<BuildCommandParams, BuildCommandAnswer>(buildCommandRequest, params, token);
}

/** The file of a tasks.json entry; the active one where it names none. */
function sourceOf(definition: Definition, scope: vscode.Task['scope']): vscode.Uri | undefined {
  const active = vscode.window.activeTextEditor?.document.uri;
  const folder = (typeof scope === 'object' ? scope : vscode.workspace.workspaceFolders?.[0])?.uri.fsPath;
  const places = { file: active?.scheme === 'file' ? active.fsPath : undefined, folder };
  const file = expandVariables(definition.file ?? '${file}', places);
  if (file === undefined || (folder === undefined && !path.isAbsolute(file))) return undefined;
  return vscode.Uri.file(path.resolve(folder ?? '', file));
}

function taskOf(
  definition: Definition,
  scope: NonNullable<vscode.Task['scope']>,
  name: string,
  { nvcc, args, cwd }: Exclude<BuildCommandAnswer, { message: string }>,
): vscode.Task {
  const execution = new vscode.ProcessExecution(nvcc, [...args], { cwd });
  const task = new vscode.Task(definition, scope, name, 'Kernel Lens', execution, matchers);
  task.group = vscode.TaskGroup.Build;
  task.presentationOptions = { clear: true, showReuseMessage: false };
  return task;
}
