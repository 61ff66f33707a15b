// What a person with a GPU sees. The answers of the GPU were recorded on an H100; nvcc, the editor and everything between
// them is the real thing.
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { soon } from '../support/soon';
import { has } from '../protocol/files';

const recordedGpu = path.resolve('test/fixtures/gpu-runs/examples.json');

describe.skipIf(!(await has('nvcc')))('a kernel on a GPU', () => {
  let editor: Editor;
  const runLens = async () => (await editor.lenses()).find((lens) => lens.includes('Run Kernel')) ?? '';

  beforeAll(async () => {
    editor = await Editor.open({ recordedGpu });
    await editor.openFile('vector_add.cu');
  });
  afterAll(async () => {
    await editor?.screenshot('gpu-at-the-end');
    await editor?.close();
  });
  beforeEach(() => editor.page.keyboard.press('Escape'));

  it('shows time, throughput and share of the peak on the lens and after the launch', async () => {
    await editor.clickLens(/Run Kernel/);
    const numbers = /1\.4\d µs ±\d\.\d % · 8\.\d\d GB\/s \(0\.3 % of peak\)/;
    await expect.poll(runLens, soon).toMatch(numbers);
    await expect.poll(() => editor.lineResult('vectorAdd<<<'), soon).toMatch(numbers);
  });

  it('tells in the status what is free on the GPU and how busy it is, looked at when something ran on it', async () => {
    await editor.hoverOver(
      editor.page.locator('[id="status.languageStatus"]'),
      /NVIDIA H100 80GB HBM3[^]*79\.2 of 79\.6 GiB free · 0 % busy · at \d/,
    );
    await editor.screenshot('gpu-status');
  });

  it('says of a second run what changed', async () => {
    await editor.clickLens(/Run Kernel/);
    await expect.poll(runLens, soon).toMatch(/ · no change \(±\d\.\d %\)$/);
  });

  it('calls a result old after an edit, and no longer once the edit is undone', async () => {
    const before = await editor.text();
    await editor.replaceLine(await editor.lineOf('const int N = 1024'), '    const int N = 2048;');
    await expect.poll(runLens, soon).toMatch(/before the last edit$/);
    await editor.undoTo(before);
    await expect.poll(runLens, soon).not.toContain('before the last edit');
    expect(await runLens()).toContain('no change');
  });
});
