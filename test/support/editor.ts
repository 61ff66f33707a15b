// Drives the real editor as a person would: VS Code's server shown by a headless browser, keys pressed, lenses clicked.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type Frame, type Locator, type Page } from 'playwright-core';
import { browserArguments, ensureBrowser } from '../../scripts/lib/browser.mjs';
import { examples, results, root } from '../../scripts/lib/paths.mjs';
import { editorUrl, installExtension, installServer, startServer } from '../../scripts/lib/vscode-server.mjs';
import { holdStandIns, recordedToolkit, withRecordedGpu, type RecordedTools } from './recorded';
import { escapeRegExp, expectSoon, patience } from './soon';

/** What is tried again when it has not come by then, in milliseconds: long enough for a busy machine to answer a key or a click. */
const moment = 15_000;

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

/** What a page listens to. In text it is nothing of both: there the editor has the mouse from the press on. */
type TakenAt = 'mouseup' | 'click';

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
    let browser: Browser | undefined;
    try {
      browser = await chromium.launch({ executablePath: await ensureBrowser(), args: browserArguments });
      const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
      page.setDefaultTimeout(patience);
      if (options.language !== undefined) await page.addInitScript(speak, options.language);
      const extension = options.recordedGpu === undefined ? root : withRecordedGpu(home, options.recordedGpu);
      await page.goto(editorUrl(server, { folder, ...(options.vsix ? {} : { extension }) }));
      const editor = new Editor(browser, server, home, page, folder);
      await editor.loaded();
      return editor;
    } catch (error) {
      // What is left running would slow down the tests to come.
      await browser?.close();
      await server.stop();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
    // A process that is just ending may still write there.
    await rm(this.home, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }

  /** Lets what stands in for a GPU and for NVIDIA's tools begin and not end, until what is returned is called. */
  hold(): () => void {
    return holdStandIns(this.home);
  }

  /** Loads the window anew. */
  async reload(): Promise<void> {
    const loads = this.page.waitForEvent('load');
    await this.command('Developer: Reload Window');
    await loads;
    await this.loaded();
  }

  private async loaded(): Promise<void> {
    await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  }

  /** Opens a file of the folder through Quick Open, and waits until its text, or the page that shows it, is there. */
  async openFile(name: string): Promise<void> {
    // The file may be open in another group, too.
    const group = this.page.locator('.editor-group-container.active');
    await expectSoon(async () => {
      await this.quickInput('Control+P', name, name);
      // A page that is just drawn may take the focus, and its group with it.
      await group.locator('.tab.active', { hasText: name }).waitFor({ timeout: 15_000 });
    }, `${name} in the group in front`);
    const text = group.locator(`.monaco-editor[data-uri$="/${name}"] .view-line`);
    const page = group.locator('[id^="webview-editor-element"]');
    await text.or(page).first().waitFor({ state: 'attached' });
  }

  /** Runs a command by its title in the palette, as it stands there. */
  async command(title: string): Promise<void> {
    await this.quickInput('F1', `>${title}`, title);
  }

  /** The field of Quick Open, of the palette, and of any list that is open. */
  private get input(): Locator {
    return this.page.locator('.quick-input-widget input[type="text"]').first();
  }

  /** Closes the list that is open, if one is. */
  private async closeList(): Promise<void> {
    if (!(await this.input.isVisible())) return;
    await this.page.keyboard.press('Escape');
    await this.input.waitFor({ state: 'hidden', timeout: moment });
  }

  /** Opens a list by a key. The workbench may not listen yet, or the focus be somewhere on its way: a key can be lost. */
  private async openList(key: string): Promise<void> {
    await this.closeList();
    await this.page.keyboard.press(key);
    await this.input.waitFor({ state: 'visible', timeout: moment });
  }

  /** Types into Quick Open or the palette, and takes the entry of that very name. */
  private async quickInput(key: string, text: string, label: string): Promise<void> {
    await expectSoon(async () => {
      // A list keeps what it found as long as it is open: a file that is new is found by a new one.
      await this.openList(key);
      await this.input.fill(text, { timeout: moment });
      await this.clickNow(this.named(label));
    }, `${label} in the list`);
  }

  /**
   * Clicks what a locator finds, once. What is drawn anew between the press and the release of the button gets no click, or
   * something else would: such a click is kept from the page, and another tried.
   */
  async click(target: Locator, takenAt: TakenAt = 'click'): Promise<void> {
    await target.first().waitFor();
    await expectSoon(() => this.clickNow(target, takenAt), `a click on ${target.toString()}`);
  }

  /** One attempt, which fails where the click did not arrive. */
  private async clickNow(target: Locator, takenAt: TakenAt = 'click'): Promise<void> {
    const element = await target.first().elementHandle({ timeout: moment });
    const watch = await element.evaluateHandle(watchClick, takenAt);
    const failure = await element.click({ timeout: moment }).then(
      () => undefined,
      (cause: unknown) => new Error('It could not be clicked.', { cause }),
    );
    // A page that its click closes cannot be asked.
    const arrived = await watch.evaluate((each) => each.end()).catch(() => failure === undefined);
    if (!arrived) throw failure ?? new Error('What was clicked was drawn anew meanwhile.');
  }

  /** Waits until what is typed goes to the text of a source. */
  async focused(): Promise<void> {
    await this.page.locator('.editor-instance .monaco-editor.focused').first().waitFor();
  }

  /** Types into the text, at the cursor. */
  async type(text: string): Promise<void> {
    await this.focused();
    await this.page.keyboard.insertText(text);
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
    // The editor looks at a lens when the button is released.
    await this.click(this.lens(text), 'mouseup');
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
      await this.click(this.page.locator('#status\\.problems a'));
      await panel.waitFor();
    }
    return (await panel.locator('.monaco-list-row .marker-message-details-container').allInnerTexts()).map(plain);
  }

  /** Puts the cursor at a place, both counted from 1, and the focus with it. */
  async goTo(line: number, column = 1): Promise<void> {
    await expectSoon(async () => {
      await this.openList('Control+G');
      await this.input.fill(`:${line}:${column}`, { timeout: moment });
      await this.page.keyboard.press('Enter');
      await this.input.waitFor({ state: 'hidden', timeout: moment });
      await this.selection(new RegExp(`^Ln ${line}, Col \\d+$`)).waitFor({ timeout: moment });
      await this.page.locator('.editor-instance .monaco-editor.focused').waitFor({ timeout: moment });
    }, `the cursor in line ${line}`);
  }

  /** Replaces a whole line by what is typed. */
  async replaceLine(line: number, text: string): Promise<void> {
    await expectSoon(async () => {
      await this.goTo(line);
      // The whole line with its end, as `Expand Line Selection` takes it.
      await this.page.keyboard.press('Control+L');
      await this.selection(/\(\d+ selected\)$/).waitFor({ timeout: moment });
    }, `line ${line} selected`);
    await this.page.keyboard.insertText(`${text}\n`);
    await expectSoon(
      async () => (await this.lines()).some((each) => each.number === line && each.text === text),
      `'${text}' in line ${line}`,
    );
  }

  /** What the status bar says of the cursor and the selection. */
  private selection(text: RegExp): Locator {
    return this.page.locator('#status\\.editor\\.selection', { hasText: text });
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
    let number = 0;
    await expectSoon(async () => {
      number = (await this.lines()).find((candidate) => candidate.text.includes(text))?.number ?? 0;
      if (number === 0) throw new Error(`In view are:\n${await this.text()}`);
    }, `a line in view with '${text}'`);
    return number;
  }

  /** Undoes step by step until the text in view is as given. */
  async undoTo(text: string): Promise<void> {
    await this.focused();
    await expectSoon(async () => {
      const before = await this.text();
      if (before === text) return true;
      await this.page.keyboard.press('Control+Z');
      // A step that is not drawn yet must not be taken for one that was lost: one too many cannot be taken back.
      await expectSoon(async () => (await this.text()) !== before, 'a change by Undo', moment);
      return false;
    }, 'the text as it was');
  }

  /** Opens the quick fixes at a place and takes the one whose title matches. */
  async quickFix(line: number, column: number, title: string | RegExp): Promise<void> {
    const row = this.page.locator('.action-widget .monaco-list-row', { hasText: title }).first();
    await expectSoon(
      async () => {
        if (!(await row.isVisible())) {
          await this.goTo(line, column);
          await this.page.keyboard.press('Control+.');
        }
        await this.clickNow(row);
      },
      `the quick fix ${String(title)}`,
    );
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
        const visible = (await inView(frame)) && (await frame.locator(selector).first().isVisible());
        if (visible) found = frame;
      }
      return found !== undefined;
    }, `a page with ${selector}`);
    return found as unknown as Frame;
  }

  /** Takes an entry of the list that is open. */
  async pick(text: string | RegExp): Promise<void> {
    await this.click(this.entry(text));
  }

  /** Opens the list behind a lens that has an entry, unless it is open. A list closes when the focus leaves it: it is opened again. */
  async listFromLens(lens: string | RegExp, text: string | RegExp): Promise<void> {
    await expectSoon(
      async () => {
        if (await this.entry(text).isVisible()) return;
        await this.closeList();
        await this.clickLens(lens);
        await this.entry(text).waitFor({ timeout: moment });
      },
      `${String(text)} behind ${String(lens)}`,
    );
  }

  /** Takes an entry of the list that a lens opens. */
  pickFromLens(lens: string | RegExp, text: string | RegExp): Promise<void> {
    return this.pickFrom(() => this.listFromLens(lens, text), text);
  }

  /** Takes an entry of the list that something opens. */
  async pickFrom(open: () => Promise<void>, text: string | RegExp): Promise<void> {
    const entry = this.entry(text);
    await expectSoon(
      async () => {
        if (!(await entry.isVisible())) await open();
        await this.clickNow(entry);
      },
      `${String(text)} in a list`,
    );
  }

  /** Takes the entry of that very name in the list behind a lens, which is longer than what it shows. */
  async findBehindLens(lens: string | RegExp, label: string): Promise<void> {
    await expectSoon(
      async () => {
        if (!(await this.input.isVisible())) {
          await this.clickLens(lens);
          await this.page.locator('.quick-input-list .monaco-list-row').first().waitFor({ timeout: moment });
        }
        await this.input.fill(label, { timeout: moment });
        await this.clickNow(this.named(label));
      },
      `${label} behind ${String(lens)}`,
    );
  }

  private entry(text: string | RegExp): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
  }

  /** The entry of that very name, an icon before it or not. */
  private named(label: string): Locator {
    const name = this.page.locator('.label-name', { hasText: new RegExp(`^\\s*${escapeRegExp(label)}$`) });
    return this.page.locator('.quick-input-list .monaco-list-row', { has: name }).first();
  }

  /** Saves the active editor, which has changes, and waits until they are written. */
  async save(): Promise<void> {
    const dirty = this.page.locator('.tab.active.dirty');
    await dirty.waitFor();
    await expectSoon(async () => {
      await this.page.keyboard.press('Control+S');
      await dirty.waitFor({ state: 'detached', timeout: moment });
    }, 'a saved file');
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
        if (!(await list.isVisible())) {
          await this.clickNow(this.page.locator('#status\\.notifications a'));
          // The same click closes a list that is open.
          await list.waitFor({ timeout: moment });
        }
        return found.isVisible();
      },
      `a notification ${String(text)}`,
    );
    return found;
  }

  /** Presses a button of a notification. */
  async answer(text: string | RegExp, button: string): Promise<void> {
    await expectSoon(
      async () => this.clickNow((await this.notification(text)).getByText(button, { exact: true })),
      `${button} of the notification ${String(text)}`,
    );
  }

  /** The line of the cursor, as the status bar says it. */
  async cursorLine(): Promise<number> {
    const text = await this.page.locator('#status\\.editor\\.selection').innerText();
    return Number(/Ln (\d+)/.exec(text)?.[1]);
  }

  /**
   * The hover at a place, as text, once it says what is wanted. What is told in one comes from several sides, bit by bit; and a
   * mouse that a list was clicked with may close it.
   */
  async hoverAt(line: number, column: number, wanted: string | RegExp): Promise<string> {
    const pattern = typeof wanted === 'string' ? new RegExp(escapeRegExp(wanted)) : wanted;
    let text: string | undefined;
    await expectSoon(
      async () => {
        await this.page.keyboard.press('Escape');
        await this.goTo(line, column);
        await this.command('Show or Focus Hover');
        await expectSoon(
          async () => {
            const texts = (await this.page.locator('.monaco-hover:visible').allInnerTexts()).map(plain);
            text = texts.find((each) => pattern.test(each));
            if (text === undefined) throw new Error(`It says: ${texts.join(' | ')}`);
          },
          'what is wanted in the hover',
          moment,
        );
      },
      `a hover with ${String(wanted)}`,
    );
    return text as unknown as string;
  }

  /** What a mouse that rests on something brings up, as text, once it says what is wanted. */
  async hoverOver(target: Locator, wanted: RegExp, position?: { x: number; y: number }): Promise<string> {
    const hovers = this.page.locator('.monaco-hover:visible, .hover-language-status');
    let text = '';
    await expectSoon(
      async () => {
        // A mouse that rests there already moves no more.
        await this.page.mouse.move(0, 0);
        await target.first().hover({ timeout: moment, ...(position && { position }) });
        await expectSoon(
          async () => wanted.test((text = (await hovers.allInnerTexts()).map(plain).join('\n'))),
          'what is wanted in the hover',
          moment,
        );
      },
      `a hover with ${String(wanted)}`,
    );
    return text;
  }

  /** Saves where the dialog proposes, and returns the path once the file is there. */
  async saveAs(ending: string): Promise<string> {
    let file = '';
    await expectSoon(async () => {
      file = await this.input.inputValue({ timeout: moment });
      return file.endsWith(ending);
    }, `a dialog to save a file ${ending}`);
    await expectSoon(async () => {
      await this.page.keyboard.press('Enter');
      await this.input.waitFor({ state: 'hidden', timeout: moment });
    }, 'the end of the dialog');
    // It is there before what is in it.
    await expectSoon(() => Promise.resolve(existsSync(file) && statSync(file).size > 0), file);
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

/** Whether the page around a frame shows it: those of editors behind others are kept, and hidden. */
async function inView(frame: Frame): Promise<boolean> {
  const parent = frame.parentFrame();
  if (parent === null) return true;
  // One that is just replaced has no element any more.
  const shown = frame.frameElement().then((element) => element.isVisible());
  return (await shown.catch(() => false)) && inView(parent);
}

/**
 * In the page: lets the next release of the mouse and the click through where they hit an element, or one that was put in its
 * place with the same text, and tells whether what the page listens to did.
 */
function watchClick(element: InPage, takenAt: TakenAt): { end(): boolean } {
  const { tagName, classList, textContent } = element;
  const kind = classList[0];
  const window = element.ownerDocument.defaultView;
  const types = ['mouseup', 'click'];
  let arrived = false;
  const look = (event: Event): void => {
    const hit = event.composedPath().some((each) => {
      const { tagName: tag, classList: classes, textContent: text } = each as Partial<InPage>;
      return tag === tagName && classes?.[0] === kind && text === textContent;
    });
    if (!hit) event.stopImmediatePropagation();
    else if (event.type === takenAt) arrived = true;
  };
  for (const type of types) window.addEventListener(type, look, true);
  return {
    end: () => {
      for (const type of types) window.removeEventListener(type, look, true);
      return arrived;
    },
  };
}

/** What is used of an element there; the types of a browser are not those of these tests. */
interface InPage {
  readonly tagName: string;
  readonly classList: ArrayLike<string>;
  readonly textContent: string | null;
  readonly ownerDocument: {
    readonly defaultView: Record<
      'addEventListener' | 'removeEventListener',
      (type: string, listener: (event: Event) => void, capture: boolean) => void
    >;
  };
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
