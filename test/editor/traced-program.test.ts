// Run Program with a trace. It was recorded on an H100; everything behind it, from its lines in the source to the timeline,
// is the real thing.
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { launchJson } from '../support/launch-json';
import { has } from '../protocol/files';

const patience = { timeout: 60_000, interval: 250 };

describe.skipIf(!(await has('nvcc')) || process.platform !== 'linux')('a traced program', () => {
  let editor: Editor;
  const traces = path.resolve('test/fixtures/trace');

  beforeAll(async () => {
    editor = await Editor.open({
      recordedGpu: path.resolve('test/fixtures/gpu-runs/examples.json'),
      env: { PATH: `${traces}/replay:${process.env['PATH']}` },
      files: {
        'streams.cu': 'test/gpu/kernels/streams.cu',
        'build/streams': `${traces}/replay/streams`,
        'build/streams.trace': `${traces}/streams.trace`,
        'build/streams.addr2line': `${traces}/streams.addr2line`,
        '.vscode/launch.json': {
          text: launchJson({
            name: 'Streams',
            file: '${workspaceFolder}/streams.cu',
            program: '${workspaceFolder}/build/streams',
            args: ['one two', '3'],
            env: { TRACE_WORD: 'hello' },
          }),
        },
      },
    });
    await editor.openFile('streams.cu');
  });
  afterAll(async () => {
    await editor?.screenshot('program-at-the-end');
    await editor?.close();
  });
  beforeEach(() => editor.page.keyboard.press('Escape'));

  it('runs from the lens as launch.json says, and sums its kernels up', async () => {
    await editor.clickLens(/Run Program/);
    await expect
      .poll(() => editor.terminal(), patience)
      .toMatch(/arguments 2 one two, word hello\ndone\nExit code 0 ·/);
    expect(await editor.terminal()).toMatch(/scale +26 [\s\S]*addTo<float> +6 /);
    await editor.screenshot('program-traced');
    await editor.page.getByRole('button', { name: /^Hide Panel/ }).click();
  });

  it('shows at each line what it cost, and in a hover how that came about', async () => {
    const launch = 'scale<<<n / 256, 256, 0, first>>>(a, 0.5f, 60000)';
    await editor.goTo(64);
    await expect
      .poll(() => editor.lineResult(launch), patience)
      .toMatch(/^×20 · .* total · .* mean · \d\d % of GPU time$/);
    expect(await editor.lineResult('cudaMemcpy(a, pageable')).toMatch(
      /^16\.0 MiB · .*B\/s · .* · host → device, pageable$/,
    );
    expect(await editor.lineResult('cudaMemcpyAsync(b, pinned')).toMatch(/host → device, pinned$/);
    expect(await editor.lineResult('cudaStreamSynchronize(first)')).toMatch(/^×20 · host waited /);
    await editor.screenshot('program-marks');
    expect(await editor.hoverAt(await editor.lineOf('cudaMemcpy(a, pageable'), 200)).toContain('is pageable');
    await editor.screenshot('program-hover');
  });

  it('has a timeline, whose bars lead to the source', async () => {
    await editor.hoverAt(await editor.lineOf('cudaMemcpy(a, pageable'), 200);
    await editor.page.locator('.monaco-hover:visible a', { hasText: 'Show Timeline' }).first().click();
    const page = await editor.webview('h1:text-is("streams")');
    const canvas = page.locator('canvas');
    await canvas.waitFor();
    // A row's label stands beside its bars; the long kernels fill most of the first stream's.
    const [label, bars] = [
      await page.locator('[title^="GPU 0 · Stream"]').first().boundingBox(),
      await canvas.boundingBox(),
    ];
    if (!label || !bars) throw new Error('the timeline has no rows');
    await canvas.click({ position: { x: bars.width / 2, y: label.y - bars.y + 12 } });
    await expect.poll(() => page.locator('h3').first().innerText(), patience).toBe('scale');
    const sideways = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.locator('body').evaluate(sideways)).toBe(0);
    await editor.screenshot('timeline');
    const line = await editor.lineOf('scale<<<n / 256, 256, 0, first>>>(a, 0.5f, 60000)');
    await page
      .locator('a', { hasText: `streams.cu:${line}` })
      .first()
      .click();
    await expect.poll(() => editor.cursorLine(), patience).toBe(line);
  });

  it('is saved as a file that opens as a timeline', async () => {
    await (await editor.webview('h1:text-is("streams")')).getByRole('button', { name: 'Save Trace…' }).click();
    await editor.saveAs('streams.kltrace');
    await editor.command('View: Close All Editors');
    await editor.openFile('streams.kltrace');
    const page = await editor.webview('h1:text-is("streams")');
    await page.locator('canvas').waitFor();
    await page.locator('input[type=search]').fill('scale');
    await expect.poll(() => page.locator('body').innerText(), patience).toContain('26 records');
    await editor.screenshot('timeline-file');
  });
});
