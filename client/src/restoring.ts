/**
 * Pages after the window was loaded anew. VS Code brings their tabs back with the state that each page kept, and their features
 * make them again from it; a tab whose page cannot be made again is closed.
 */
import type * as vscode from 'vscode';

/** What makes a page again: whose it is, and what that feature needs to know. Plain JSON. */
export interface PageState {
  readonly page: string;
  readonly [name: string]: unknown;
}

/** Nothing where what the page was about is gone. */
export type Restore<Content> = (state: PageState) => Promise<{ key: string; content: Content } | undefined>;

interface Pages<Content> {
  isOpen(key: string): boolean;
  adopt(key: string, panel: vscode.WebviewPanel, content: Content): Promise<void> | void;
}

export class Restoring<Content> implements vscode.WebviewPanelSerializer {
  private readonly features = new Map<string, Restore<Content>>();

  constructor(
    private readonly pages: Pages<Content>,
    private readonly onError: (error: unknown) => void,
  ) {}

  register(page: string, restore: Restore<Content>): void {
    this.features.set(page, restore);
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    try {
      const restored = isPageState(state) ? await this.features.get(state.page)?.(state) : undefined;
      // A tab in the background is made again when it comes to the front; the page may have been opened anew by then.
      if (restored && !this.pages.isOpen(restored.key)) {
        await this.pages.adopt(restored.key, panel, restored.content);
        return;
      }
    } catch (error) {
      this.onError(error);
    }
    panel.dispose();
  }
}

function isPageState(state: unknown): state is PageState {
  return typeof state === 'object' && state !== null && 'page' in state && typeof state.page === 'string';
}

/** The kernel that a page is about, as its state tells. */
export function kernelOf({ uri, kernel }: PageState): { uri: string; kernel: string } | undefined {
  return typeof uri === 'string' && typeof kernel === 'string' ? { uri, kernel } : undefined;
}
