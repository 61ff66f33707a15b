/** One run's part of the output: a heading, what it printed, and how it ended. */
import type * as vscode from 'vscode';
import { env, Uri, workspace } from 'vscode';

export class RunLog {
  private written = false;
  private atLineStart = true;

  constructor(
    private readonly output: vscode.OutputChannel,
    subject: string,
    uri: string,
  ) {
    const file = workspace.asRelativePath(Uri.parse(uri));
    const time = new Date().toLocaleTimeString(env.language);
    output.appendLine(`▶ ${subject === file ? subject : `${subject} · ${file}`} · ${time}`);
  }

  /** What is printed is shown at once, without taking the focus from the editor. */
  write(text: string): void {
    if (!text) return;
    if (!this.written) this.output.show(true);
    this.written = true;
    this.atLineStart = text.endsWith('\n');
    this.output.append(text);
  }

  /** Writes the whole output of a run that did not stream it. */
  ensure(text: string): void {
    if (this.written || !text) return;
    this.written = true;
    this.atLineStart = text.endsWith('\n');
    this.output.append(text);
  }

  end(summary: string): void {
    if (!this.atLineStart) this.output.appendLine('');
    this.output.appendLine(summary);
    this.output.appendLine('');
  }
}
