/** A report of Nsight Systems is opened like any file, and shown in the timeline. */
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../../scripts/lib/paths.mjs';
import { Editor } from '../support/editor';

let editor: Editor;
beforeAll(async () => {
  editor = await Editor.open();
}, 180_000);
afterAll(() => editor.close());

/** Through Quick Open; answers the page that shows the file. */
async function open(name: string): Promise<FrameLocator> {
  const { page } = editor;
  const input = page.locator('.quick-input-widget input[type="text"]').first();
  for (let attempt = 0; attempt < 20 && !(await input.isVisible()); attempt++) {
    await page.keyboard.press('Control+P');
    await input.waitFor({ state: 'visible', timeout: 2000 }).catch(() => {});
  }
  await input.fill(name);
  await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: name }).first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.tab.active', { hasText: name }).waitFor();
  return page.frameLocator('iframe.webview').last().frameLocator('iframe#active-frame');
}

test('shows a report that was exported, and says what a report needs that was not', async () => {
  const { folder } = editor;
  writeFileSync(path.join(folder, 'solver.nsys-rep'), 'as nsys wrote it');
  copyFileSync(path.join(root, 'test/fixtures/nsys/report.sqlite'), path.join(folder, 'solver.sqlite'));
  writeFileSync(path.join(folder, 'alone.nsys-rep'), 'as nsys wrote it');

  const timeline = await open('solver.nsys-rep');
  await timeline.getByRole('application', { name: /Timeline of streams/ }).waitFor();
  const text = await timeline.locator('body').innerText();
  expect(text).toContain('NVIDIA H200');
  expect(text).toContain('NVTX of thread 614 ranges');
  expect(text).toContain('Managed memory: 192 KiB to the GPU, 64.0 KiB to the host');
  expect(text).toMatch(/work\s+22\s+199 µs/);
  await editor.screenshot('nsys-timeline');

  const failure = await open('alone.nsys-rep');
  await failure.getByText('Nsight Systems (nsys) was not found.').waitFor();
  expect(await failure.locator('body').innerText()).toContain('nsys export --type=sqlite');
});
