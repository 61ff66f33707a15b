import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';

/** The folder that the suite was opened on. */
export function exampleFolder(): string {
  const [first] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(first, 'a folder is open');
  return first.uri.fsPath;
}

/** Asks again and again until the answer is neither false nor undefined; mocha's time limit ends it. */
export async function until<T>(ask: () => T | Promise<T>): Promise<Exclude<T, false | undefined>> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer as Exclude<T, false | undefined>;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The build tasks that are offered; there are some wherever there is a toolkit, and only where there is none the test is skipped. */
export async function buildTasks(test: Mocha.Context): Promise<vscode.Task[]> {
  if (!hasToolkit()) {
    Object.assign(test.test ?? {}, { skipReason: 'no CUDA Toolkit' });
    test.skip();
  }
  return until(async () => {
    const tasks = await vscode.tasks.fetchTasks({ type: 'kernelLens' });
    return tasks.length > 0 && tasks;
  });
}

/** Found without asking the extension: what it does not find must fail a test, not skip it. */
function hasToolkit(): boolean {
  const { PATH = '', CUDA_PATH, CUDA_HOME } = process.env;
  const roots = [CUDA_PATH, CUDA_HOME, '/usr/local/cuda'].flatMap((root) => root || []);
  const folders = [...PATH.split(path.delimiter), ...roots.map((root) => path.join(root, 'bin'))];
  return folders.some((folder) => ['nvcc', 'nvcc.exe'].some((name) => existsSync(path.join(folder, name))));
}
