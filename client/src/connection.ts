/** The one language server process: started, restarted and asked here. */
import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  State,
  TransportKind,
  type ErrorHandler,
  type LanguageClientOptions,
  type ServerOptions,
} from 'vscode-languageclient/node';
import type { InitializationOptions } from '../../protocol/src';
import { documentSelector } from './selector';

/** Extensions with an outline and completion of C++ of their own. */
const cppTools = ['llvm-vs-code-extensions.vscode-clangd', 'ms-vscode.cpptools'];
/** A server that ends this often within `crashWindow` stays down until the user restarts it. */
const maxCrashes = 4;
const crashWindow = 3 * 60 * 1000;

export class Connection {
  private readonly client: LanguageClient;
  private readonly notifications = new Map<string, vscode.EventEmitter<unknown>>();
  private crashes: number[] = [];

  constructor(extension: vscode.ExtensionContext) {
    const module = extension.asAbsolutePath('dist/server.js');
    const serverOptions: ServerOptions = {
      run: { module, transport: TransportKind.ipc },
      debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=6009'] } },
    };
    const clientOptions: LanguageClientOptions = {
      documentSelector,
      outputChannelName: 'Kernel Lens: Server',
      // A function, so that a restarted server hears of trust given since.
      initializationOptions: (): InitializationOptions => ({
        trusted: vscode.workspace.isTrusted,
        cacheDirectory: extension.globalStorageUri.fsPath,
        besideCppTools: cppTools.some((id) => vscode.extensions.getExtension(id) !== undefined),
        ...(vscode.l10n.uri && { l10nBundle: vscode.l10n.uri.fsPath }),
      }),
      errorHandler: this.errorHandler(),
    };
    this.client = new LanguageClient('kernelLens', 'Kernel Lens', serverOptions, clientOptions);
  }

  async start(): Promise<void> {
    try {
      await this.client.start();
    } catch (error) {
      this.client.error('The language server did not start.', error, false);
      void this.offerRestart(vscode.l10n.t('The language server of Kernel Lens did not start.'));
    }
  }

  async stop(): Promise<void> {
    if (this.client.needsStop()) await this.client.stop();
  }

  async restart(): Promise<void> {
    this.crashes = [];
    try {
      if (this.client.needsStop()) await this.client.stop();
    } catch (error) {
      // A server that does not answer to `shutdown` is killed by the client; starting anew is what was asked.
      this.client.warn('The language server did not stop in an orderly way.', error, false);
    }
    await this.start();
  }

  get running(): boolean {
    return this.client.isRunning();
  }

  request<Params, Answer>(method: string, params: Params, token?: vscode.CancellationToken): Promise<Answer> {
    return this.client.sendRequest<Answer>(method, params, token);
  }

  /** Notifications are for a running server only: what one says before is in `initializationOptions`. */
  notify(method: string, params?: object): void {
    if (this.running) void this.client.sendNotification(method, params);
  }

  /** The client keeps one handler for each method; here several features may listen to the same. */
  on<Params>(method: string, handler: (params: Params) => void): vscode.Disposable {
    const known = this.notifications.get(method);
    const emitter = known ?? new vscode.EventEmitter<unknown>();
    if (!known) {
      this.notifications.set(method, emitter);
      this.client.onNotification(method, (params: unknown) => emitter.fire(params));
    }
    return emitter.event((params) => handler(params as Params));
  }

  onStopped(handler: () => void): vscode.Disposable {
    return this.client.onDidChangeState((change) => {
      if (change.newState === State.Stopped) handler();
    });
  }

  showLog(): void {
    this.client.outputChannel.show(true);
  }

  private errorHandler(): ErrorHandler {
    return {
      error: (_error, _message, count) => ({
        action: count !== undefined && count <= 3 ? ErrorAction.Continue : ErrorAction.Shutdown,
        handled: true,
      }),
      closed: () => {
        const now = Date.now();
        this.crashes = [...this.crashes.filter((time) => now - time < crashWindow), now];
        if (this.crashes.length <= maxCrashes) return { action: CloseAction.Restart, handled: true };
        void this.offerRestart(vscode.l10n.t('The language server of Kernel Lens ended repeatedly and stays stopped.'));
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    };
  }

  private async offerRestart(message: string): Promise<void> {
    const restart = vscode.l10n.t('Restart');
    const showLog = vscode.l10n.t('Show Log');
    const choice = await vscode.window.showErrorMessage(message, restart, showLog);
    if (choice === restart) await this.restart();
    if (choice === showLog) this.showLog();
  }
}
