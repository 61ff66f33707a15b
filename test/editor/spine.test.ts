// The loop as a person goes through it: open, see what is wrong, fix it, run the kernel, read the time.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';

const patience = { timeout: 120_000, interval: 250 };

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
    await expect.poll(() => editor.language(), patience).toBe('CUDA C++');
  });

  it('has a lens on the kernel and one on main', async () => {
    await expect
      .poll(() => editor.lenses(), patience)
      .toEqual(
        expect.arrayContaining([expect.stringMatching(/^▶ Run Kernel/), expect.stringMatching(/^▶ Run Program/)]),
      );
  });

  it('is clean as it stands', async () => {
    await expect.poll(() => editor.problemCounts(), patience).toEqual({ errors: 0, warnings: 0 });
  });

  it('runs the kernel from its lens and shows the time on it and after the launch', async () => {
    await editor.clickLens(/Run Kernel/);
    // Without a GPU the lens says that it was the CPU; with one it gives the error of the median.
    await expect
      .poll(async () => (await editor.lenses()).find((lens) => lens.includes('Run Kernel')), patience)
      .toMatch(/▶ Run Kernel · (CPU )?[\d.]+ (ns|µs|ms|s)\b/);
    await expect.poll(() => editor.lineResult('vectorAdd<<<'), patience).toMatch(/(CPU )?[\d.]+ (ns|µs|ms|s)\b/);
  });

  it('runs the program from the lens on main', async () => {
    await editor.clickLens(/Run Program/);
    await expect
      .poll(async () => (await editor.lenses()).find((lens) => lens.includes('Run Program')), patience)
      .toMatch(/▶ Run Program · (CPU )?[\d.]+ (ns|µs|ms|s)\b/);
    // The picture of the README: the file as it stands in examples/, and no mouse over anything.
    await editor.page.mouse.move(700, 540);
    await editor.screenshot('editor', true);
  });

  it('shows a compile error while typing, and none once it is undone', async () => {
    const before = await editor.text();
    const line = await editor.lineOf('int i = blockIdx.x');
    await editor.replaceLine(line, '    int i = blockIdx.x * blockDim.x + threadIdy.x;');
    await expect.poll(() => editor.squiggles('error'), patience).toBeGreaterThan(0);
    expect((await editor.problemCounts()).errors).toBeGreaterThan(0);
    await editor.screenshot('compile-error');
    await editor.undoTo(before);
    expect(await editor.text()).toBe(before);
    await expect.poll(() => editor.squiggles('error'), patience).toBe(0);
  });

  it('finds a missing guard, and the quick fix puts it back', async () => {
    const line = await editor.lineOf('if (i < N)');
    await editor.replaceLine(line, '    C[i] = A[i] + B[i];');
    await expect.poll(() => editor.squiggles('warning'), patience).toBeGreaterThan(0);
    await editor.screenshot('missing-guard');
    await editor.quickFix(line, 8, /^Insert 'if/);
    await expect.poll(() => editor.text(), patience).toMatch(/if \(i (<|>=) N\)/);
    await expect.poll(() => editor.squiggles('warning'), patience).toBe(0);
  });
});
