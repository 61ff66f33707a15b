/** Sources with errors, whose expectations stand in them: `// want error TOKEN /pattern/` on the line of the error. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const corpusFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../fixtures/diagnostics');

export interface Expectation {
  /** 0-based. */
  readonly line: number;
  readonly severity: string;
  /** What the range covers. */
  readonly token: string;
  readonly pattern: RegExp;
}

export interface CorpusFile {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly wanted: readonly Expectation[];
}

export const corpus: readonly CorpusFile[] = readdirSync(corpusFolder)
  .filter((name) => name.endsWith('.cu'))
  .map((name) => {
    const file = path.join(corpusFolder, name);
    const text = readFileSync(file, 'utf8');
    const wanted = text.split('\n').flatMap((content, line) => {
      const match = /\/\/ want (error|warning) (.+) \/(.+)\/$/.exec(content);
      if (match === null) return [];
      const [, severity = '', token = '', pattern = ''] = match;
      return [{ line, severity, token, pattern: new RegExp(pattern) }];
    });
    return { name, file, text, wanted };
  });
