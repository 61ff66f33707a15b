// Where kernels run: the list of devices, each with what it is busy with. The GPU was asked on an H200.
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { soon } from '../support/soon';
import { has } from '../protocol/files';

describe.skipIf(!(await has('g++')))('the device', () => {
  let editor: Editor;
  const rows = () => editor.page.locator('.quick-input-list .monaco-list-row');
  const listed = async () => {
    await editor.page.keyboard.press('Escape');
    await editor.command('Kernel Lens: Select Device for Running Kernels');
    await rows().filter({ hasText: 'NVIDIA H200' }).first().waitFor();
    return (await rows().allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
  };

  beforeAll(async () => {
    editor = await Editor.open({ recordedGpu: path.resolve('test/fixtures/gpu-runs/improving.json') });
    await editor.openFile('vector_add.cu');
    await editor
      .lens(/Run Kernel/)
      .first()
      .waitFor();
  });
  afterAll(async () => {
    await editor?.screenshot('device-at-the-end');
    await editor?.close();
  });

  it('is chosen from a list that tells memory, use and temperature', async () => {
    await expect
      .poll(listed, soon)
      .toEqual([
        expect.stringMatching(/^Automatic ?current/),
        expect.stringMatching(/^NVIDIA H200 ?140 of 140 GiB free · 0 % busy · 38 °C/),
        expect.stringMatching(/^CPU/),
      ]);
    await editor.screenshot('devices');
    await editor.pickFrom(async () => void (await listed()), /^\s*CPU/);
    await expect.poll(async () => (await listed())[2], soon).toMatch(/^CPU ?current/);
    await editor.page.keyboard.press('Escape');
  });

  it('is where the next run happens', async () => {
    await editor.clickLens(/Run Kernel/);
    const lens = async () => (await editor.lenses()).find((title) => title.includes('Run Kernel'));
    await expect.poll(lens, soon).toMatch(/Run Kernel · CPU .*says nothing about a GPU/);
  });
});
