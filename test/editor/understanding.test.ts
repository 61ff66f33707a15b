// What a launch amounts to, as a reader sees it: the hint behind it and the hover over it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Editor } from '../support/editor';

const patience = { timeout: 120_000, interval: 250 };

let editor: Editor;

beforeAll(async () => {
  editor = await Editor.open({ settings: { 'editor.inlayHints.enabled': 'on' } });
  await editor.openFile('vector_add.cu');
});
afterAll(() => editor?.close());

it('shows the folded configuration behind a launch', async () => {
  const line = await editor.lineOf('int main');
  await editor.goTo(line + 20);
  await expect.poll(() => editor.text(), patience).toMatch(/256>>>[\d,]+ × 256 = [\d,]+ threads/);
});

it('tells in the hover what the launch amounts to', async () => {
  await editor.goTo(await editor.lineOf('vectorAdd<<<'), 8);
  await editor.command('Show or Focus Hover');
  const hover = editor.page.locator('.monaco-hover:visible', { hasText: 'Problem' }).first();
  await expect
    .poll(() => hover.innerText(), patience)
    .toMatch(/Grid[\s\S]*blocks[\s\S]*Block[\s\S]*256 threads \(8 warps\)/);
  await editor.screenshot('launch-hover');
});
