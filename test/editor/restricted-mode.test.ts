// A folder that is not trusted: the lint reads the code, and nothing is compiled or run.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor';
import { soon } from '../support/soon';

describe('a folder that is not trusted', () => {
  let editor: Editor;

  beforeAll(async () => {
    editor = await Editor.open({ trusted: false });
    await editor.openFile('vector_add.cu');
  });
  afterAll(async () => {
    await editor?.screenshot('restricted-at-the-end');
    await editor?.close();
  });

  it('is in Restricted Mode', async () => {
    await expect.poll(() => editor.page.locator('#status\\.workspaceTrust').isVisible(), soon).toBe(true);
  });

  it('has the lint, but neither the compiler nor lenses', async () => {
    // A missing guard for the lint, and beside it an unknown name that only nvcc would complain about.
    const line = await editor.lineOf('if (i < N)');
    await editor.replaceLine(line, '    C[i] = A[i] + B[i] + unknownName;');
    await expect.poll(() => editor.squiggles('warning'), soon).toBeGreaterThan(0);
    expect(await editor.squiggles('error')).toBe(0);
    expect(await editor.lenses()).toEqual([]);
  });
});
