// The words of ours in Korean. The editor's own stay English: its language pack is not installed here.
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { soon } from '../support/soon';
import { has } from '../protocol/files';

const runs = path.resolve('test/fixtures/gpu-runs');

describe.skipIf(!(await has('nvcc')))('in Korean', () => {
  let editor: Editor;

  beforeAll(async () => {
    editor = await Editor.open({
      language: 'ko',
      recordedGpu: `${runs}/improving.json`,
      files: { 'scale.cu': `${runs}/scale.cu` },
    });
    await editor.openFile('scale.cu');
  });
  afterAll(async () => {
    await editor?.screenshot('korean-at-the-end');
    await editor?.close();
  });

  it('says lenses, pages and what comes of a run', async () => {
    await editor.clickLens('튜닝');
    const page = await editor.webview('h1:text-is("scale")');
    const verdict = () => page.locator('[role=status]').first().innerText();
    await expect.poll(verdict, soon).toMatch(/block = 256.*83\.0 %/);
    await expect.poll(() => page.locator('tbody tr').first().innerText(), soon).toContain('최고');
    await editor.screenshot('korean-tune');
    await editor.clickLens('실행 계획');
    const plan = await editor.webview('h2:text-is("실행 계획")');
    expect(await plan.locator('body').innerText()).not.toMatch(/Grid|Block|launch at/);
    await editor.screenshot('korean-plan');
    await editor.listFromLens('더 보기…', '구성');
    await editor.screenshot('korean-more');
    await editor.page.keyboard.press('Escape');
    await editor.clickLens(/커널 실행/);
    await expect
      .poll(async () => (await editor.lenses()).join(), soon)
      .toMatch(/커널 실행 · 31\d µs · 42\d GB\/s \(최대치의 8\.\d %\)/);
    await editor.screenshot('korean-run');
    // The plan beside it tells when: of the day as the language says it.
    // The page is written anew for it.
    const time = async () => (await editor.webview('h2:text-is("실행 계획")')).locator('time').innerText();
    await expect.poll(time, soon).toMatch(/^(오전|오후) \d+:\d\d:\d\d$/);
  });
});
