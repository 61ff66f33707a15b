import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { buildTasks, exampleFolder, until } from './support';

describe('beside other C++ extensions', () => {
  const original = vscode.window.showInformationMessage;
  const others = vscode.languages.createDiagnosticCollection('another extension');
  const said: { message: string; buttons: string[] }[] = [];
  let document: vscode.TextDocument;

  before(async () => {
    document = await vscode.workspace.openTextDocument(path.join(exampleFolder(), 'vector_add.cu'));
    await vscode.window.showTextDocument(document);
    const listen = (message: string, ...buttons: string[]) => {
      said.push({ message, buttons });
      return Promise.resolve(undefined);
    };
    Object.assign(vscode.window, { showInformationMessage: listen });
  });
  after(async () => {
    Object.assign(vscode.window, { showInformationMessage: original });
    others.dispose();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  function report(source: string, severity: vscode.DiagnosticSeverity, uri = document.uri): void {
    const problem = new vscode.Diagnostic(new vscode.Range(0, 0, 0, 3), 'nonsense', severity);
    problem.source = source;
    others.set(uri, [problem]);
  }

  it('says nothing of warnings, nor of files that are not CUDA', async () => {
    report('clang', vscode.DiagnosticSeverity.Warning);
    report('clang', vscode.DiagnosticSeverity.Error, vscode.Uri.file(path.join(exampleFolder(), 'other.cpp')));
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual(said, []);
  });

  it("offers once to stop clangd's errors", async function () {
    await buildTasks(this);
    report('clang', vscode.DiagnosticSeverity.Error);
    await until(() => said.length > 0);
    report('clang', vscode.DiagnosticSeverity.Hint);
    report('clang', vscode.DiagnosticSeverity.Error);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(said.length, 1);
    assert.match(said[0]?.message ?? '', /^clangd /);
    assert.deepEqual(said[0]?.buttons, ['Write .clangd', "Don't Show Again"]);
  });

  it("offers to switch off cpptools' squiggles", async function () {
    await buildTasks(this);
    report('C/C++', vscode.DiagnosticSeverity.Error);
    await until(() => said.length > 1);
    assert.match(said[1]?.message ?? '', /^C\/C\+\+ /);
    assert.deepEqual(said[1]?.buttons, ['Turn Off Its Squiggles in This Workspace', "Don't Show Again"]);
  });
});
