import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { exampleFolder } from './support';

describe('activation', () => {
  it('opens a .cu file as CUDA C++ and activates', async () => {
    const document = await vscode.workspace.openTextDocument(path.join(exampleFolder(), 'vector_add.cu'));
    assert.equal(document.languageId, 'cuda-cpp');
    await vscode.window.showTextDocument(document);
    const extension = vscode.extensions.getExtension('kernel-lens.kernel-lens');
    assert.ok(extension, 'the extension is loaded');
    await extension.activate();
    assert.equal(extension.isActive, true);
  });
});
