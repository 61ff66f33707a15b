// A report of Nsight Compute as the editor shows it. The tool's answers are recorded; everything else is the real thing.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';

const patience = { timeout: 120_000, interval: 250 };
const recorded = path.resolve('test/fixtures/ncu');

describe.skipIf(process.platform === 'win32')('an .ncu-rep file in the editor', () => {
  let editor: Editor;
  let page: FrameLocator;

  beforeAll(async () => {
    editor = await Editor.open();
    // A setting that names a program is the machine's or, in a trusted folder, the folder's.
    mkdirSync(path.join(editor.folder, '.vscode'), { recursive: true });
    const settings = { 'kernelLens.profiler.ncuPath': path.join(recorded, 'replay/ncu') };
    writeFileSync(path.join(editor.folder, '.vscode/settings.json'), JSON.stringify(settings));
    copyFileSync(path.join(recorded, 'vec.cu'), path.join(editor.folder, 'vec.cu'));
    writeFileSync(path.join(editor.folder, 'vec.ncu-rep'), '');
    await editor.openFile('vec.cu');
    // Beside the source, as a report is read.
    await editor.page.keyboard.press('Control+Backslash');
    await editor.openFile('vec.ncu-rep');
    page = editor.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
    await page.locator('.verdict').first().waitFor();
  });
  afterAll(async () => {
    await editor?.screenshot('profile-at-the-end');
    await editor?.close();
  });

  it('says in one sentence what bounds the kernel', async () => {
    expect(await page.locator('.verdict').first().innerText()).toBe(
      'Memory-bound: DRAM at 82 % of its peak (2.75 TB/s), compute at 34 %.',
    );
    expect(await page.locator('.tile strong').allInnerTexts()).toEqual(['289 µs', '82 %', '34 %', '76 %']);
    await editor.screenshot('profile-page');
  });

  it('shows another launch, whose hot line leads to the source', async () => {
    await page.locator('select').selectOption({ index: 5 });
    await expect.poll(() => page.locator('h1').innerText(), patience).toBe('sgemm');
    expect(await page.locator('.verdict').first().innerText()).toContain('shared memory at 89 % of its peak');
    await page.locator('a[data-line="16"]').first().click();
    await expect.poll(() => editor.page.locator('.tab.active').first().innerText(), patience).toContain('vec.cu');
  });

  it('marks the hot lines in the source until they are cleared', async () => {
    await expect
      .poll(() => editor.lenses(), patience)
      .toEqual(expect.arrayContaining([expect.stringMatching(/Profile of sgemm/)]));
    await editor.screenshot('profile-heat');
    await editor.clickLens(/Profile of sgemm/);
    await expect.poll(async () => (await editor.lenses()).join(), patience).not.toContain('Profile of sgemm');
  });
});
