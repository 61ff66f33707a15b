// Assembly beside its source, as a reader sees it. PTX, so that nvcc alone is enough.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { has } from '../protocol/files';

const patience = { timeout: 120_000, interval: 250 };

let editor: Editor;

beforeAll(async () => {
  editor = await Editor.open({ settings: { 'kernelLens.cuda.architecture': 'sm_90' } });
  await editor.openFile('vector_add.cu');
});
afterAll(() => editor?.close());

it('shows what a kernel costs, and its code on a click, linked line by line', async (ctx) => {
  if (!(await has('nvcc'))) ctx.skip('nvcc is not installed');
  const cost = /\d+ registers · occupancy 100 %/;
  await editor.lens(cost).first().waitFor({ timeout: patience.timeout });
  await editor.clickLens(cost);
  const listing = editor.page.locator('.editor-instance').nth(1);
  await listing.locator('.view-line', { hasText: 'vectorAdd' }).first().waitFor();
  // SASS comes first where there is nvdisasm; the switch shows PTX in any case.
  if ((await editor.lens('Show PTX').count()) > 0 && (await has('nvdisasm'))) await editor.clickLens('Show PTX');
  const add = listing.locator('.view-line', { hasText: 'add.f32' }).first();
  await add.click();
  // Bands on both sides, and the selected line marked in the source.
  const source = editor.page.locator('.editor-instance').first();
  await expect.poll(() => source.locator('.view-overlays .cdr[class*="ced-"]').count(), patience).toBeGreaterThan(3);
  await expect.poll(() => listing.locator('.view-overlays .cdr[class*="ced-"]').count(), patience).toBeGreaterThan(3);
  await editor.command('Show or Focus Hover');
  const hover = editor.page.locator('.monaco-hover:visible', { hasText: 'Adds two numbers' }).first();
  await hover.waitFor();
  await editor.screenshot('assembly');
});
