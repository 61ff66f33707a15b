import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { exampleFolder, until } from './support';

describe('problems and lenses', () => {
  let document: vscode.TextDocument;

  before(async () => {
    document = await vscode.workspace.openTextDocument(path.join(exampleFolder(), 'vector_add.cu'));
    await vscode.window.showTextDocument(document);
  });
  after(() => vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  const problems = (source: string) =>
    vscode.languages.getDiagnostics(document.uri).filter((diagnostic) => diagnostic.source?.includes(source));

  async function replace(from: string, to: string): Promise<void> {
    const start = document.getText().indexOf(from);
    assert.ok(start >= 0, `the example contains ${from}`);
    const edit = new vscode.WorkspaceEdit();
    const range = new vscode.Range(document.positionAt(start), document.positionAt(start + from.length));
    edit.replace(document.uri, range, to);
    assert.ok(await vscode.workspace.applyEdit(edit));
  }

  it('offers to run the kernel and the program', async () => {
    const titles = await until(async () => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        document.uri,
        100,
      );
      const found = lenses.map((lens) => lens.command?.title ?? '');
      return found.some((title) => title.includes('Run Program')) ? found : undefined;
    });
    assert.ok(
      titles.some((title) => title.startsWith('▶ Run Kernel')),
      titles.join(' | '),
    );
  });

  it('flags a missing guard in the unsaved text, and its quick fix restores it', async () => {
    await replace('if (i < N) C[i]', 'C[i]');
    const finding = await until(() => problems('Kernel Lens')[0]);
    assert.equal(code(finding), 'missing-bounds-guard');
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      finding.range,
      vscode.CodeActionKind.QuickFix.value,
    );
    const fix = actions.find((action) => action.isPreferred && action.edit);
    assert.ok(fix?.edit, `a fix among: ${actions.map((action) => action.title).join(' | ')}`);
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    assert.match(document.getText(), /if \(i (<|>=) N\)/);
    await until(() => !vscode.languages.getDiagnostics(document.uri).some((it) => code(it) === 'missing-bounds-guard'));
  });

  it("shows nvcc's error for the unsaved text, and takes it back", async () => {
    await replace('threadIdx.x', 'threadIdy.x');
    const error = await until(() => problems('nvcc')[0]);
    assert.match(error.message, /threadIdy/);
    assert.equal(document.lineAt(error.range.start.line).text.includes('threadIdy'), true);
    await replace('threadIdy.x', 'threadIdx.x');
    await until(() => problems('nvcc').length === 0);
  });
});

/** The rule of a finding, with or without a link to its page. */
function code(diagnostic: vscode.Diagnostic): string | number | undefined {
  return typeof diagnostic.code === 'object' ? diagnostic.code.value : diagnostic.code;
}
