/** Pages with a script of their own (charts, timelines): one panel for each key, fed with data by messages. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { Restoring, type PageState, type Restore } from './restoring';
import { scriptPage } from './text/html';

export interface ViewContent<Data> {
  /** Name of the script: `dist/webviews/<script>.js`, built from `client/src/webviews/<script>/main.ts`. */
  readonly script: string;
  readonly title: string;
  /** Sent to the page as soon as it listens, and again by `update`. Plain JSON. */
  readonly data: Data;
  /** What the page posts: its own messages, and `{ line }` or `{ file, line }` of a link to the source. */
  readonly onMessage?: (message: Readonly<Record<string, unknown>>) => Promise<void> | void;
  readonly onClose?: () => void;
  /** What its feature, which named itself to `onRestore`, makes the page of again after the window was loaded anew. */
  readonly state?: PageState;
}

const viewType = 'kernelLens.view';

interface Shown {
  readonly panel: vscode.WebviewPanel;
  content: ViewContent<unknown>;
}

export class Views implements vscode.Disposable {
  private readonly shown = new Map<string, Shown>();
  private readonly restoring: Restoring<ViewContent<unknown>>;
  private readonly serializer: vscode.Disposable;

  constructor(
    private readonly extension: vscode.ExtensionContext,
    /** What goes wrong while a page is made again, or its message is answered. */
    private readonly onError: (error: unknown) => void,
  ) {
    this.restoring = new Restoring(this, onError);
    this.serializer = vscode.window.registerWebviewPanelSerializer(viewType, this.restoring);
  }

  onRestore(feature: string, restore: Restore<ViewContent<unknown>>): void {
    this.restoring.register(feature, restore);
  }

  isOpen(key: string): boolean {
    return this.shown.has(key);
  }

  /** Opens the page beside the editor, or brings it to the front with new content. */
  show<Data>(key: string, content: ViewContent<Data>): void {
    const known = this.shown.get(key);
    if (known) {
      known.content = content;
      known.panel.title = content.title;
      known.panel.reveal(undefined, true);
      this.send(known);
      return;
    }
    const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    const panel = vscode.window.createWebviewPanel(viewType, content.title, place, { retainContextWhenHidden: true });
    this.adopt(key, panel, content);
  }

  /** Gives a panel its page: a new one, or one that VS Code made (a custom editor's, or after the window was loaded anew). */
  adopt<Data>(key: string, panel: vscode.WebviewPanel, content: ViewContent<Data>): void {
    const scripts = vscode.Uri.joinPath(this.extension.extensionUri, 'dist', 'webviews');
    const shown: Shown = { panel, content };
    panel.webview.options = { enableScripts: true, localResourceRoots: [scripts] };
    this.shown.set(key, shown);
    panel.onDidDispose(() => {
      this.shown.delete(key);
      shown.content.onClose?.();
    });
    panel.webview.onDidReceiveMessage(async (message: Readonly<Record<string, unknown>>) => {
      try {
        if (message['ready'] === true) this.send(shown);
        else await shown.content.onMessage?.(message);
      } catch (error) {
        this.onError(error);
      }
    });
    panel.webview.html = scriptPage({
      language: vscode.env.language,
      title: content.title,
      nonce: randomBytes(16).toString('base64'),
      source: panel.webview.cspSource,
      script: panel.webview.asWebviewUri(vscode.Uri.joinPath(scripts, `${content.script}.js`)).toString(),
    });
  }

  /** New data for a page that may be open; the page redraws. */
  update<Data>(key: string, data: Data, state?: PageState): void {
    const shown = this.shown.get(key);
    if (!shown) return;
    shown.content = { ...shown.content, data, ...(state && { state }) };
    this.send(shown);
  }

  private send({ panel, content }: Shown): void {
    void panel.webview.postMessage({ data: content.data, state: content.state });
  }

  dispose(): void {
    this.serializer.dispose();
    for (const { panel } of [...this.shown.values()]) panel.dispose();
  }
}
