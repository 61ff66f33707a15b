/** What a terminal's line discipline does with keys: echo, erase, send whole lines. Pure. */

export interface LineReceiver {
  echo(text: string): void;
  /** With its line break. */
  line(text: string): void;
  /** Ctrl+C. */
  interrupt(): void;
  /** Ctrl+D on an empty line. */
  end(): void;
}

export class LineInput {
  private typed = '';

  constructor(private readonly to: LineReceiver) {}

  type(data: string): void {
    // Arrow keys and the like: there is no history to walk through.
    // eslint-disable-next-line no-control-regex
    for (const key of data.replace(/\u001b(?:\[[0-9;]*[A-Za-z~]|O[A-Z])/g, '')) this.key(key);
  }

  private key(key: string): void {
    switch (key) {
      case '\r':
      case '\n':
        this.to.echo('\n');
        this.to.line(`${this.typed}\n`);
        this.typed = '';
        return;
      case '\u0003':
        this.to.echo('^C\n');
        this.typed = '';
        this.to.interrupt();
        return;
      case '\u0004':
        if (this.typed === '') this.to.end();
        return;
      case '\b':
      case '\u007f':
        if (this.typed === '') return;
        this.typed = [...this.typed].slice(0, -1).join('');
        this.to.echo('\b \b');
        return;
      default:
        if (key < ' ' && key !== '\t') return;
        this.typed += key;
        this.to.echo(key);
    }
  }
}
