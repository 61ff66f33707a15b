/** Read-only markdown pages under the scheme `kernel-lens:`, shown as VS Code's markdown preview. */
import * as vscode from 'vscode';

export const scheme = 'kernel-lens';

export type Render = (query: string) => Promise<string>;

export class Pages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly renderers = new Map<string, Render>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  readonly onDidChange = this.changed.event;

  /** `kind` is the page's folder in its URI. */
  add(kind: string, render: Render): void {
    this.renderers.set(kind, render);
  }

  async show(uri: vscode.Uri): Promise<void> {
    // A page that was open before is asked for anew.
    this.refresh(uri);
    await vscode.commands.executeCommand('markdown.showPreviewToSide', uri);
  }

  refresh(uri: vscode.Uri): void {
    this.changed.fire(uri);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const render = this.renderers.get(uri.path.split('/')[1] ?? '');
    return render ? render(uri.query) : '';
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }
}

/** `title` becomes the tab's name. */
export function pageUri(kind: string, title: string, query = ''): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${kind}/${title.replaceAll('/', '∕')}.md`, query });
}
