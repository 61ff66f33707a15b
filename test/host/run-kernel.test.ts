import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { exampleFolder, until } from './support';

describe('Run Kernel', () => {
  it('runs from its command, and the lens says where and how long', async () => {
    const document = await vscode.workspace.openTextDocument(path.join(exampleFolder(), 'vector_add.cu'));
    await vscode.window.showTextDocument(document);
    await vscode.extensions.getExtension('kernel-lens.kernel-lens')?.activate();
    // Not awaited: after a failed run the command waits for its message to be read.
    void vscode.commands.executeCommand('kernelLens.runKernel', document.uri.toString(), 'vectorAdd');
    const title = await until(async () => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        document.uri,
        100,
      );
      return lenses.map((lens) => lens.command?.title ?? '').find((text) => /Run Kernel · ./.test(text));
    });
    assert.match(title, /▶ Run Kernel · (CPU )?[\d.]+ (ns|µs|ms|s)\b/);
  });
});
