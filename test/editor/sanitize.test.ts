// What compute-sanitizer finds, as Problems. Its answers were recorded on an H200; the rest is the real thing. Nsight Compute is
// not there, which a report says.
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { has } from '../protocol/files';

const patience = { timeout: 60_000, interval: 250 };
const runs = path.resolve('test/fixtures/tool-runs');

describe.skipIf(process.platform === 'win32' || !(await has('nvcc')))('compute-sanitizer', () => {
  let editor: Editor;
  /** Those of the tool, in the Problems view. */
  const findings = async () =>
    (await editor.problems()).filter((each) => each.includes('compute-sanitizer')).map((each) => each.split('\n'));

  async function sanitize(line: number, tools: string): Promise<void> {
    await editor.goTo(line);
    await editor.command('Kernel Lens: Sanitize Kernel');
    await editor.pick(tools);
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
      .poll(findings, patience)
      .toEqual([
        [
          'Reads 4 bytes of global memory out of bounds: data[1000], but data has 1,000 elements (24 times, first by thread (232, 0, 0) of block (3, 0, 0)).',
          'compute-sanitizer',
          'memcheck',
          '[Ln 13, Col 5]',
        ],
      ]);
    const told = await editor.notification('pastTheEnd: Reads 4 bytes');
    await told.getByText('Go to Line').click();
    await expect.poll(() => editor.cursorLine(), patience).toBe(13);
  });

  it('finds a race, with its other access', async () => {
    await editor.openFile('sanitize.cu');
    await sanitize(33, 'Races in shared memory');
    // Those of the kernel before stay, as its text has.
    await expect
      .poll(async () => (await findings()).map(([message]) => message), patience)
      .toEqual([
        expect.stringMatching(/^Reads 4 bytes/),
        expect.stringMatching(/^Race in shared memory: no barrier lies between this write and a read at line 35/),
      ]);
    const row = editor.page.locator('.markers-panel .monaco-list-row', { hasText: 'Race in shared memory' });
    await row.locator('.marker-message-details-container').first().click();
    await editor.page.keyboard.press('ArrowRight');
    const related = editor.page.locator('.markers-panel .monaco-list-row', { hasText: 'The read' });
    await expect.poll(() => related.innerText(), patience).toContain('[Ln 35');
    await editor.screenshot('sanitize-problems');
    await related.dblclick();
    await expect.poll(() => editor.cursorLine(), patience).toBe(35);
  });

  it('looks at the whole program from the lens on main, and keeps what one tool found when another fails', async () => {
    await editor.openFile('sanitize.cu');
    await editor.goTo(59);
    await editor.pickFromLens(/^Sanitize$/, 'Everything');
    const beside = /^Reads 4 bytes of global memory out of bounds: right behind an allocation of 4,000 bytes/;
    await expect
      .poll(async () => (await findings()).map(([message]) => message), patience)
      .toEqual(
        expect.arrayContaining([
          expect.stringMatching(beside),
          '4,000 bytes of device memory were never freed.',
          '4,096 bytes of device memory were never freed.',
        ]),
      );
    // Nobody asked initcheck about this program where the answers are from.
    const told = await editor.notification('sanitize.cu: Reads 4 bytes');
    expect(await told.innerText()).toContain('compute-sanitizer (initcheck) failed');
    const row = editor.page.locator('.markers-panel .monaco-list-row', { hasText: 'right behind an allocation' });
    await row.locator('.marker-message-details-container').first().click();
    await editor.page.keyboard.press('ArrowRight');
    const launch = editor.page.locator('.markers-panel .monaco-list-row', { hasText: 'Launched in main' });
    await expect.poll(() => launch.innerText(), patience).toContain('[Ln 64');
  });

  it('forgets what it found when the file is edited', async () => {
    await editor.openFile('sanitize.cu');
    await editor.replaceLine(34, '    tile[t] = data[t] + 1;');
    await expect.poll(findings, patience).toEqual([]);
  });

  it('has nothing to do with reports of Nsight Compute, which say that it is missing', async () => {
    await editor.openFile('a.ncu-rep');
    const page = await editor.webview('text=Nsight Compute (ncu) was not found.');
    expect(await page.locator('ol').innerText()).toContain('kernelLens.profiler.ncuPath');
    await editor.screenshot('profile-no-tool');
  });
});
