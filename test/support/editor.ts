// Drives the real editor as a person would: VS Code's server shown by a headless browser, keys pressed, lenses clicked.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type Frame, type Locator, type Page } from 'playwright-core';
import { browserArguments, ensureBrowser } from '../../scripts/lib/browser.mjs';
import { examples, results, root } from '../../scripts/lib/paths.mjs';
import { editorUrl, installExtension, installServer, startServer } from '../../scripts/lib/vscode-server.mjs';
import { recordedToolkit, withRecordedGpu, type RecordedTools } from './recorded';
import { escapeRegExp, expectSoon, patience } from './soon';

type Server = Awaited<ReturnType<typeof startServer>>;

export interface EditorOptions {
  /** False opens the folder in Restricted Mode. */
  trusted?: boolean;
  /** A package to install; without it the extension is loaded from this repository. */
  vsix?: string;
  settings?: Record<string, unknown>;
  /** Added to the environment of the editor and of everything it starts. */
  env?: NodeJS.ProcessEnv;
  /** Of the folder: those that name a program or a compiler's flag are no user's, but a machine's or a folder's. */
  folderSettings?: Record<string, unknown>;
  /** Answers of a GPU runner, recorded on a machine with a GPU (see recorded-gpu/): the editor takes it for this machine's. */
  recordedGpu?: string;
  /** Tools of NVIDIA's whose answers are in a recording (see recorded-tools/); the toolkit has them and no others of theirs. */
  recordedTools?: RecordedTools;
  /** Of our words; the editor's own stay English. */
  language?: string;
  /** Files that the open folder has besides the examples: copies, or texts. */
  files?: Readonly<Record<string, string | { readonly text: string }>>;
}

/** What typing tests need: text arrives as it was typed, and nothing pops up over it. */
const plainTyping = {
  // The browser's VS Code saves by itself; what we test is the text before it is saved.
  'files.autoSave': 'off',
  'editor.autoClosingBrackets': 'never',
  'editor.autoClosingQuotes': 'never',
  'editor.autoIndent': 'none',
  // Hints would be part of the text that tests read.
  'editor.inlayHints.enabled': 'off',
  'editor.minimap.enabled': false,
  'editor.parameterHints.enabled': false,
  'editor.quickSuggestions': false,
  'editor.suggestOnTriggerCharacters': false,
  // A list that is still fading is neither seen nor clicked.
  'workbench.reduceMotion': 'on',
  // Terminals as text that can be read.
  'terminal.integrated.gpuAcceleration': 'off',
  'window.autoDetectHighContrast': false,
  'workbench.colorTheme': process.env['KERNEL_LENS_TEST_THEME'] ?? 'Default Dark Modern',
};

export class Editor {
  private constructor(
    private readonly browser: Browser,
    private readonly server: Server,
    private readonly home: string,
    readonly page: Page,
    /** The open folder: a copy of examples/ that tests may change. */
    readonly folder: string,
  ) {}

