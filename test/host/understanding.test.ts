import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { exampleFolder, until } from './support';

describe('understanding', () => {
  let document: vscode.TextDocument;

  before(async () => {
    document = await vscode.workspace.openTextDocument(path.join(exampleFolder(), 'vector_add.cu'));
    await vscode.window.showTextDocument(document);
  });
  after(() => vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  /** Right behind the first `mark`. */
  function behind(mark: string): vscode.Position {
    const at = document.getText().indexOf(mark);
    assert.ok(at >= 0, `the example contains ${mark}`);
    return document.positionAt(at + mark.length);
  }

  it('tells in the hover of a launch how many threads it starts', async () => {
    const text = await until(async () => {
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        document.uri,
        behind('vectorAdd<<'),
      );
      const texts = hovers.flatMap(({ contents }) =>
        contents.map((part) => (typeof part === 'string' ? part : part.value)),
      );
      return texts.find((part) => part.includes('| Grid |'));
    });
    assert.match(text, /\| Block \| \d+ threads/);
    assert.match(text, /\| Problem \|/);
  });

  it('shows the folded configuration behind a launch', async () => {
    const hints = await until(async () => {
      const found = await vscode.commands.executeCommand<vscode.InlayHint[]>(
        'vscode.executeInlayHintProvider',
        document.uri,
        new vscode.Range(0, 0, document.lineCount, 0),
      );
      return found.length > 0 ? found : undefined;
    });
    const label = hints[0]?.label;
    assert.ok(typeof label === 'string');
    assert.match(label, /[\d,]+ × \d+ = [\d,]+ threads/);
  });

  it('goes from the launch to the kernel', async () => {
    const [target] = await until(async () => {
      const found = await vscode.commands.executeCommand<vscode.Location[]>(
        'vscode.executeDefinitionProvider',
        document.uri,
        document.positionAt(document.getText().indexOf('vectorAdd<<') + 2),
      );
      return found.length > 0 ? found : undefined;
    });
    assert.equal(target && document.getText(target.range), 'vectorAdd');
    assert.match(document.lineAt(target?.range.start.line ?? 0).text, /__global__/);
  });

  it('outlines the kernel with the launches', async () => {
    const symbols = await until(async () => {
      const found = await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>(
        'vscode.executeDocumentSymbolProvider',
        document.uri,
      );
      return found && found.length > 0 ? found : undefined;
    });
    const kernel = symbols.find(({ name }) => name === 'vectorAdd');
    assert.equal(kernel?.detail, '__global__');
    const main = symbols.find(({ name }) => name === 'main');
    assert.deepEqual(
      main?.children.map(({ name }) => name),
      ['vectorAdd<<<…>>>'],
    );
  });

  it('completes inside a launch', async () => {
    const items = await until(async () => {
      const { items: found } = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        document.uri,
        behind('vectorAdd<<<'),
        '<',
      );
      const own = found.filter(({ sortText }) => sortText?.startsWith('!'));
      return own.length > 0 ? own : undefined;
    });
    assert.ok(
      items.some(({ insertText }) =>
        /\(N \+ .*\) \/ /.test(typeof insertText === 'string' ? insertText : (insertText?.value ?? '')),
      ),
      items.map(({ label }) => (typeof label === 'string' ? label : label.label)).join(' | '),
    );
  });
});
