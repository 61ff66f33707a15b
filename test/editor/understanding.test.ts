// What a launch amounts to, as a reader sees it: the hint behind it and the hover over it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { soon } from '../support/soon';

let editor: Editor;

beforeAll(async () => {
  editor = await Editor.open({ settings: { 'editor.inlayHints.enabled': 'on' } });
  await editor.openFile('vector_add.cu');
});
afterAll(() => editor?.close());

it('shows the folded configuration behind a launch', async () => {
  const line = await editor.lineOf('int main');
  await editor.goTo(line + 20);
  await expect.poll(() => editor.text(), soon).toMatch(/256>>>[\d,]+ × 256 = [\d,]+ threads/);
});

it('tells in the hover what the launch amounts to', async () => {
  const line = await editor.lineOf('vectorAdd<<<');
  await editor.hoverAt(line, 8, /Grid[^]*blocks[^]*Block[^]*256 threads \(8 warps\)[^]*Problem/);
  await editor.screenshot('launch-hover');
});
