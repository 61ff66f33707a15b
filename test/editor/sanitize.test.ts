// What compute-sanitizer finds, as Problems. Its answers were recorded on an H200; the rest is the real thing. Nsight Compute is
// not there, which a report says.
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { expectSoon, soon } from '../support/soon';
import { has } from '../protocol/files';

const runs = path.resolve('test/fixtures/tool-runs');

describe.skipIf(process.platform === 'win32' || !(await has('nvcc')))('compute-sanitizer', () => {
  let editor: Editor;
  /** Those of the tool, in the Problems view. */
  const findings = async () =>
    (await editor.problems()).filter((each) => each.includes('compute-sanitizer')).map((each) => each.split('\n'));

  async function sanitize(line: number, tools: string): Promise<void> {
    await editor.pickFrom(async () => {
      await editor.goTo(line);
      await editor.command('Kernel Lens: Sanitize Kernel');
    }, tools);
  }

  /** An entry below a problem, which is opened for it. */
  async function below(problem: string, text: string): Promise<Locator> {
    const row = (hasText: string) => editor.page.locator('.markers-panel .monaco-list-row', { hasText });
    await expectSoon(async () => {
      if (await row(text).isVisible()) return;
      await row(problem).locator('.marker-message-details-container').first().click({ timeout: 15_000 });
      await editor.page.keyboard.press('ArrowRight');
      await row(text).waitFor({ timeout: 15_000 });
    }, text);
    return row(text);
  }

  beforeAll(async () => {
    editor = await Editor.open({
      recordedGpu: path.join(runs, 'gpu.json'),
      recordedTools: { recording: path.join(runs, 'tools.json'), tools: ['compute-sanitizer'] },
      files: { 'sanitize.cu': path.resolve('test/gpu/kernels/sanitize.cu'), 'a.ncu-rep': { text: '' } },
    });
    await editor.page.setViewportSize({ width: 1500, height: 950 });
    await editor.openFile('sanitize.cu');
    await editor
      .lens(/Run Kernel/)
      .first()
      .waitFor();
  });
  afterAll(async () => {
    await editor?.screenshot('sanitize-at-the-end');
    await editor?.close();
  });
  beforeEach(() => editor.page.keyboard.press('Escape'));
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await editor?.screenshot('sanitize-failed');
  });

  it('finds an access out of bounds: one problem for all of its threads, at its line', async () => {
    await sanitize(12, 'Everything');
    await expect
      .poll(findings, soon)
      .toEqual([
        [
          'Reads 4 bytes of global memory out of bounds: data[1000], but data has 1,000 elements (24 times, first by thread (232, 0, 0) of block (3, 0, 0)).',
          'compute-sanitizer',
          'memcheck',
          '[Ln 13, Col 5]',
        ],
      ]);
    await editor.answer('pastTheEnd: Reads 4 bytes', 'Go to Line');
    await expect.poll(() => editor.cursorLine(), soon).toBe(13);
  });

  it('finds a race, with its other access', async () => {
    await editor.openFile('sanitize.cu');
    await sanitize(33, 'Races in shared memory');
    // Those of the kernel before stay, as its text has.
    await expect
      .poll(async () => (await findings()).map(([message]) => message), soon)
      .toEqual([
        expect.stringMatching(/^Reads 4 bytes/),
        expect.stringMatching(/^Race in shared memory: no barrier lies between this write and a read at line 35/),
      ]);
    const related = await below('Race in shared memory', 'The read');
    await expect.poll(() => related.innerText(), soon).toContain('[Ln 35');
    await editor.screenshot('sanitize-problems');
    await expectSoon(async () => {
      await related.dblclick({ timeout: 15_000 });
      await expect.poll(() => editor.cursorLine(), { timeout: 15_000 }).toBe(35);
    }, 'the cursor in line 35');
  });

  it('looks at the whole program from the lens on main, and keeps what one tool found when another fails', async () => {
    await editor.openFile('sanitize.cu');
    await editor.goTo(59);
    await editor.pickFromLens(/^Sanitize$/, 'Everything');
    const beside = /^Reads 4 bytes of global memory out of bounds: right behind an allocation of 4,000 bytes/;
    await expect
      .poll(async () => (await findings()).map(([message]) => message), soon)
      .toEqual(
        expect.arrayContaining([
          expect.stringMatching(beside),
          '4,000 bytes of device memory were never freed.',
          '4,096 bytes of device memory were never freed.',
        ]),
      );
    // Nobody asked initcheck about this program where the answers are from.
    await editor.notification(/sanitize\.cu: Reads 4 bytes[^]*compute-sanitizer \(initcheck\) failed/);
    const launch = await below('right behind an allocation', 'Launched in main');
    await expect.poll(() => launch.innerText(), soon).toContain('[Ln 64');
  });

  it('forgets what it found when the file is edited', async () => {
    await editor.openFile('sanitize.cu');
    await editor.replaceLine(34, '    tile[t] = data[t] + 1;');
    await expect.poll(findings, soon).toEqual([]);
  });

  it('has nothing to do with reports of Nsight Compute, which say that it is missing', async () => {
    await editor.openFile('a.ncu-rep');
    const page = await editor.webview('text=Nsight Compute (ncu) was not found.');
    expect(await page.locator('ul').innerText()).toContain('kernelLens.profiler.ncuPath');
    await editor.screenshot('profile-no-tool');
  });
});
