// Pages after `Developer: Reload Window`: what can be made again is there again, the rest leaves nothing behind.
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { expectSoon, soon } from '../support/soon';
import { has } from '../protocol/files';

const runs = path.resolve('test/fixtures/gpu-runs');

describe.skipIf(!(await has('nvcc')))('pages in a window that is loaded anew', () => {
  let editor: Editor;
  const groups = () => editor.page.locator('.editor-group-container');
  const tab = (name: string) => groups().nth(1).locator('.tab', { hasText: name });
  const tabs = async () => (await groups().nth(1).locator('.tab').allInnerTexts()).map((text) => text.trim());

  /** The page behind a tab, which is made when it comes to the front. */
  async function pageOf(name: string, selector: string): Promise<Frame> {
    await expectSoon(async () => {
      await tab(name).click({ timeout: 15_000 });
      await groups().nth(1).locator('.tab.active', { hasText: name }).waitFor({ timeout: 15_000 });
    }, `the tab ${name} in front`);
    return editor.webview(selector);
  }

  beforeAll(async () => {
    editor = await Editor.open({
      recordedGpu: `${runs}/improving.json`,
      files: { 'scale.cu': `${runs}/scale.cu` },
    });
    await editor.openFile('scale.cu');
  });
  afterAll(async () => {
    await editor?.screenshot('reload-at-the-end');
    await editor?.close();
  });

  it('show what they showed: plan, environment, history and what tuning measured', async () => {
    await editor.clickLens('Launch Plan');
    await editor.webview('h2:text-is("Launch plan")');
    await editor.command('Kernel Lens: Check Environment');
    await editor.webview('h1:text-is("Environment of Kernel Lens")');
    await editor.clickLens('Tune');
    const tuning = await editor.webview('h1:text-is("scale")');
    await expect.poll(() => tuning.locator('[role=status]').first().innerText(), soon).toContain('block = 256');
    await editor.command('Kernel Lens: Show Run History');
    await editor.webview('p:has-text("This kernel has not been run yet.")');
    const before = await tabs();
    expect(before).toHaveLength(4);

    await editor.reload();
    await expect.poll(tabs, soon).toEqual(before);
    await editor.webview('p:has-text("This kernel has not been run yet.")');
    const again = await pageOf('Tuning of scale', 'button[aria-label="Apply: block = 256"]');
    expect(await again.locator('tbody tr').count()).toBe(10);
    await pageOf('Environment of Kernel Lens', 'h1:text-is("Environment of Kernel Lens")');
    await editor.screenshot('reload-pages');

    // They are alive: a link leads to its line, and a run reaches them.
    const plan = await pageOf('Launch plan of scale', 'h2:text-is("Launch plan")');
    await editor.click(plan.locator('a[data-line="17"]'));
    await expect.poll(() => editor.cursorLine(), soon).toBe(17);
    await editor.clickLens(/Run Kernel/);
    const history = await pageOf('Runs of scale', 'tbody tr');
    await expect.poll(() => history.locator('tbody tr').count(), soon).toBe(1);
    expect(await tabs()).toEqual(before);
  });

  it('are closed, and their group with them, where nothing can be made again', async () => {
    await tab('Runs of scale').click();
    await editor.command('View: Close All Editors in Group');
    await expect.poll(() => groups().count(), soon).toBe(1);
    // Numbers that are still to come are lost with the window.
    const letGo = editor.hold();
    await editor.clickLens('Tune');
    const page = await editor.webview('h1:text-is("scale")');
    await page.locator('[role=status]', { hasText: '0 of 10 configurations' }).first().waitFor();
    await editor.reload();
    await editor
      .lens(/Run Kernel/)
      .first()
      .waitFor();
    await expect.poll(() => groups().count(), soon).toBe(1);
    const left = await editor.page.locator('.tab').allInnerTexts();
    expect(left.map((text) => text.replace(/\s/g, ''))).toEqual(['scale.cu']);
    letGo();
  });
});
