import type { Finding, Message } from '../analysis';
import { lineIndex } from './lines';
import type { Problem } from './types';

/** Lint findings as problems, in English. */
export function lintProblems(file: string, text: string, findings: readonly Finding[]): Problem[] {
  const positions = lineIndex(text);
  return findings.map((finding) => ({
    file,
    range: positions.range(finding.span),
    severity: finding.severity,
    source: 'lint',
    rule: finding.rule,
    message: english(finding.message),
    related: [],
  }));
}

/** Fills a template: `{0}` is the first argument. */
export function english({ text, args }: Message): string {
  return text.replace(/\{(\d+)\}/g, (whole: string, index: string) => {
    const value = args[Number(index)];
    return value === undefined ? whole : String(value);
  });
}
