import { formatMessage, type Finding } from '../analysis';
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
    message: formatMessage(finding.message),
    related: [],
  }));
}