  static async open(options: EditorOptions = {}): Promise<Editor> {
    const home = mkdtempSync(path.join(os.tmpdir(), 'kernel-lens-editor-'));
    const folder = path.join(home, 'examples');
    cpSync(examples, folder, { recursive: true });
    for (const [name, content] of Object.entries(options.files ?? {})) {
      const file = path.join(folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      if (typeof content === 'string') cpSync(content, file);
      else writeFileSync(file, content.text);
    }
    const toolkit = options.recordedTools && (await recordedToolkit(home, options.recordedTools, folder));
    writeSettings(path.join(folder, '.vscode'), {
      ...options.folderSettings,
      ...(toolkit === undefined ? {} : { 'kernelLens.cuda.path': toolkit }),
    });
    const installation = await installServer('current');
    const data = path.join(home, 'data');
    const extensions = path.join(home, 'extensions');
    mkdirSync(extensions);
    if (options.vsix) await installExtension(installation, { data, extensions, vsix: options.vsix });
    const server = await startServer({
      installation,
      data,
      extensions,
      trusted: options.trusted ?? true,
      settings: { ...plainTyping, ...options.settings },
      ...(options.env && { env: options.env }),
    });
    const browser = await chromium.launch({ executablePath: await ensureBrowser(), args: browserArguments });
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    page.setDefaultTimeout(patience);
    if (options.language !== undefined) await page.addInitScript(speak, options.language);
    const extension = options.recordedGpu === undefined ? root : withRecordedGpu(home, options.recordedGpu);
    await page.goto(editorUrl(server, { folder, ...(options.vsix ? {} : { extension }) }));
    const editor = new Editor(browser, server, home, page, folder);
    await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
    return editor;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Opens a file of the folder through Quick Open. */
  async openFile(name: string): Promise<void> {
    await this.quickInput('Control+P', name, name);
    await this.page.locator('.tab.active', { hasText: name }).waitFor();
  }

  /** Runs a command by its title in the palette, as it stands there. */
  async command(title: string): Promise<void> {
    await this.quickInput('F1', `>${title}`, title);
  }

  /** Types into Quick Open or the palette, and takes the entry of that very name. */
  private async quickInput(key: string, text: string, label: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input[type="text"]').first();
    const row = this.page
      .locator('.quick-input-list .monaco-list-row', {
        has: this.page.locator('.label-name', { hasText: new RegExp(`^${escapeRegExp(label)}$`) }),
      })
      .first();
    await expectSoon(async () => {
      // A list keeps what it found as long as it is open: a file that is new is found by a new one.
      if (await input.isVisible()) await this.page.keyboard.press('Escape');
      // The first key after loading may come before the workbench listens.
      await this.page.keyboard.press(key);
      await input.waitFor({ state: 'visible', timeout: 2000 });
      await input.fill(text, { timeout: 2000 });
      await row.click({ timeout: 3000 });
    }, `${label} in the list`);
  }

  /** The language mode that the status bar names. */
  async language(): Promise<string> {
    return (await this.page.locator('#status\\.editor\\.mode').innerText()).trim();
  }

  /** The titles of the code lenses in view, from top to bottom. */
  async lenses(): Promise<string[]> {
    return (await this.lens().allInnerTexts()).map(plain);
  }

  lens(text?: string | RegExp): Locator {
    const all = this.page.locator('.codelens-decoration a');
    return text === undefined ? all : all.filter({ hasText: text });
  }

  async clickLens(text: string | RegExp): Promise<void> {
    // A lens that is being refreshed is replaced under the mouse; Playwright then clicks the new one.
    await this.lens(text).first().click();
  }

  /** How many squiggles of a kind are in view. */
  squiggles(kind: 'error' | 'warning' | 'info'): Promise<number> {
    return this.page.locator(`.view-overlays .squiggly-${kind}`).count();
  }

  /** The number of errors and warnings in the status bar, such as `1 0`. */
  async problemCounts(): Promise<{ errors: number; warnings: number }> {
    const label = (await this.page.locator('#status\\.problems a').first().getAttribute('aria-label')) ?? '';
    const number = (word: string) => Number(new RegExp(`${word}: (\\d+)`).exec(label)?.[1] ?? 0);
    return { errors: number('Errors'), warnings: number('Warnings') };
  }

  /** The entries of the Problems view, which is opened for it. */
  async problems(): Promise<string[]> {
    const panel = this.page.locator('.markers-panel');
    if (!(await panel.isVisible())) {
      await this.page.locator('#status\\.problems a').first().click();
      await panel.waitFor();
    }
    return (await panel.locator('.monaco-list-row .marker-message-details-container').allInnerTexts()).map(plain);
  }

  /** Puts the cursor at a place, both counted from 1. */
  async goTo(line: number, column = 1): Promise<void> {
    const input = this.page.locator('.quick-input-widget input[type="text"]').first();
    // The list of the step before may still be closing.
    await input.waitFor({ state: 'hidden' });
    await this.page.keyboard.press('Control+G');
    await input.fill(`:${line}:${column}`);
    await this.page.keyboard.press('Enter');
    await input.waitFor({ state: 'hidden' });
  }

  /** Replaces a whole line by what is typed. */
  async replaceLine(line: number, text: string): Promise<void> {
    await this.goTo(line);
    // The whole line with its end, as `Expand Line Selection` takes it.
    await this.page.keyboard.press('Control+L');
    await this.page.keyboard.insertText(`${text}\n`);
  }

  /** The lines in view with their numbers, from top to bottom. */
  private async lines(): Promise<{ number: number; text: string }[]> {
    // A page beside the source is an editor, too, but none of text.
    return this.page
      .locator('.editor-instance[data-mode-id]')
      .first()
      .evaluate((editor) => {
        const place = (element: { getBoundingClientRect(): { top: number } }) =>
          Math.round(element.getBoundingClientRect().top);
        // VS Code keeps the elements of lines in any order: what belongs together stands at the same height.
        const numbers = new Map(
          [...editor.querySelectorAll('.line-numbers')].map((element) => [place(element), Number(element.textContent)]),
        );
        return [...editor.querySelectorAll('.view-lines .view-line')]
          .sort((a, b) => place(a) - place(b))
          .map((element) => ({
            number: numbers.get(place(element)) ?? 0,
            text: (element.textContent ?? '').replaceAll('\u00a0', ' '),
          }));
      });
  }

  /** The text of the lines in view. */
  async text(): Promise<string> {
    return (await this.lines()).map((line) => line.text).join('\n');
  }

  /** What the extension shows after the first line in view that contains something. */
  async lineResult(text: string): Promise<string> {
    const line = this.page.locator('.editor-instance .view-line', { hasText: text }).first();
    const after = await line.evaluate((element) =>
      // Decorations are drawn by style sheets: their text is the content of a pseudo element.
      [...element.querySelectorAll('span')]
        .map((span) => span.ownerDocument.defaultView?.getComputedStyle(span, '::after').content ?? 'none')
        .filter((content) => content !== 'none' && content !== 'normal')
        .join(' '),
    );
    return plain(after.replaceAll(/\\?"/g, ''));
  }

  /** The number of the first line in view whose text contains something. */
  async lineOf(text: string): Promise<number> {
    const line = (await this.lines()).find((candidate) => candidate.text.includes(text));
    if (!line?.number) throw new Error(`No line in view contains '${text}':\n${await this.text()}`);
    return line.number;
  }

  /** Undoes step by step until the text in view is as given. */
  async undoTo(text: string): Promise<void> {
    for (let step = 0; step < 100 && (await this.text()) !== text; step++) {
      await this.page.keyboard.press('Control+Z');
      await this.page.waitForTimeout(50);
    }
  }

  /** Opens the quick fixes at a place and takes the one whose title matches. */
  async quickFix(line: number, column: number, title: string | RegExp): Promise<void> {
    await this.goTo(line, column);
    await this.page.keyboard.press('Control+.');
    await this.page.locator('.action-widget .monaco-list-row', { hasText: title }).first().click();
  }

  /** Changes the folder's settings while the editor runs. */
  changeSettings(changes: Record<string, unknown>): void {
    writeSettings(path.join(this.folder, '.vscode'), changes);
  }

  /** The page in view that contains something, which may have to be drawn first. */
  async webview(selector: string): Promise<Frame> {
    let found: Frame | undefined;
    await expectSoon(async () => {
      for (const frame of this.page.frames()) {
        if (frame === this.page.mainFrame()) continue;
        const visible = frame.locator(selector).first().isVisible();
        if (await visible.catch(() => false)) found = frame;
      }
      return found !== undefined;
    }, `a page with ${selector}`);
    return found as unknown as Frame;
  }

  /** Takes an entry of the list that is open. */
  async pick(text: string | RegExp): Promise<void> {
    await this.entry(text).click();
  }

  /** Takes an entry of the list that a lens opens. A click on a lens that is just being replaced is lost: it is repeated. */
  async pickFromLens(lens: string | RegExp, text: string | RegExp): Promise<void> {
    const entry = this.entry(text);
    await expectSoon(
      async () => {
        if (!(await entry.isVisible())) await this.lens(lens).first().click({ timeout: 2000 });
        await entry.click({ timeout: 2000 });
      },
      `${String(text)} behind ${String(lens)}`,
    );
  }

  private entry(text: string | RegExp): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
  }

  /** The same where the list is longer than what it shows: its name is typed first. */
  async find(label: string): Promise<void> {
    const row = this.page.locator('.quick-input-list .monaco-list-row');
    await row.first().waitFor();
    await this.page.locator('.quick-input-widget input[type="text"]').first().fill(label);
    const name = this.page.locator('.label-name', { hasText: new RegExp(`^\\s*${escapeRegExp(label)}$`) });
    await row.filter({ has: name }).first().click();
  }

  /** Saves the active editor and waits until it is written. */
  async save(): Promise<void> {
    await this.page.keyboard.press('Control+S');
    await this.page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
  }

  /** The lines of the terminal in front. */
  async terminal(): Promise<string> {
    const rows = await this.page.locator('.terminal-wrapper.active .xterm-rows > div').allInnerTexts();
    return rows.map(plain).join('\n').trim();
  }

  /** A notification: in their list, because the test driver lets none pop up. */
  async notification(text: string | RegExp): Promise<Locator> {
    const list = this.page.locator('.notifications-center');
    const found = list.locator('.notification-list-item', { hasText: text }).first();
    // There is none to list until something is told; a list that is left empty closes by itself.
    await expectSoon(
      async () => {
        if (!(await list.isVisible())) await this.page.locator('#status\\.notifications').click();
        return found.isVisible();
      },
      `a notification ${String(text)}`,
    );
    return found;
  }

  /** The line of the cursor, as the status bar says it. */
  async cursorLine(): Promise<number> {
    const text = await this.page.locator('#status\\.editor\\.selection').innerText();
    return Number(/Ln (\d+)/.exec(text)?.[1]);
  }

  /** The hover at a place, as text. */
  async hoverAt(line: number, column: number): Promise<string> {
    await this.goTo(line, column);
    await this.command('Show or Focus Hover');
    const hover = this.page.locator('.monaco-hover:visible').first();
    await hover.waitFor();
    return plain(await hover.innerText());
  }

  /** Saves where the dialog proposes, and returns the path once the file is there. */
  async saveAs(ending: string): Promise<string> {
    const input = this.page.locator('.quick-input-widget input[type="text"]').first();
    let file = '';
    await expectSoon(async () => {
      file = await input.inputValue();
      return file.endsWith(ending);
    }, `a dialog to save a file ${ending}`);
    await this.page.keyboard.press('Enter');
    await expectSoon(() => Promise.resolve(existsSync(file)), file);
    return file;
  }

  /** Leaves a picture in test-results/, and in docs/images/ when pictures are to be updated. */
  async screenshot(name: string, forDocs = false): Promise<void> {
    mkdirSync(results, { recursive: true });
    await this.page.screenshot({ path: path.join(results, `${name}.png`) });
    if (forDocs && process.env['UPDATE_IMAGES'] === '1') {
      await this.page.screenshot({ path: path.join(root, 'docs/images', `${name}.png`) });
    }
  }
}

/** In the page, before its first script: the editor takes its language from there. */
const speak = (language: string): unknown =>
  Object.defineProperty(globalThis, '_VSCODE_NLS_LANGUAGE', { get: () => language, set: () => {} });

/** Adds to those that a folder has. */
function writeSettings(folder: string, settings: Record<string, unknown>): void {
  if (Object.keys(settings).length === 0) return;
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'settings.json');
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {};
  writeFileSync(file, JSON.stringify({ ...known, ...settings }, null, 2));
}

function plain(text: string): string {
  return text.replaceAll('\u00a0', ' ').trim();
}
