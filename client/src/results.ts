/** The last result of each kernel in this window, for the page that shows it. */
import * as vscode from 'vscode';
import type { KernelRef, RunResult } from '../../protocol/src';

export interface LastResult {
  readonly result: RunResult;
  readonly at: Date;
}

export class Results implements vscode.Disposable {
  private readonly byKernel = new Map<string, LastResult>();
  private readonly changed = new vscode.EventEmitter<KernelRef>();
  readonly onDidChange = this.changed.event;

  set(kernel: KernelRef, result: RunResult): void {
    this.byKernel.set(key(kernel), { result, at: new Date() });
    this.changed.fire(kernel);
  }

  get(kernel: KernelRef): LastResult | undefined {
    return this.byKernel.get(key(kernel));
  }

  dispose(): void {
    this.changed.dispose();
  }
}

function key({ uri, kernel }: KernelRef): string {
  return `${uri}\n${kernel}`;
}
