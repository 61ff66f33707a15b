/** Terminals in which programs run: their output as it comes, what is typed goes to them. One for each file. */
import * as vscode from 'vscode';
import { LineInput } from './text/line-input';

export interface RunningProgram {
  readonly send: (text: string) => void;
  readonly endInput: () => void;
  readonly cancel: () => void;
}

class ProgramTerminal implements vscode.Pseudoterminal {
  private readonly written = new vscode.EventEmitter<string>();
  readonly onDidWrite = this.written.event;
  /** What was printed before the terminal could show it. */
  private waiting: string[] | undefined = [];
  private program: RunningProgram | undefined;
  private atLineStart = true;
  private readonly input = new LineInput({
    echo: (text) => this.print(text),
    line: (text) => this.program?.send(text),
    interrupt: () => this.program?.cancel(),
    end: () => this.program?.endInput(),
  });

  constructor(private readonly closed: () => void) {}

  open(): void {
    const waiting = this.waiting ?? [];
    this.waiting = undefined;
    for (const text of waiting) this.written.fire(text);
  }

  close(): void {
    this.program?.cancel();
    this.closed();
  }

  handleInput(data: string): void {
    if (this.program) this.input.type(data);
  }

  start(program: RunningProgram, heading: string): void {
    this.program = program;
    // The last run's output is cleared away, as a task's is. What we say is in italics: fainter, it is not read on white.
    this.print(`\u001b[2J\u001b[3J\u001b[H\u001b[3m${heading}\u001b[0m\n`);
  }

  end(summary: string): void {
    this.program = undefined;
    if (!this.atLineStart) this.print('\n');
    this.print(`\u001b[3m${summary}\u001b[0m\n`);
  }

  print(text: string): void {
    if (!text) return;
    this.atLineStart = text.endsWith('\n');
    const shown = text.replace(/\r?\n/g, '\r\n');
    if (this.waiting) this.waiting.push(shown);
    else this.written.fire(shown);
  }
}

const terminals = new Map<string, { readonly terminal: vscode.Terminal; readonly program: ProgramTerminal }>();

/** The terminal of a program, made or brought to the front. */
export function programTerminal(uri: string, name: string): ProgramTerminal {
  const known = terminals.get(uri);
  if (known) {
    known.terminal.show(true);
    return known.program;
  }
  const program = new ProgramTerminal(() => terminals.delete(uri));
  const terminal = vscode.window.createTerminal({
    name: `Kernel Lens: ${name}`,
    pty: program,
    iconPath: new vscode.ThemeIcon('play'),
  });
  terminals.set(uri, { terminal, program });
  terminal.show(true);
  return program;
}
