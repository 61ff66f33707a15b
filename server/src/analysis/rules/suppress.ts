/** `// kernel-lens-disable-next-line rule, rule`, `// kernel-lens-disable-line`, `// kernel-lens-disable-file`. Without names: all rules. */
import type { Finding } from './rule';

interface Suppression {
  /** Lines it covers, 0-based; absent for the whole file. */
  readonly line?: number;
  /** Empty for all rules. */
  readonly rules: ReadonlySet<string>;
}

const comment = /\/[/*][ \t]*kernel-lens-disable-(next-line|line|file)\b([^\n]*)/g;

export class Suppressions {
  private readonly entries: Suppression[] = [];

  constructor(private readonly text: string) {
    // Most files have none, and this runs at each keystroke.
    if (!text.includes('kernel-lens-disable')) return;
    for (const match of text.matchAll(comment)) {
      // What follows `--` is the reason.
      const names = (match[2] ?? '').replace(/--.*$|\*\/.*$/, '').match(/[a-z0-9-]+/g) ?? [];
      const rules = new Set<string>(names);
      if (match[1] === 'file') this.entries.push({ rules });
      else this.entries.push({ line: this.lineAt(match.index) + (match[1] === 'next-line' ? 1 : 0), rules });
    }
  }

  covers(finding: Finding): boolean {
    if (this.entries.length === 0) return false;
    const first = this.lineAt(finding.span.start);
    return this.entries.some(
      ({ line, rules }) => (line === undefined || line === first) && (rules.size === 0 || rules.has(finding.rule)),
    );
  }

  private lineAt(offset: number): number {
    let line = 0;
    for (let i = this.text.indexOf('\n'); i >= 0 && i < offset; i = this.text.indexOf('\n', i + 1)) line++;
    return line;
  }
}
