import assert from 'node:assert/strict';
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

/** The build tasks that are offered; there are some wherever there is a toolkit, and the test is skipped where there is none. */
export async function buildTasks(test: Mocha.Context): Promise<vscode.Task[]> {
  const tasks = await vscode.tasks.fetchTasks({ type: 'kernelLens' });
  if (tasks.length === 0) {
    Object.assign(test.test ?? {}, { skipReason: 'no CUDA Toolkit' });
    test.skip();
  }
  return tasks;
}
