import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { exampleFolder } from './support';

interface Answer {
  readonly status: string;
  readonly message?: string;
  readonly diagnostics?: readonly string[];
  readonly device?: { readonly kind: string };
  readonly launch?: { readonly scalars: Readonly<Record<string, string>> };
  readonly medianUs?: number;
  readonly notes?: readonly string[];
}

async function ask(tool: string, input: object): Promise<Answer> {
  const result = await vscode.lm.invokeTool(`kernelLens_${tool}`, { input, toolInvocationToken: undefined });
  const [part] = result.content;
  assert.ok(part instanceof vscode.LanguageModelTextPart);
  return JSON.parse(part.value) as Answer;
}

describe('Tools for language models', () => {
  it('are offered', () => {
    const names = vscode.lm.tools.map(({ name }) => name);
    for (const tool of ['check', 'run', 'profile', 'sanitize']) assert.ok(names.includes(`kernelLens_${tool}`), tool);
  });

  it('check finds a mistake that is not saved', async () => {
    const file = path.join(exampleFolder(), 'reduction.cu');
    const document = await vscode.workspace.openTextDocument(file);
    const line = document
      .getText()
      .split('\n')
      .findIndex((text) => text.includes('__syncthreads();'));
    const edit = new vscode.WorkspaceEdit();
    edit.delete(document.uri, new vscode.Range(line, 0, line + 1, 0));
    await vscode.workspace.applyEdit(edit);
    const { status, diagnostics } = await ask('check', { file: 'reduction.cu' });
    await vscode.commands.executeCommand('workbench.action.files.revert', document.uri);
    assert.equal(status, 'ok');
    assert.ok(
      diagnostics?.some((text) => /^reduction\.cu:\d+:\d+: (error|warning): .* \[[\w-]+\]$/.test(text)),
      String(diagnostics),
    );
  });

  it('run measures with the values that are asked for, and says what a CPU time is', async () => {
    const answer = await ask('run', { file: 'vector_add.cu', set: { N: 2000 } });
    assert.equal(answer.status, 'ok', answer.message);
    assert.equal(answer.launch?.scalars['N'], '2000');
    assert.ok((answer.medianUs ?? 0) > 0);
    if (answer.device?.kind === 'cpu') assert.match(answer.notes?.join(' ') ?? '', /says nothing about a GPU/);
  });

  it('refuse what lies outside, what is not there and what sets nothing', async () => {
    const outside = await ask('run', { file: '../other.cu' });
    assert.equal(outside.status, 'refused');
    assert.match(outside.message ?? '', /not in a folder of the workspace/);
    assert.equal((await ask('check', { file: path.resolve('/etc/passwd') })).status, 'refused');
    const value = await ask('run', { file: 'vector_add.cu', set: { Q: 7 } });
    assert.equal(value.status, 'planFailed');
    assert.match(value.message ?? '', /'Q' is no parameter of 'vectorAdd'/);
  });
});
