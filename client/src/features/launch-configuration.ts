/** launch.json entries of type `kernelLens`: Run Program with arguments, environment and an executable of the project's own. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { ProgramLaunch } from '../../../protocol/src/trace';
import type { Context } from '../context';
import { runProgram } from '../program-run';
import { expandVariables } from '../text/task-variables';

const debugType = 'kernelLens';

interface Configuration extends vscode.DebugConfiguration {
  readonly file?: string;
  readonly program?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeLimit?: number;
}

export function activate(context: Context): void {
  context.extension.subscriptions.push(
    vscode.debug.registerDebugConfigurationProvider(debugType, {
      provideDebugConfigurations: () => [
        { type: debugType, request: 'launch', name: 'Kernel Lens: Run Program', file: '${file}', args: [] },
      ],
      resolveDebugConfiguration: (_folder, configuration: Configuration) => {
        // The program has a terminal of its own.
        const quiet = { internalConsoleOptions: 'neverOpen', ...configuration, noDebug: true };
        return configuration.file === undefined && configuration.program === undefined
          ? { ...quiet, file: '${file}' }
          : quiet;
      },
    }),
    vscode.debug.registerDebugAdapterDescriptorFactory(debugType, {
      createDebugAdapterDescriptor: ({ workspaceFolder, configuration }) =>
        new vscode.DebugAdapterInlineImplementation(
          new ProgramAdapter((token) => start(context, workspaceFolder, configuration, token)),
        ),
    }),
  );
}

/** The launch configuration that speaks of a file. */
function configurationOf(uri: vscode.Uri): Configuration | undefined {
  const folder = vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath;
  const all = vscode.workspace.getConfiguration('launch', uri).get<readonly Configuration[]>('configurations') ?? [];
  return all.find((configuration) => {
    if (configuration.type !== debugType || configuration.file === undefined) return false;
    const file = expandVariables(configuration.file, { file: uri.fsPath, folder });
    return file !== undefined && path.resolve(folder ?? '', file) === uri.fsPath;
  });
}

/** How a file's program is started, for tools that start it themselves. A variable that only VS Code knows stays as it is. */
export function launchOf(uri: vscode.Uri): ProgramLaunch | undefined {
  const configuration = configurationOf(uri);
  if (!configuration) return undefined;
  const folder = vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath;
  const expand = (text: string) => expandVariables(text, { file: uri.fsPath, folder }) ?? text;
  const { program, args, env, cwd } = configuration;
  return programLaunch(
    {
      ...configuration,
      ...(program !== undefined && { program: expand(program) }),
      ...(cwd !== undefined && { cwd: expand(cwd) }),
      ...(args !== undefined && { args: args.map((argument) => expand(String(argument))) }),
      ...(env !== undefined && {
        env: Object.fromEntries(Object.entries(env).map(([variable, value]) => [variable, expand(String(value))])),
      }),
    },
    folder ?? '',
  );
}

/** Starts the launch configuration that speaks of a file, and waits for its end; false when there is none. */
export async function startConfiguration(uri: vscode.Uri): Promise<boolean> {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  const found = configurationOf(uri);
  if (!found) return false;
  // `${file}` is the lens's file here, which need not be the active one.
  const configuration = { ...found, file: uri.fsPath };
  let session: vscode.DebugSession | undefined;
  const ended = new Promise<void>((resolve) => {
    const listeners = [
      vscode.debug.onDidStartDebugSession((started) => {
        if (started.type === debugType && started.name === found.name) session ??= started;
      }),
      vscode.debug.onDidTerminateDebugSession((terminated) => {
        if (terminated !== session) return;
        for (const listener of listeners) listener.dispose();
        resolve();
      }),
    ];
  });
  if (await vscode.debug.startDebugging(folder, configuration, { noDebug: true, suppressDebugView: true })) await ended;
  return true;
}

async function start(
  context: Context,
  folder: vscode.WorkspaceFolder | undefined,
  configuration: Configuration,
  token: vscode.CancellationToken,
): Promise<number> {
  const { file, program } = configuration;
  const base = folder?.uri.fsPath ?? '';
  const name = file ?? program;
  if (name === undefined)
    throw new Error(vscode.l10n.t('The launch configuration names neither "file" nor "program".'));
  const uri = vscode.Uri.file(path.resolve(base, name));
  // The server reads documents from the editor.
  if (file !== undefined) await vscode.workspace.openTextDocument(uri);
  const result = await runProgram(context, uri, programLaunch(configuration, base), token);
  return result.status === 'ok' ? result.exitCode : 1;
}

function programLaunch({ program, args, env, cwd, timeLimit }: Configuration, base: string): ProgramLaunch {
  return {
    ...(program !== undefined && { program: path.resolve(base, program) }),
    ...(args !== undefined && { args: args.map(String) }),
    ...(env !== undefined && {
      env: Object.fromEntries(Object.entries(env).map(([variable, value]) => [variable, String(value)])),
    }),
    ...(cwd !== undefined && { cwd: path.resolve(base, cwd) }),
    ...(timeLimit !== undefined && { timeLimit }),
  };
}

interface Message extends vscode.DebugProtocolMessage {
  readonly type: 'request';
  readonly seq: number;
  readonly command: string;
}

/** The little of the debug protocol that a run needs: it starts, it ends, and Stop ends it. */
class ProgramAdapter implements vscode.DebugAdapter {
  private readonly sent = new vscode.EventEmitter<vscode.DebugProtocolMessage>();
  readonly onDidSendMessage = this.sent.event;
  private readonly cancellation = new vscode.CancellationTokenSource();
  private sequence = 1;

  constructor(private readonly run: (token: vscode.CancellationToken) => Promise<number>) {}

  handleMessage(message: vscode.DebugProtocolMessage): void {
    const request = message as Message;
    switch (request.command) {
      case 'initialize':
        this.respond(request, { supportsTerminateRequest: true, supportsConfigurationDoneRequest: true });
        this.event('initialized');
        return;
      case 'launch':
        this.respond(request);
        void this.launch();
        return;
      case 'threads':
        this.respond(request, { threads: [] });
        return;
      case 'terminate':
      case 'disconnect':
        this.cancellation.cancel();
        this.respond(request);
        return;
      default:
        this.respond(request);
    }
  }

  private async launch(): Promise<void> {
    let exitCode = 1;
    try {
      exitCode = await this.run(this.cancellation.token);
    } catch (error) {
      const output = `${error instanceof Error ? error.message : String(error)}\n`;
      this.event('output', { category: 'stderr', output });
      void vscode.window.showErrorMessage(vscode.l10n.t('Kernel Lens: {0}', output.trim()));
    }
    this.event('exited', { exitCode });
    this.event('terminated');
  }

  private respond(request: Message, body?: object): void {
    this.send({
      type: 'response',
      request_seq: request.seq,
      success: true,
      command: request.command,
      ...(body && { body }),
    });
  }

  private event(event: string, body?: object): void {
    this.send({ type: 'event', event, ...(body && { body }) });
  }

  private send(message: object): void {
    this.sent.fire({ seq: this.sequence++, ...message });
  }

  dispose(): void {
    this.cancellation.cancel();
    this.sent.dispose();
  }
}
