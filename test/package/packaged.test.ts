// The package as a user gets it: installed into a fresh VS Code, it activates, lints, and runs a kernel.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesWith } from '../protocol/files';
import { Editor } from '../support/editor';
import { soon } from '../support/soon';

describe('the packaged extension', () => {
  let editor: Editor;

  beforeAll(async () => {
    const vsix = process.env['KERNEL_LENS_VSIX'];
    if (!vsix) throw new Error('KERNEL_LENS_VSIX names no package: run this through `npm test -- package`.');
    editor = await Editor.open({ vsix });
    await editor.openFile('vector_add.cu');
  });
  afterAll(async () => {
    await editor?.screenshot('package-at-the-end');
    await editor?.close();
  });

  it('activates and offers its lenses', async () => {
    await expect.poll(() => editor.lenses(), soon).toContainEqual(expect.stringMatching(/^▶ Run Kernel/));
  });

  it('lints', async () => {
    await editor.openFile('mistakes.cu');
    await expect.poll(async () => (await editor.problemCounts()).errors, soon).toBeGreaterThan(0);
  });

  it('runs a kernel by its command', async () => {
    await editor.openFile('vector_add.cu');
    await editor.goTo(await editor.lineOf('int i = blockIdx.x'));
    await editor.command('Kernel Lens: Run Kernel');
    await expect
      .poll(async () => (await editor.lenses()).find((lens) => lens.includes('Run Kernel')), soon)
      .toMatch(/▶ Run Kernel · (CPU )?[\d.]+ (ns|µs|ms|s)\b/);
  });

  it.skipIf(process.platform === 'win32')('keeps a process beside its server that tidies up', async () => {
    expect(await processesWith('keeper.js')).toContainEqual(expect.stringMatching(/extensions\/.*\/dist\/keeper\.js$/));
  });
});
