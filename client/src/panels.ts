/** Pages beside the editor: launch plans with the last result, the environment report. One panel for each key. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { Restoring, type PageState, type Restore } from './restoring';
import { page } from './text/html';

export interface PanelContent {
  readonly title: string;
  /** The body's HTML, asked for anew whenever the page is shown or refreshed. */
  readonly render: () => Promise<string>;
  /** A link to a 1-based line was clicked. */
  readonly onLine?: (line: number) => Promise<void>;
  /** What its feature, which named itself to `onRestore`, makes the page of again after the window was loaded anew. */
  readonly state?: PageState;
}

const viewType = 'kernelLens.page';

interface Shown {
  readonly panel: vscode.WebviewPanel;
  readonly content: PanelContent;
  /** The body that is shown. */
  body?: string;
}

export class Panels implements vscode.Disposable {
  private readonly shown = new Map<string, Shown>();
  private readonly restoring: Restoring<PanelContent>;
  private readonly serializer: vscode.Disposable;

  constructor(onError: (error: unknown) => void) {
    this.restoring = new Restoring(this, onError);
    this.serializer = vscode.window.registerWebviewPanelSerializer(viewType, this.restoring);
  }

  onRestore(feature: string, restore: Restore<PanelContent>): void {
    this.restoring.register(feature, restore);
  }

  isOpen(key: string): boolean {
    return this.shown.has(key);
  }

  async show(key: string, content: PanelContent): Promise<void> {
    const known = this.shown.get(key);
    if (known) {
      known.panel.reveal(undefined, true);
      return this.refresh(key);
    }
    const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    const panel = vscode.window.createWebviewPanel(viewType, content.title, place, { enableFindWidget: true });
    return this.adopt(key, panel, content);
  }

  /** Gives a panel its page: a new one, or one that was there before the window was loaded anew. */
  async adopt(key: string, panel: vscode.WebviewPanel, content: PanelContent): Promise<void> {
    panel.webview.options = { enableScripts: true, localResourceRoots: [] };
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
    const { title, render, state } = shown.content;
    const body = await render();
    // Writing a page anew costs the reader the selection and the focus.
    if (this.shown.get(key) !== shown || shown.body === body) return;
    shown.body = body;
    const nonce = randomBytes(16).toString('base64');
    shown.panel.webview.html = page({ language: vscode.env.language, title, body, nonce, ...(state && { state }) });
  }

  /** Keys begin with their kind and document: `prefix` draws all pages of one document anew. */
  async refreshAll(prefix: string): Promise<void> {
    await Promise.all([...this.shown.keys()].filter((key) => key.startsWith(prefix)).map((key) => this.refresh(key)));
  }

  close(key: string): void {
    this.shown.get(key)?.panel.dispose();
  }

  dispose(): void {
    this.serializer.dispose();
    for (const { panel } of [...this.shown.values()]) panel.dispose();
  }
}
