/** Pages beside the editor: launch plans with the last result, the environment report. One panel for each key. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { page } from './text/html';

export interface PanelContent {
  readonly title: string;
  /** The body's HTML, asked for anew whenever the page is shown or refreshed. */
  readonly render: () => Promise<string>;
  /** A link to a 1-based line was clicked. */
  readonly onLine?: (line: number) => Promise<void>;
}

interface Shown {
  readonly panel: vscode.WebviewPanel;
  readonly content: PanelContent;
  /** The body that is shown. */
  body?: string;
}

export class Panels implements vscode.Disposable {
  private readonly shown = new Map<string, Shown>();

  async show(key: string, content: PanelContent): Promise<void> {
    const known = this.shown.get(key);
    if (known) {
      known.panel.reveal(undefined, true);
      return this.refresh(key);
    }
    const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    const panel = vscode.window.createWebviewPanel('kernelLens.page', content.title, place, {
      enableScripts: true,
      enableFindWidget: true,
      localResourceRoots: [],
    });
    this.shown.set(key, { panel, content });
    panel.onDidDispose(() => this.shown.delete(key));
    panel.webview.onDidReceiveMessage(async (message: { readonly line?: unknown }) => {
      if (typeof message.line === 'number') await content.onLine?.(message.line);
    });
    return this.refresh(key);
  }

  /** Draws the page anew if it is open. */
  async refresh(key: string): Promise<void> {
    const shown = this.shown.get(key);
    if (!shown) return;
    const { title, render } = shown.content;
    const body = await render();
    // Writing a page anew costs the reader the selection and the focus.
    if (this.shown.get(key) !== shown || shown.body === body) return;
    shown.body = body;
    const nonce = randomBytes(16).toString('base64');
    shown.panel.webview.html = page({ language: vscode.env.language, title, body, nonce });
  }

  /** Keys begin with their kind and document: `prefix` draws all pages of one document anew. */
  async refreshAll(prefix: string): Promise<void> {
    await Promise.all([...this.shown.keys()].filter((key) => key.startsWith(prefix)).map((key) => this.refresh(key)));
  }

  close(key: string): void {
    this.shown.get(key)?.panel.dispose();
  }

  dispose(): void {
    for (const { panel } of [...this.shown.values()]) panel.dispose();
  }
}
