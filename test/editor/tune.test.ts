// Tuning and sweeping from the lens, to the edit of the source. The GPU's answers were recorded on an H200 and an H100.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { soon } from '../support/soon';
import { has } from '../protocol/files';

const runs = path.resolve('test/fixtures/gpu-runs');
const nvcc = await has('nvcc');

describe.skipIf(!nvcc)('tuning a kernel', () => {
  let editor: Editor;

  beforeAll(async () => {
    editor = await Editor.open({
      recordedGpu: `${runs}/improving.json`,
      files: { 'scale.cu': `${runs}/scale.cu` },
    });
    await editor.openFile('scale.cu');
  });
  afterAll(async () => {
    await editor?.screenshot('tune-at-the-end');
    await editor?.close();
  });
  beforeEach(() => editor.page.keyboard.press('Escape'));

  it('shows its progress, then times and the best in a table and a plot', async () => {
    const letGo = editor.hold();
    await editor.clickLens('Tune');
    const page = await editor.webview('h1:text-is("scale")');
    await expect.poll(() => page.locator('[role=status]').first().innerText(), soon).toMatch(/\d+ of 10 config/);
    await editor.screenshot('tune-progress');
    letGo();
    const verdict = /^block = 256 takes 83\.0 % less time than the present configuration \(±0\.\d\)\.$/;
    await expect.poll(() => page.locator('[role=status]').first().innerText(), soon).toMatch(verdict);
    const rows = (await page.locator('tbody tr').allInnerTexts()).map((row) => row.replaceAll('\t', ' | '));
    expect(rows).toHaveLength(10);
    expect(rows[0]).toMatch(/^256 ★ best \| 53\.9 µs .*−83\.0 %/);
    expect(rows.at(-1)).toMatch(/^32 ○ present \| 31\d µs/);
    expect(await page.locator('svg').first().getAttribute('aria-label')).toBe('Median times');
    await editor.screenshot('tune-page', true);
  });

  it('changes the source with one edit, which one Undo takes back', async () => {
    const before = await editor.text();
    const page = await editor.webview('h1:text-is("scale")');
    await editor.click(page.getByRole('button', { name: 'Apply: block = 256' }));
    await expect.poll(() => editor.text(), soon).toContain('const int block = 256;');
    expect(await editor.text()).toBe(before.replace('block = 32', 'block = 256'));
    await editor.screenshot('tune-applied');
    // The page's button has the keys until the source is clicked.
    await editor.page.locator('.view-line', { hasText: 'const int block' }).first().click();
    await editor.focused();
    await editor.page.keyboard.press('Control+Z');
    await expect.poll(() => editor.text(), soon).toBe(before);
  });
});

describe.skipIf(!nvcc)('a sweep over the problem size', () => {
  let editor: Editor;

  beforeAll(async () => {
    editor = await Editor.open({ recordedGpu: `${runs}/examples.json` });
    await editor.openFile('vector_add.cu');
  });
  afterAll(async () => {
    await editor?.screenshot('sweep-at-the-end');
    await editor?.close();
  });

  it('runs each size that the directive lists, and plots time and throughput', async () => {
    await editor.lens('More…').first().waitFor();
    const line = await editor.lineOf('__global__ void vectorAdd');
    await editor.goTo(line);
    await editor.type('// kernel-lens: N=1<<16..1<<26\n');
    await expect.poll(() => editor.text(), soon).toContain('// kernel-lens: N=1<<16..1<<26\n__global__');
    await editor.findBehindLens('More…', 'Sweep Problem Size');
    const page = await editor.webview('h1:text-is("vectorAdd · N")');
    await expect.poll(() => page.locator('[role=status]').first().innerText(), soon).toBe('11 of 11 sizes measured.');
    const rows = (await page.locator('tbody tr').allInnerTexts()).map((row) => row.replaceAll('\t', ' | '));
    expect(rows).toHaveLength(11);
    expect(rows[0]).toMatch(/^65,536 \| 1\.6\d µs/);
    expect(rows[10]).toMatch(/^67,108,864 \| 295 µs .* \| 2\.7\d TB\/s \(8\d % ?\)/);
    expect(await page.locator('.chart').first().innerText()).toMatch(/Time\s+Throughput/);
    await editor.screenshot('sweep-page');
  });

  it('is exported as a table', async () => {
    const page = await editor.webview('h1:text-is("vectorAdd · N")');
    await editor.click(page.getByRole('button', { name: 'Export CSV…' }));
    const file = await editor.saveAs('vectorAdd-sweep.csv');
    const lines = () => readFileSync(file, 'utf8').trim().split(/\r?\n/);
    await expect.poll(() => lines().length, soon).toBe(12);
    expect(lines()[0]).toBe('N,median_us,relative_error,bytes_per_second,reason');
  });
});
