/** A report of Nsight Systems is opened like any file, and shown in the timeline. */
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../../scripts/lib/paths.mjs';
import { Editor } from '../support/editor';

let editor: Editor;
beforeAll(async () => {
  editor = await Editor.open();
});
afterAll(() => editor?.close());

test('shows a report that was exported, and says what a report needs that was not', async () => {
  const { folder } = editor;
  writeFileSync(path.join(folder, 'solver.nsys-rep'), 'as nsys wrote it');
  copyFileSync(path.join(root, 'test/fixtures/nsys/report.sqlite'), path.join(folder, 'solver.sqlite'));
  writeFileSync(path.join(folder, 'alone.nsys-rep'), 'as nsys wrote it');

  await editor.openFile('solver.nsys-rep');
  const timeline = await editor.webview('[role=application][aria-label^="Timeline of streams"]');
  const text = await timeline.locator('body').innerText();
  expect(text).toContain('NVIDIA H200');
  expect(text).toContain('NVTX of thread 614 ranges');
  expect(text).toContain('Managed memory: 192 KiB to the GPU, 64.0 KiB to the host');
  expect(text).toMatch(/work\s+22\s+199 µs/);
  await editor.screenshot('nsys-timeline');

  await editor.openFile('alone.nsys-rep');
  const failure = await editor.webview('text=Nsight Systems (nsys) was not found.');
  expect(await failure.locator('body').innerText()).toContain('nsys export --type=sqlite');
});
