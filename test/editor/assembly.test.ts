// A kernel's code beside its source: nvcc's own PTX, for a code that the recorded nvdisasm has no listing of.
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { has } from '../protocol/files';

const patience = { timeout: 60_000, interval: 250 };
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
    await expect
      .poll(() => editor.hoverAt(7, 20), { timeout: 60_000, interval: 2000 })
      .toMatch(/sm_80[^]*sm_90[^]*sm_120/);
    const hover = await editor.hoverAt(7, 20);
    expect(hover).toMatch(/sm_80\s+\d+\s+4\.00 KiB\s+1024 threads\s+2\s+100 %/);
    await editor.screenshot('static-cost');
  });

  it('is PTX, and called so, where there is no disassembler for the code', async () => {
    await editor.clickLens(/^\d+ registers · 4\.00 KiB shared/);
    await line('.visible .entry').waitFor();
    await expect.poll(() => tab().innerText(), patience).toMatch(/transpose\s*\.ptx/);
    const text = await listing().locator('.view-lines').innerText();
    expect(text.replaceAll('\u00a0', ' ')).toContain('so PTX is shown instead of SASS.');
    expect(text).not.toContain('_Z4copyPKfPfi');
    expect(await editor.lens('Show SASS').count()).toBe(0);
    // What is above the code is not cut.
    const lines = await listing().locator('.view-line', { hasText: '//' }).allInnerTexts();
    expect(Math.max(...lines.map((each) => each.length))).toBeLessThan(58);
  });

  it('is linked both ways, by colour and by selection', async () => {
    const store = source().locator('.view-line', { hasText: 'out[row * width' }).first();
    const there = line('st.global.f32');
    await expect.poll(() => bandAt(store, source()), patience).toHaveLength(1);
    expect(await bandAt(there, listing())).toEqual(await bandAt(store, source()));
    // A selection adds a mark on the other side.
    await there.click(atStart);
    await expect.poll(() => bandAt(store, source()), patience).toHaveLength(2);
    await store.click(atStart);
    const load = source().locator('.view-line', { hasText: '= in[y * width' }).first();
    await expect.poll(() => bandAt(store, source()), patience).toHaveLength(2);
    await load.click(atStart);
    await expect.poll(() => bandAt(there, listing()), patience).toHaveLength(1);
    await expect.poll(() => bandAt(line('ld.global.f32'), listing()), patience).toHaveLength(2);
  });

  it('tells what an instruction means', async () => {
    await line('bar.sync').hover(atStart);
    const hover = editor.page.locator('.monaco-hover:visible', { hasText: /barrier/i }).first();
    await hover.waitFor();
    await editor.screenshot('assembly-hover');
  });
});
