// Run Program on the processor, as launch.json says.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { launchJson } from '../support/launch-json';
import { expectSoon, soon } from '../support/soon';
import { has } from '../protocol/files';

/** Asks for a name, greets with what the environment and the arguments say, and leaves with 3. */
const greeting = `#include <cstdio>
#include <cstdlib>
#include <cuda_runtime.h>

__global__ void twice(float* data, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) data[i] *= 2.0f;
}

int main(int argc, char** argv) {
    float* data;
    cudaMalloc(&data, 256 * sizeof(float));
    twice<<<1, 256>>>(data, 256);
    cudaDeviceSynchronize();
    cudaFree(data);
    char name[32];
    std::printf("Who is there? ");
    if (std::scanf("%31s", name) != 1) return 1;
    const char* word = std::getenv("GREETING");
    std::printf("%s, %s, with %d: %s\\n", word ? word : "-", name, argc - 1, argc > 1 ? argv[1] : "-");
    return 3;
}
`;

describe.skipIf(!(await has('g++')))('a program on the processor', () => {
  let editor: Editor;

  beforeAll(async () => {
    editor = await Editor.open({
      settings: { 'kernelLens.run.device': 'cpu' },
      files: {
        'greeting.cu': { text: greeting },
        '.vscode/launch.json': {
          text: launchJson({
            name: 'Greet',
            file: '${workspaceFolder}/greeting.cu',
            args: ['one two', '3'],
            env: { GREETING: 'Welcome' },
          }),
        },
      },
    });
    await editor.openFile('greeting.cu');
  });
  afterAll(async () => {
    await editor?.screenshot('program-cpu-at-the-end');
    await editor?.close();
  });

  it('is started by F5 as launch.json says, and reads what is typed', async () => {
    // The lens comes with the language server, and with it the kind of launch that F5 starts.
    await editor
      .lens(/Run Program/)
      .first()
      .waitFor();
    await editor.focused();
    await editor.page.keyboard.press('F5');
    await expect.poll(() => editor.terminal(), soon).toMatch(/greeting\.cu one two 3 · [\s\S]*Who is there\?/);
    const terminal = editor.page.locator('.terminal-wrapper.active');
    await expectSoon(async () => {
      await terminal.click({ timeout: 15_000 });
      await terminal.locator('.xterm.focus').waitFor({ timeout: 15_000 });
    }, 'the focus in the terminal');
    await editor.page.keyboard.type('Ada\n');
    await expect
      .poll(() => editor.terminal(), soon)
      .toMatch(/Who is there\? Ada\nWelcome, Ada, with 2: one two\nExit code 3 · .* · CPU/);
    expect(await editor.terminal()).toMatch(/Kernel +Launches +Total +Average +Grid +Block\ntwice +1 /);
    await editor.screenshot('program-terminal');
  });

  it('leaves its exit code in the lens and its time at the launch', async () => {
    const lens = async () => (await editor.lenses()).find((title) => title.includes('Run Program'));
    await expect.poll(lens, soon).toMatch(/Run Program · CPU .*exit code 3$/);
    await expect.poll(() => editor.lineResult('twice<<<'), soon).toMatch(/^CPU [\d.]+ (ns|µs|ms)$/);
  });
});
