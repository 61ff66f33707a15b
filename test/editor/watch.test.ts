// Watch: saving is running. The GPU's answers were recorded on an H200.
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { soon } from '../support/soon';
import { has } from '../protocol/files';

const runs = path.resolve('test/fixtures/gpu-runs');

describe.skipIf(!(await has('nvcc')))('a watched kernel', () => {
  let editor: Editor;
  const lenses = async () => (await editor.lenses()).join(' | ');
  const status = () => editor.page.locator('.statusbar-item', { hasText: 'brighten' }).allInnerTexts();

  beforeAll(async () => {
    editor = await Editor.open({
      recordedGpu: `${runs}/improving.json`,
      files: { 'brighten.cu': `${runs}/brighten.cu` },
    });
    await editor.openFile('brighten.cu');
  });
  afterAll(async () => {
    await editor?.screenshot('watch-at-the-end');
    await editor?.close();
  });

  it('runs at once', async () => {
    await editor.findBehindLens('More…', 'Watch');
    await expect.poll(lenses, soon).toMatch(/Run Kernel · 83\.\d µs .*◉ Stop Watching/);
    await expect.poll(async () => (await status()).join(), soon).toMatch(/brighten: 83\.\d µs/);
  });

  it('runs when its file is saved, not before, and says what changed', async () => {
    await editor.replaceLine(await editor.lineOf('int i = x * height + y'), '    int i = y * width + x;');
    await expect.poll(lenses, soon).toMatch(/83\.\d µs .*before the last edit/);
    await editor.save();
    await expect.poll(lenses, soon).toMatch(/Run Kernel · 61\.\d µs .*▼ 27\.\d % \|/);
    await expect.poll(async () => (await status()).join(), soon).toMatch(/brighten: 61\.\d µs .*▼ 27\.\d %/);
    await editor.screenshot('watch');
  });

  it('says in the lens and the status bar what does not compile, and goes on', async () => {
    const line = await editor.lineOf('out[i] = 1.1f * in[i];');
    await editor.replaceLine(line, '    out[i] = 1.1f * inn[i];');
    await editor.save();
    await expect.poll(lenses, soon).toMatch(/Run Kernel · ✗ does not compile/);
    await editor.screenshot('watch-broken');
    await editor.replaceLine(line, '    out[i] = 1.1f * in[i];');
    await editor.save();
    await expect.poll(lenses, soon).toMatch(/Run Kernel · 60\.9 µs .*no change/);
  });

  it('is left alone after a click in the status bar', async () => {
    await editor.click(editor.page.locator('.statusbar-item a', { hasText: 'brighten' }));
    await expect.poll(async () => (await status()).length, soon).toBe(0);
    await expect.poll(lenses, soon).not.toContain('Stop Watching');
  });
});
