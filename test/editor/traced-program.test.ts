// Run Program with a trace. It was recorded on an H100; everything behind it, from its lines in the source to the timeline,
// is the real thing.
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { launchJson } from '../support/launch-json';
import { expectSoon, soon } from '../support/soon';
import { has } from '../protocol/files';

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
    await expect.poll(() => editor.terminal(), soon).toMatch(/arguments 2 one two, word hello\ndone\nExit code 0 ·/);
    expect(await editor.terminal()).toMatch(/scale +26 [\s\S]*addTo<float> +6 /);
    await editor.screenshot('program-traced');
    await editor.click(editor.page.getByRole('button', { name: /^Hide Panel/ }));
  });

  it('shows at each line what it cost, and in a hover how that came about', async () => {
    const launch = 'scale<<<n / 256, 256, 0, first>>>(a, 0.5f, 60000)';
    await editor.goTo(64);
    await expect.poll(() => editor.lineResult(launch), soon).toMatch(/^×20 · .* total · .* mean · \d\d % of GPU time$/);
    await expect
      .poll(() => editor.lineResult('cudaMemcpy(a, pageable'), soon)
      .toMatch(/^16\.0 MiB · .*B\/s · .* · host → device, pageable$/);
    await expect.poll(() => editor.lineResult('cudaMemcpyAsync(b, pinned'), soon).toMatch(/host → device, pinned$/);
    await expect.poll(() => editor.lineResult('cudaStreamSynchronize(first)'), soon).toMatch(/^×20 · host waited /);
    await editor.screenshot('program-marks');
    await editor.hoverAt(await editor.lineOf('cudaMemcpy(a, pageable'), 200, 'is pageable');
    await editor.screenshot('program-hover');
  });

  it('has a timeline, whose bars lead to the source', async () => {
    const copy = await editor.lineOf('cudaMemcpy(a, pageable');
    const link = editor.page.locator('.monaco-hover:visible a', { hasText: 'Show Timeline' }).first();
    await expectSoon(async () => {
      await editor.hoverAt(copy, 200, 'Show Timeline');
      await link.click({ timeout: 15_000 });
    }, 'a click on Show Timeline');
    const page = await editor.webview('h1:text-is("streams")');
    const canvas = page.locator('canvas');
    await canvas.waitFor();
    // A row's label stands beside its bars; the long kernels fill most of the first stream's.
    await expectSoon(async () => {
      const [label, bars] = [
        await page.locator('[title^="GPU 0 · Stream"]').first().boundingBox(),
        await canvas.boundingBox(),
      ];
      if (!label || !bars) throw new Error('the timeline has no rows');
      await canvas.click({ position: { x: bars.width / 2, y: label.y - bars.y + 12 }, timeout: 15_000 });
      await expect.poll(() => page.locator('h3').first().innerText(), { timeout: 15_000 }).toBe('scale');
    }, 'a chosen launch of scale');
    const sideways = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.locator('body').evaluate(sideways)).toBe(0);
    await editor.screenshot('timeline');
    const line = await editor.lineOf('scale<<<n / 256, 256, 0, first>>>(a, 0.5f, 60000)');
    await editor.click(page.locator('a', { hasText: `streams.cu:${line}` }));
    await expect.poll(() => editor.cursorLine(), soon).toBe(line);
  });

  it('is saved as a file that opens as a timeline', async () => {
    const shown = await editor.webview('h1:text-is("streams")');
    await editor.click(shown.getByRole('button', { name: 'Save Trace…' }));
    await editor.saveAs('streams.kltrace');
    await editor.command('View: Close All Editors');
    await editor.openFile('streams.kltrace');
    const page = await editor.webview('h1:text-is("streams")');
    await page.locator('canvas').waitFor();
    await page.locator('input[type=search]').fill('scale');
    await expect.poll(() => page.locator('body').innerText(), soon).toContain('26 records');
    await editor.screenshot('timeline-file');
  });
});
