// The entry that VS Code's extension host calls: runs every suite of this folder with mocha, and leaves a report for the
// script that started the editor.
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';
import * as vscode from 'vscode';

interface TestReport {
  title: string;
  state: 'passed' | 'failed' | 'skipped';
  reason?: string;
}

export async function run(): Promise<void> {
  const reports: TestReport[] = [];
  const record = (report: TestReport): void => {
    reports.push(report);
    const mark = { passed: '✔', failed: '✖', skipped: '-' }[report.state];
    console.log(`  ${mark} ${report.title}${report.reason ? `: ${report.reason}` : ''}`);
  };
  // A reporter of our own, because the consoles of extension hosts do not format.
  class Reporter extends Mocha.reporters.Base {
    constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
      super(runner, options);
      runner
        .on('pass', (test) => record({ title: test.fullTitle(), state: 'passed' }))
        .on('pending', (test) => record({ title: test.fullTitle(), state: 'skipped', reason: skipReason(test) }))
        .on('fail', (test, error: Error) =>
          record({ title: test.fullTitle(), state: 'failed', reason: error.stack ?? error.message }),
        );
    }
  }
  const mocha = new Mocha({ ui: 'bdd', timeout: 300_000, reporter: Reporter });
  for (const file of readdirSync(__dirname)) {
    if (file.endsWith('.test.js')) mocha.addFile(path.join(__dirname, file));
  }
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  const file = process.env['KERNEL_LENS_HOST_REPORT'];
  if (file) writeFileSync(file, JSON.stringify({ vscode: vscode.version, tests: reports }, null, 2));
  if (failures > 0) throw new Error(`${failures} tests failed.`);
}

/** Mocha has no room for a reason: a test that skips says why in `skipReason` before it calls `this.skip()`. */
function skipReason(test: Mocha.Test): string {
  return (test as Mocha.Test & { skipReason?: string }).skipReason ?? 'no reason given';
}
