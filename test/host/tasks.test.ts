import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { buildTasks, exampleFolder, until } from './support';

describe('build tasks and project files', () => {
  const created: vscode.Uri[] = [];
  const inFolder = (name: string) => vscode.Uri.file(path.join(exampleFolder(), name));
  const exists = (uri: vscode.Uri) =>
    vscode.workspace.fs.stat(uri).then(
      () => true,
      () => false,
    );

  before(async () => {
    const document = await vscode.workspace.openTextDocument(inFolder('vector_add.cu'));
    await vscode.window.showTextDocument(document);
  });
  after(async () => {
    await vscode.workspace.getConfiguration('tasks').update('tasks', undefined, vscode.ConfigurationTarget.Workspace);
    for (const uri of created) if (await exists(uri)) await vscode.workspace.fs.delete(uri);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  async function run(task: vscode.Task): Promise<number | undefined> {
    const ended = new Promise<number | undefined>((resolve) => {
      const listener = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
        if (execution.task.name !== task.name) return;
        listener.dispose();
        resolve(exitCode);
      });
    });
    await vscode.tasks.executeTask(task);
    return ended;
  }

  it('builds the file in the editor', async function () {
    const tasks = await buildTasks(this);
    assert.deepEqual(tasks.map(({ name }) => name).sort(), ['Build this file', 'Build with -lineinfo']);
    const program = inFolder(process.platform === 'win32' ? 'vector_add.exe' : 'vector_add');
    created.push(program);
    const task = tasks.find(({ name }) => name === 'Build this file');
    assert.ok(task?.execution instanceof vscode.ProcessExecution, 'a process, not a shell');
    assert.equal(await run(task), 0);
    assert.ok(await exists(program), 'the program is beside its source');
  });

  it('puts what nvcc prints into the problems of a file that is not open', async function () {
    await buildTasks(this);
    const broken = inFolder('broken_for_task.cu');
    created.push(broken);
    await vscode.workspace.fs.writeFile(broken, Buffer.from('int main() {\n  return missing_name;\n}\n'));
    const definition = { type: 'kernelLens', file: '${workspaceFolder}/broken_for_task.cu' };
    const tasks = vscode.workspace.getConfiguration('tasks');
    const matchers = ['nvcc', 'gcc', 'ptxas', 'tools'].map((name) => `$kernel-lens-${name}`);
    await tasks.update('version', '2.0.0', vscode.ConfigurationTarget.Workspace);
    await tasks.update(
      'tasks',
      [{ ...definition, label: 'build broken', problemMatcher: matchers }],
      vscode.ConfigurationTarget.Workspace,
    );
    const task = await until(async () =>
      (await vscode.tasks.fetchTasks({ type: 'kernelLens' })).find(({ name }) => name === 'build broken'),
    );
    assert.notEqual(await run(task), 0);
    const problem = await until(() =>
      vscode.languages.getDiagnostics(broken).find(({ message }) => message.includes('missing_name')),
    );
    assert.equal(problem.range.start.line, 1);
    assert.equal(problem.severity, vscode.DiagnosticSeverity.Error);
  });

  it('writes a .clangd once', async function () {
    await buildTasks(this);
    const file = inFolder('.clangd');
    created.push(file);
    await vscode.commands.executeCommand('kernelLens.writeClangdConfig');
    const text = Buffer.from(await vscode.workspace.fs.readFile(file)).toString();
    assert.match(text, /-xcuda/);
    await vscode.workspace.fs.writeFile(file, Buffer.from('# mine\n'));
    // It asks what to do with the one that is there; nobody answers here.
    void vscode.commands.executeCommand('kernelLens.writeClangdConfig');
    await new Promise((resolve) => setTimeout(resolve, 2000));
    assert.equal(Buffer.from(await vscode.workspace.fs.readFile(file)).toString(), '# mine\n');
  });
});
