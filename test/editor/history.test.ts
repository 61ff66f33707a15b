// Better or worse? A kernel is run, kept as the baseline, made faster and run again. The GPU's answers were recorded on an
// H200 from these very sources, slow and fast.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { soon } from '../support/soon';
import { has } from '../protocol/files';

const recordedGpu = path.resolve('test/fixtures/gpu-runs/improving.json');
const source = path.resolve('test/fixtures/gpu-runs/brighten.cu');

describe.skipIf(!(await has('nvcc')))('a kernel that is made faster', () => {
  let editor: Editor;
  const runLens = async () => (await editor.lenses()).find((lens) => lens.includes('Run Kernel')) ?? '';

  beforeAll(async () => {
    editor = await Editor.open({
      recordedGpu,
      files: { 'brighten.cu': source },
    });
    await editor.openFile('brighten.cu');
  });
  afterAll(async () => {
    await editor?.screenshot('history-at-the-end');
    await editor?.close();
  });
  beforeEach(() => editor.page.keyboard.press('Escape'));

  it('is pinned as the baseline from the list of what can be done with it', async () => {
    await editor.clickLens(/Run Kernel/);
    await expect.poll(runLens, soon).toMatch(/· 83\.\d µs .*1\.6\d TB\/s \(33 % of peak\)$/);
    await editor.listFromLens('More…', 'Check Answer');
    await editor.screenshot('more');
    await editor.findBehindLens('More…', 'Pin as Baseline');
    const status = editor.page.locator('.statusbar-item', { hasText: 'later runs are compared with this one' });
    await status.first().waitFor();
  });

  it('is compared with the baseline after the change', async () => {
    await editor.replaceLine(await editor.lineOf('int i = x * height + y'), '    int i = y * width + x;');
    await editor.clickLens(/Run Kernel/);
    const change = /· 6[01]\.\d µs .*▼ 27\.\d % vs baseline$/;
    await expect.poll(runLens, soon).toMatch(change);
    const launch = await editor.lineOf('brighten<<<');
    await expect.poll(() => editor.lineResult('brighten<<<'), soon).toMatch(/▼ 27\.\d %/);
    await editor.hoverAt(launch, 200, 'less time than the baseline');
    await editor.screenshot('history-hover');
  });

  it('has a history with a plot and a table', async () => {
    await editor.page.keyboard.press('Escape');
    await editor.command('Kernel Lens: Run Kernel');
    await editor.goTo(1);
    await expect.poll(runLens, soon).toMatch(/60\.9 µs .*▼ 27\.\d % vs baseline$/);
    await editor.command('Kernel Lens: Show Run History');
    const page = await editor.webview('h1:text-is("brighten")');
    await expect.poll(() => page.locator('tbody tr').count(), soon).toBe(3);
    const rows = (await page.locator('tbody tr').allInnerTexts()).map((row) => row.replaceAll('\t', ' | '));
    // The newest first.
    expect(rows[0]).toMatch(/60\.9 µs .*▼ 27\.\d %/);
    expect(rows[1]).toMatch(/61\.0 µs .*▼ 27\.\d %/);
    expect(rows[2]).toMatch(/83\.7 µs .*◆ Baseline/);
    expect(await page.locator('svg').first().getAttribute('aria-label')).toBe('Median time of each run');
    expect(await page.locator('svg [tabindex]').count()).toBeGreaterThan(0);
    await editor.screenshot('history-page');
  });

  it('exports its history, and lets the baseline go', async () => {
    const page = await editor.webview('h1:text-is("brighten")');
    await editor.click(page.getByRole('button', { name: 'Export CSV…' }));
    const file = await editor.saveAs('brighten-history.csv');
    await expect.poll(() => readFileSync(file, 'utf8').split('\n').length, soon).toBe(5);
    const [heading, ...runs] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
    expect(heading).toContain('ratio_');
    expect(runs.every((run) => run.includes('NVIDIA H200'))).toBe(true);

    await editor.click(page.getByRole('button', { name: 'Unpin' }));
    await expect.poll(() => page.locator('tbody').innerText(), soon).not.toContain('Baseline');
  });
});
