// A kernel's code beside its source. PTX is nvcc's own, here and now; nvdisasm's listings of sm_90 were recorded, and are
// replayed for a cubin with the very same instructions only.
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { expectSoon, soon } from '../support/soon';
import { has } from '../protocol/files';

/** In the first word of a line, which is longer than the window is wide. */
const atStart = { position: { x: 45, y: 8 } };
const runs = path.resolve('test/fixtures/tool-runs');

describe.skipIf(process.platform === 'win32' || !(await has('nvcc')))('assembly', () => {
  let editor: Editor;
  const source = () => editor.page.locator('.editor-instance').first();
  const listing = () => editor.page.locator('.editor-instance').nth(1);
  const tab = () => editor.page.locator('.editor-group-container').nth(1).locator('.tab.active');
  const line = (text: string) => listing().locator('.view-line', { hasText: text }).first();
  /** Colours of the bands at the height of a line. */
  const bandAt = async (where: ReturnType<typeof line>, all: ReturnType<typeof listing>) => {
    const top = Math.round((await where.boundingBox())?.y ?? NaN);
    return all.locator('.view-overlays .cdr[class*="ced-"]').evaluateAll(
      (bands, y) =>
        bands
          .filter((band) => Math.abs(band.getBoundingClientRect().top - y) < 3)
          .map((band) => band.ownerDocument.defaultView?.getComputedStyle(band).backgroundColor)
          .filter((color) => color !== undefined && color !== 'rgba(0, 0, 0, 0)'),
      top,
    );
  };

  beforeAll(async () => {
    editor = await Editor.open({
      recordedTools: { recording: path.join(runs, 'tools.json'), tools: ['nvdisasm'] },
      files: { 'transpose.cu': path.join(runs, 'transpose.cu') },
      folderSettings: { 'kernelLens.cost.architectures': ['sm_80', 'sm_90', 'sm_120'] },
    });
    await editor.page.setViewportSize({ width: 1500, height: 1400 });
    await editor.openFile('transpose.cu');
  });
  afterAll(async () => {
    await editor?.screenshot('assembly-at-the-end');
    await editor?.close();
  });
  beforeEach(() => editor.page.keyboard.press('Escape'));

  it('begins with what a kernel costs, for the architectures of the setting', async () => {
    await editor
      .lens(/^\d+ registers · 4\.00 KiB shared · occupancy 100 %$/)
      .first()
      .waitFor();
    // The others are compiled after that.
    const hover = await editor.hoverAt(7, 20, /sm_80[^]*sm_90[^]*sm_120/);
    expect(hover).toMatch(/sm_80\s+\d+\s+4\.00 KiB\s+1024 threads\s+2\s+100 %/);
    await editor.screenshot('static-cost');
  });

  it('is PTX, and called so, where there is no disassembler for the code', async () => {
    await editor.clickLens(/^\d+ registers · 4\.00 KiB shared/);
    await line('.visible .entry').waitFor();
    await expect.poll(() => tab().innerText(), soon).toMatch(/transpose\s*\.ptx/);
    const text = async () => (await listing().locator('.view-lines').innerText()).replaceAll('\u00a0', ' ');
    await expect.poll(text, soon).toContain('so PTX is shown instead of SASS.');
    expect(await text()).not.toContain('_Z4copyPKfPfi');
    await editor.lens('Architecture').waitFor();
    expect(await editor.lens('Show SASS').count()).toBe(0);
    // What is above the code is not cut.
    const lines = await listing().locator('.view-line', { hasText: '//' }).allInnerTexts();
    expect(Math.max(...lines.map((each) => each.length))).toBeLessThan(58);
  });

  it('is linked both ways, by colour and by selection', async () => {
    const store = source().locator('.view-line', { hasText: 'out[row * width' }).first();
    const there = line('st.global.f32');
    await expect.poll(() => bandAt(store, source()), soon).toHaveLength(1);
    await expect.poll(() => bandAt(there, listing()), soon).toEqual(await bandAt(store, source()));
    // A selection adds a mark on the other side.
    const select = (where: Locator, marked: Locator, all: Locator) =>
      expectSoon(async () => {
        await where.click({ ...atStart, timeout: 15_000 });
        await expect.poll(() => bandAt(marked, all), { timeout: 15_000 }).toHaveLength(2);
      }, 'a mark on the other side');
    await select(there, store, source());
    await select(store, there, listing());
    const load = source().locator('.view-line', { hasText: '= in[y * width' }).first();
    await select(load, line('ld.global.f32'), listing());
    await expect.poll(() => bandAt(there, listing()), soon).toHaveLength(1);
  });

  it('tells what an instruction means', async () => {
    await editor.hoverOver(line('bar.sync'), /barrier/i, atStart.position);
    await editor.screenshot('assembly-hover');
  });

  it('is SASS of another architecture with a disassembler, and of the whole file on a click', async () => {
    await editor.pickFromLens('Architecture', /^sm_90$/);
    await line('LDG.E').waitFor();
    await expect.poll(() => tab().innerText(), soon).toMatch(/transpose sm_90\s*\.sass/);
    await expect.poll(() => editor.language(), soon).toContain('SASS');
    await editor.screenshot('assembly-sass');
    await editor.clickLens('Whole File');
    await line('_Z4copyPKfPfi').waitFor();
    await editor.clickLens('Only transpose');
    await expect.poll(() => line('_Z4copyPKfPfi').count(), soon).toBe(0);
    await editor.clickLens('Show PTX');
    await line('.visible .entry').waitFor();
    await editor.clickLens('Show SASS');
    await line('LDG.E').waitFor();
  });

  it('follows a save, and is compared with what was pinned', async () => {
    await editor.clickLens('Pin as Baseline');
    await editor.lens('Diff with Baseline').waitFor();
    await expectSoon(async () => {
      await source()
        .locator('.view-line')
        .first()
        .click({ ...atStart, timeout: 15_000 });
      await source().locator('.monaco-editor.focused').waitFor({ timeout: 15_000 });
    }, 'the focus in the source');
    await editor.replaceLine(8, '    __shared__ float tile[TILE][TILE + 1];');
    await editor.save();
    // A row of 33 floats is no shift any more.
    await line('0x84').waitFor();
    await editor.clickLens('Diff with Baseline');
    const diff = editor.page.locator('.monaco-diff-editor');
    await expect.poll(() => diff.locator('.line-insert, .char-insert').count(), soon).toBeGreaterThan(0);
    await expect.poll(() => diff.locator('.line-delete, .char-delete').count(), soon).toBeGreaterThan(0);
    await editor.screenshot('assembly-diff');
    await editor.command('View: Close Editor');
    await editor.clickLens('Diff with Last Save');
    await expect.poll(() => tab().innerText(), soon).toContain('last save');
    await expect.poll(() => diff.locator('.line-insert, .char-insert').count(), soon).toBeGreaterThan(0);
  });

  it('is there again after the window is loaded anew, with its links', async () => {
    await editor.command('View: Close Editor');
    await expect.poll(() => tab().innerText(), soon).toMatch(/transpose sm_90\s*\.sass/);
    await editor.reload();
    await line('LDG.E').waitFor();
    await editor.lens('Show PTX').waitFor();
    const store = source().locator('.view-line', { hasText: 'out[row * width' }).first();
    await expect.poll(async () => (await bandAt(store, source())).length, soon).toBeGreaterThan(0);
    await editor.screenshot('assembly-reloaded');
  });
});
