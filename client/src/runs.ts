/** Runs under way: one for each kernel or program; a new one ends the old. */
import * as vscode from 'vscode';
import { runProgressNotification, type RunProgress } from '../../protocol/src/messages';
import type { Connection } from './connection';

interface Run {
  readonly uri: string;
  readonly kernel: string | undefined;
  readonly cancellation: vscode.CancellationTokenSource;
  readonly onProgress: (progress: RunProgress) => void;
  readonly done: Promise<unknown>;
}

export interface RunOptions<Answer> {
  readonly uri: string;
  /** Undefined for the whole program. */
  readonly kernel?: string | undefined;
  /** The user's: ends this run. */
  readonly token: vscode.CancellationToken;
  readonly onProgress: (progress: RunProgress) => void;
  readonly run: (token: vscode.CancellationToken) => Promise<Answer>;
}

export class Runs implements vscode.Disposable {
  private readonly active = new Set<Run>();
  private readonly changed = new vscode.EventEmitter<boolean>();
  private readonly progress: vscode.Disposable;
  /** Fires with whether anything runs. */
  readonly onDidChange = this.changed.event;

  constructor(server: Connection) {
    this.progress = server.on<RunProgress>(runProgressNotification, (progress) => {
      for (const run of this.find(progress.uri, progress.kernel)) run.onProgress(progress);
    });
  }

  async start<Answer>(options: RunOptions<Answer>): Promise<Answer> {
    for (const old of this.find(options.uri, options.kernel)) {
      old.cancellation.cancel();
      // Two runs at once would disturb each other's timing.
      await old.done.catch(() => undefined);
    }
    const cancellation = new vscode.CancellationTokenSource();
    const relay = options.token.onCancellationRequested(() => cancellation.cancel());
    if (options.token.isCancellationRequested) cancellation.cancel();
    const done = options.run(cancellation.token);
    const run: Run = { ...options, kernel: options.kernel, cancellation, done };
    this.active.add(run);
    this.announce();
    try {
      return await done;
    } finally {
      this.active.delete(run);
      relay.dispose();
      cancellation.dispose();
      this.announce();
    }
  }

  cancelAll(): void {
    for (const run of this.active) run.cancellation.cancel();
  }

  dispose(): void {
    this.cancelAll();
    this.progress.dispose();
    this.changed.dispose();
  }

  private find(uri: string, kernel: string | undefined): Run[] {
    return [...this.active].filter((run) => run.uri === uri && run.kernel === kernel);
  }

  private announce(): void {
    const running = this.active.size > 0;
    void vscode.commands.executeCommand('setContext', 'kernelLens.running', running);
    this.changed.fire(running);
  }
}
