// From the palette to what bounds a kernel, as a person with a GPU and Nsight Compute goes through it. What the tool and the
// GPU answered was recorded on an H200 and an H100; nvcc, the editor and everything between them is the real thing.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { pagesOf, type RecordedAnswer } from '../support/recorded';
import { expectSoon, soon } from '../support/soon';
import { has } from '../protocol/files';

const runs = path.resolve('test/fixtures/tool-runs');

/** Where the counters are closed, the tool says this, as NVIDIA documents it, and writes no report. */
const closed: RecordedAnswer = {
  tool: 'ncu',
  key: 'profile of _Z9transposePKfPfi <<<256x256x1, 32x32x1, 0>>>',
  code: 1,
  chunks: [
    [
      100,
      'stdout',
      '==ERROR== ERR_NVGPUCTRPERM - The user does not have permission to access NVIDIA GPU Performance Counters on the target device 0. For instructions on enabling permissions and to get more information see https://developer.nvidia.com/ERR_NVGPUCTRPERM\n',
    ],
  ],
};

describe.skipIf(process.platform === 'win32' || !(await has('nvcc')))('a profile', () => {
  let editor: Editor;
  let page: Frame;
  const press = (button: string) => editor.click(page.locator('button', { hasText: button }));
  const verdict = () => page.locator('.verdict').first().innerText();

  beforeAll(async () => {
    editor = await Editor.open({
      recordedGpu: path.join(runs, 'gpu.json'),
      recordedTools: {
        recording: path.join(runs, 'tools.json'),
        tools: ['ncu'],
        first: [closed, ...pagesOf('vec', 'ncu')],
      },
      files: {
        'transpose.cu': path.join(runs, 'transpose.cu'),
        'vec.cu': path.resolve('test/fixtures/assembly/vec.cu'),
        'vec.ncu-rep': { text: 'vec' },
        'broken.ncu-rep': { text: 'no report\n' },
      },
    });
    await editor.page.setViewportSize({ width: 1500, height: 950 });
    await editor.openFile('transpose.cu');
    await editor
      .lens(/Run Kernel/)
      .first()
      .waitFor();
  });
  afterAll(async () => {
    await editor?.screenshot('profile-at-the-end');
    await editor?.close();
  });
  beforeEach(() => editor.page.keyboard.press('Escape'));

  it('that may not read counters gives the remedy, the time and what the compiler knows', async () => {
    await editor.goTo(8);
    await editor.command('Kernel Lens: Profile Kernel');
    await editor.answer('ERR_NVGPUCTRPERM', 'What to Do');
    page = await editor.webview('h1');
    const text = await page.locator('body').innerText();
    expect(text).toContain('options nvidia NVreg_RestrictProfilingToAdminUsers=0');
    expect(text).toMatch(/Duration\s+481 µs ±[\d.]+ %/);
    expect(text).toMatch(/Registers a thread\s+\d+/);
    expect(text).toMatch(/Theoretical occupancy\s+100 %/);
    await editor.screenshot('profile-permission');
  });

  it('is started behind More…, and tells how far it is', async () => {
    await editor.openFile('transpose.cu');
    const letGo = editor.hold();
    await editor.pickFromLens('More…', 'What bounds the kernel');
    const progress = await editor.notification(/Profiling transpose: \d+ % of its passes/);
    await progress.getByText('Cancel').waitFor();
    letGo();
    page = await editor.webview('.verdict');
    // Nothing was printed, so nothing else opened.
    expect(await editor.page.locator('.part.panel').isVisible()).toBe(false);
  });

  it('says first what bounds the kernel, then figures, chart, hot lines and advice', async () => {
    expect(await verdict()).toBe(
      'Memory-bound: shared memory at 60 % of its peak, compute at 23 %; 94 % of its shared-memory wavefronts are bank conflicts.',
    );
    expect(await page.locator('.tile strong').allInnerTexts()).toEqual(['497 µs', '60 %', '23 %', '90 %']);
    const order = ['.verdict', '.tiles', 'figure[data-chart="memory"]', 'a[data-line="15"]', '.advice'];
    const tops = await Promise.all(
      order.map(async (each) => (await page.locator(each).first().boundingBox())?.y ?? NaN),
    );
    expect(tops).toEqual([...tops].sort((a, b) => a - b));
    // Nothing is cut at the right.
    const cut = await page
      .locator('body')
      .evaluate((body) =>
        [...body.querySelectorAll('table, .tiles, .advice, .verdict')]
          .filter((each) => each.getBoundingClientRect().right > body.getBoundingClientRect().right)
          .map((each) => each.className || each.tagName),
      );
    expect(cut).toEqual([]);
    await editor.screenshot('profile-page', true);
  });

  it('leads from advice to its line, whose heat is told in the gutter and the hover', async () => {
    await editor.click(page.locator('.advice a[data-line="15"]'));
    await expect.poll(() => editor.cursorLine(), soon).toBe(15);
    await expect.poll(() => editor.lineResult('out[row * width'), soon).toBe('43 %');
    const marks = editor.page.locator('.glyph-margin-widgets .cgmr, .margin-view-overlays .cgmr');
    await expect.poll(() => marks.count(), soon).toBeGreaterThan(3);
    const hover = await editor.hoverAt(15, 6, '43 % of the samples of transpose');
    expect(hover).toContain('97 % of its wavefronts are bank conflicts');
    await editor.screenshot('profile-heat');
  });

  it('is compared with the one before, the differences first', async () => {
    await editor.page.keyboard.press('Escape');
    await editor.replaceLine(8, '    __shared__ float tile[TILE][TILE + 1];');
    await editor.goTo(8);
    await editor.command('Kernel Lens: Profile Kernel');
    await expect.poll(() => page.locator('.tile strong').first().innerText(), soon).toBe('282 µs');
    await editor.pickFrom(() => press('Compare with…'), '497 µs');
    await expect.poll(verdict, soon).toBe('1.76 times as fast as before.');
    const rows = await page.locator('tbody tr', { has: page.locator('.change') }).allInnerTexts();
    expect(rows[0]).toMatch(/^Bank conflicts\s+94 %\s+0 %\s+✓ −100 %$/);
    expect(rows.find((row) => row.startsWith('Duration'))).toMatch(/497 µs\s+282 µs\s+✓ −43 %/);
    expect(await page.locator('.sides > section').count()).toBe(2);
    await editor.screenshot('profile-compared');
    await press('End Comparison');
    await expect.poll(verdict, soon).toMatch(/^Latency-bound/);
  });

  it('is exported as one HTML file, as Markdown, as a picture and as the report itself', async () => {
    const exported = async (format: string, ending: string) => {
      await editor.pickFrom(() => press('Export…'), format);
      return editor.saveAs(ending);
    };
    const file = await exported('HTML', 'transpose.html');
    await expect.poll(() => readFileSync(file, 'utf8'), soon).toMatch(/Latency-bound[^]*<\/html>\s*$/);
    const html = readFileSync(file, 'utf8');
    expect(html).not.toMatch(/href="#"|<script|<link|src=/);
    const markdown = await exported('Markdown', 'transpose.md');
    await expect.poll(() => readFileSync(markdown, 'utf8'), soon).toContain('| Duration | 282 µs |');
    await editor.click(page.locator('figure[data-chart="memory"] a', { hasText: 'Save as SVG' }));
    const picture = await editor.saveAs('transpose-memory.svg');
    await expect
      .poll(() => readFileSync(picture, 'utf8'), soon)
      .toMatch(/<rect width="680" height="\d+" fill="#[0-9a-f]{6}"/);
    const report = await exported('Report of Nsight Compute', 'transpose.ncu-rep');
    await editor.openFile('transpose.ncu-rep');
    await expect
      .poll(async () => (page = await editor.webview('.verdict')).title(), soon)
      .toContain(path.basename(report));
    expect(await verdict()).toMatch(/^Latency-bound/);
  });

  it('leaves the source when it is cleared', async () => {
    await editor.openFile('transpose.cu');
    await editor.clickLens(/Profile of transpose · Clear/);
    await expect.poll(async () => (await editor.lenses()).join(), soon).not.toContain('Clear');
    await expect.poll(() => editor.lineResult('out[row * width'), soon).toBe('');
  });

  it('of a program has its launches to choose from', async () => {
    await editor.pickFrom(() => editor.pickFromLens(/^Profile$/, 'All kernels'), 'The first 10 launches');
    page = await editor.webview('select');
    expect(await page.locator('option').allInnerTexts()).toEqual(['copy · 198 µs', 'transpose · 497 µs']);
    expect(await page.locator('h1').innerText()).toBe('copy');
    await page.locator('select').selectOption({ index: 1 });
    await expect.poll(() => page.locator('h1').innerText(), soon).toBe('transpose');
    await expect.poll(() => editor.lens(/Profile of transpose · Clear/).count(), soon).toBe(1);
  });

  it('in a report that is opened has its roofline, which the keyboard reaches', async () => {
    await editor.openFile('vec.ncu-rep');
    page = await editor.webview('figure[data-chart="roofline"]');
    expect(await verdict()).toBe('Memory-bound: DRAM at 82 % of its peak (2.75 TB/s), compute at 34 %.');
    const names: string[] = [];
    const select = page.locator('select');
    await expectSoon(async () => {
      await select.focus();
      return select.evaluate((element) => element.ownerDocument.hasFocus() && element.matches(':focus'));
    }, 'the focus in the page');
    for (let step = 0; step < 8; step++) {
      await editor.page.keyboard.press('Tab');
      names.push(
        await page.locator('body').evaluate(({ ownerDocument }) => {
          const { activeElement } = ownerDocument;
          return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? '';
        }),
      );
    }
    expect(names.slice(0, 2)).toEqual(['Compare with…', 'Export…']);
    expect(names.filter((name) => /^FP32 against (DRAM|L2|L1): .* of the roof above it$/.test(name))).toHaveLength(3);
    expect(names).toContain('Save as PNG');
    await editor.screenshot('profile-report');
  });

  it('in a file that is none is told from one', async () => {
    await editor.openFile('broken.ncu-rep');
    page = await editor.webview('text=could not read broken.ncu-rep');
    expect(await page.locator('body').innerText()).toContain('The file is not an Nsight Compute profiler report.');
  });
});
