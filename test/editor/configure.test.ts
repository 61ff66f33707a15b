// How a kernel is run: its plan, the directive that writes it down, and which of several launches is meant.
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { expectSoon, soon } from '../support/soon';
import { has } from '../protocol/files';

const recordedGpu = path.resolve('test/fixtures/gpu-runs/examples.json');

/** The kernel of examples/vector_add.cu, launched by two functions with different sizes. */
const twoLaunches = `__global__ void vectorAdd(float* A, float* B, float* C, int N) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < N) C[i] = A[i] + B[i];
}

void few(float* A, float* B, float* C) {
    const int N = 1024;
    vectorAdd<<<(N + 255) / 256, 256>>>(A, B, C, N);
}

void many(float* A, float* B, float* C) {
    const int N = 1 << 22;
    vectorAdd<<<(N + 255) / 256, 256>>>(A, B, C, N);
}
`;

describe.skipIf(!(await has('nvcc')))('how a kernel is run', () => {
  let editor: Editor;
  const lens = async (text: string) => (await editor.lenses()).find((title) => title.includes(text)) ?? '';
  const place = async () => (await editor.page.locator('#status\\.editor\\.selection').innerText()).trim();
  const plan = async () =>
    (await (await editor.webview('h1:text-is("vectorAdd")')).locator('body').innerText()).replace(/\s+/g, ' ');

  beforeAll(async () => {
    editor = await Editor.open({
      recordedGpu,
      files: { 'two_launches.cu': { text: twoLaunches } },
    });
    await editor.openFile('vector_add.cu');
  });
  afterAll(async () => {
    await editor?.screenshot('configure-at-the-end');
    await editor?.close();
  });
  beforeEach(() => editor.page.keyboard.press('Escape'));

  it('stands in the launch plan, each value with its origin', async () => {
    await editor.clickLens('Launch Plan');
    await expect.poll(plan, soon).toMatch(/Grid 4 blocks launch at line 30 Block 256 threads launch at line 30/);
    await expect
      .poll(plan, soon)
      .toMatch(/A float\* 1,024 elements \(4\.00 KiB\) · filled with random values .* allocation at line 24/);
    await editor.screenshot('plan');
    await editor.clickLens(/Run Kernel/);
    await expect.poll(plan, soon).toMatch(/Last run · \d+:\d\d:\d\d.* Median 1\.41 µs/);
    await editor.screenshot('plan-with-result');
  });

  it('leads from a value to its line', async () => {
    const page = await editor.webview('h1:text-is("vectorAdd")');
    await editor.click(page.locator('a[data-line="24"]'));
    await expect.poll(() => editor.cursorLine(), soon).toBe(24);
  });

  it('is written down as a directive by Configure, and edited there', async () => {
    await editor.findBehindLens('More…', 'Configure');
    await expect.poll(() => editor.text(), soon).toMatch(/\/\/ kernel-lens: A=.*B=.*C=zeros\n__global__/);
    // The first value is selected, all of it, ready to be typed over.
    await expect.poll(place, soon).toMatch(/^Ln 8, Col \d+ \(12 selected\)$/);
    await editor.type('ramp');
    await expect.poll(() => editor.text(), soon).toMatch(/\/\/ kernel-lens: A=ramp, B=/);
    // The plan beside it follows what is typed.
    await expect.poll(plan, soon).toMatch(/A float\* .* filled with 0, 1, 2, … .* comment at line 8/);
    await editor.screenshot('configure');
  });

  it('is completed, with the meaning of each value', async () => {
    const line = await editor.lineOf('// kernel-lens:');
    await editor.goTo(line, 200);
    await editor.type(', N=');
    const list = editor.page.locator('.suggest-widget.visible .monaco-list-row');
    await expectSoon(async () => {
      await editor.page.keyboard.press('Control+Space');
      await list.filter({ hasText: '1<<20' }).first().waitFor({ timeout: 15_000 });
    }, '1<<20 among the suggestions');
    await expect
      .poll(async () => (await list.allInnerTexts()).join('\n'), soon)
      .toContain('a sweep: each twice the one before');
    await editor.screenshot('directive-completion');
    await editor.page.keyboard.press('Escape');
    await list.first().waitFor({ state: 'hidden' });
    await editor.type('1<<20');
  });

  it('says in a hover what comes of it, and runs that', async () => {
    const line = await editor.lineOf('N=1<<20');
    const column = (await editor.text()).split('\n')[line - 1]?.indexOf('N=1<<20') ?? 0;
    await editor.hoverAt(line, column + 1, '1,048,576');
    await editor.screenshot('directive-hover');
    await editor.page.keyboard.press('Escape');
    await editor.clickLens(/Run Kernel/);
    await expect.poll(() => lens('Run Kernel'), soon).toMatch(/4\.99 µs · 2\.52 TB\/s/);
  });

  it('is a problem where it cannot be', async () => {
    const line = await editor.lineOf('// kernel-lens:');
    await editor.replaceLine(line, '// kernel-lens: M=64, blok=256');
    await expect.poll(() => editor.squiggles('warning'), soon).toBe(2);
    await expect.poll(async () => (await editor.problems()).join(), soon).toContain("Did you mean 'block'?");
    await editor.screenshot('directive-problem');
  });

  it('is one of several launches, chosen from a list and remembered', async () => {
    await editor.openFile('two_launches.cu');
    await expect.poll(() => lens('launch'), soon).toBe('launch 1 of 2 · line 8');
    await editor.listFromLens(/launch 1 of 2/, 'line 13');
    await editor.screenshot('choose-launch');
    await editor.pickFromLens(/launch 1 of 2/, 'line 13');
    await expect.poll(() => lens('launch'), soon).toBe('launch 2 of 2 · line 13');
    await editor.clickLens(/Run Kernel/);
    await expect.poll(() => lens('Run Kernel'), soon).toMatch(/16\.5 µs/);

    // After the window is loaded anew it is the same launch.
    await editor.reload();
    await expect.poll(() => lens('launch'), soon).toBe('launch 2 of 2 · line 13');
  });
});
