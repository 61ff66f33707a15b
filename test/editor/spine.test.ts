// The loop as a person goes through it: open, see what is wrong, fix it, run the kernel, read the time.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { soon } from '../support/soon';

describe('vector_add.cu in the editor', () => {
  let editor: Editor;

  beforeAll(async () => {
    editor = await Editor.open();
    await editor.openFile('vector_add.cu');
  });
  afterAll(async () => {
    await editor?.screenshot('spine-at-the-end');
    await editor?.close();
  });
  beforeEach(() => editor.page.keyboard.press('Escape'));

  it('is CUDA C++', async () => {
    await expect.poll(() => editor.language(), soon).toBe('CUDA C++');
  });

  it('has a lens on the kernel and one on main', async () => {
    await expect
      .poll(() => editor.lenses(), soon)
      .toEqual(
        expect.arrayContaining([expect.stringMatching(/^▶ Run Kernel/), expect.stringMatching(/^▶ Run Program/)]),
      );
  });

  it('is clean as it stands', async () => {
    await expect.poll(() => editor.problemCounts(), soon).toEqual({ errors: 0, warnings: 0 });
  });

  it('runs the kernel from its lens and shows the time on it and after the launch', async () => {
    await editor.clickLens(/Run Kernel/);
    // Without a GPU the lens says that it was the CPU; with one it gives the error of the median.
    await expect
      .poll(async () => (await editor.lenses()).find((lens) => lens.includes('Run Kernel')), soon)
      .toMatch(/▶ Run Kernel · (CPU )?[\d.]+ (ns|µs|ms|s)\b/);
    await expect.poll(() => editor.lineResult('vectorAdd<<<'), soon).toMatch(/(CPU )?[\d.]+ (ns|µs|ms|s)\b/);
  });

  it('runs the program from the lens on main', async () => {
    await editor.clickLens(/Run Program/);
    await expect
      .poll(async () => (await editor.lenses()).find((lens) => lens.includes('Run Program')), soon)
      .toMatch(/▶ Run Program · (CPU )?[\d.]+ (ns|µs|ms|s)\b/);
    // The picture of the README: the file as it stands in examples/, and no mouse over anything.
    await editor.page.mouse.move(700, 540);
    await editor.screenshot('editor', true);
  });

  it('shows a compile error while typing, and none once it is undone', async () => {
    const before = await editor.text();
    const line = await editor.lineOf('int i = blockIdx.x');
    await editor.replaceLine(line, '    int i = blockIdx.x * blockDim.x + threadIdy.x;');
    await expect.poll(() => editor.squiggles('error'), soon).toBeGreaterThan(0);
    await expect.poll(async () => (await editor.problemCounts()).errors, soon).toBeGreaterThan(0);
    await editor.screenshot('compile-error');
    await editor.undoTo(before);
    await expect.poll(() => editor.squiggles('error'), soon).toBe(0);
  });

  it('finds a missing guard, and the quick fix puts it back', async () => {
    const line = await editor.lineOf('if (i < N)');
    await editor.replaceLine(line, '    C[i] = A[i] + B[i];');
    await expect.poll(() => editor.squiggles('warning'), soon).toBeGreaterThan(0);
    await editor.screenshot('missing-guard');
    await editor.quickFix(line, 8, /^Insert 'if/);
    await expect.poll(() => editor.text(), soon).toMatch(/if \(i (<|>=) N\)/);
    await expect.poll(() => editor.squiggles('warning'), soon).toBe(0);
  });
});
