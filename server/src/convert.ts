/** Our types ↔ LSP types. The only place that knows both. */
import * as l10n from '@vscode/l10n';
import {
  CodeActionKind,
  DiagnosticSeverity,
  type CodeAction,
  type Diagnostic,
  type DiagnosticRelatedInformation,
  type Range as LspRange,
  type TextEdit,
} from 'vscode-languageserver';
import type { SanitizerFinding } from '../../protocol/src/sanitize';
import type { Finding, Fix, Message, Span } from './analysis';
import type { Problem } from './check';
import { uriOf, type OpenDocument } from './documents';
import { rulePage } from './rule-page';

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
} as const;

export function toRange(document: OpenDocument, span: Span): LspRange {
  return { start: document.positionAt(span.start), end: document.positionAt(span.end) };
}

/** A message in the client's language: analysis writes templates, the edge fills them. */
export function localized(message: Message): string {
  return l10n.t(message.text, ...message.args.map(String));
}

export function findingToDiagnostic(document: OpenDocument, finding: Finding): Diagnostic {
  return {
    range: toRange(document, finding.span),
    severity: severities[finding.severity],
    source: 'Kernel Lens',
    code: finding.rule,
    codeDescription: { href: rulePage(finding.rule) },
    message: localized(finding.message),
  };
}

export function problemToDiagnostic(problem: Problem, uriFor: (file: string) => string = uriOf): Diagnostic {
  const related = problem.related.map((place): DiagnosticRelatedInformation => ({
    location: { uri: uriFor(place.file), range: place.range },
    message: place.message,
  }));
  return {
    range: problem.range,
    severity: severities[problem.severity],
    source: 'nvcc',
    ...(problem.rule === undefined ? {} : { code: problem.rule }),
    message: problem.message,
    ...(related.length === 0 ? {} : { relatedInformation: related }),
  };
}

/** At the text of its line; of a file that is not open, at the whole line. */
export function sanitizerToDiagnostic(
  document: OpenDocument | undefined,
  finding: SanitizerFinding,
  uriFor: (file: string) => string,
): Diagnostic {
  const related = finding.related.flatMap(({ location, message }): DiagnosticRelatedInformation[] => {
    if (location === undefined) return [];
    return [{ location: { uri: uriFor(location.file), range: lineRange(undefined, location.line) }, message }];
  });
  return {
    range: lineRange(document, finding.location?.line ?? 1),
    severity: severities[finding.severity],
    source: 'compute-sanitizer',
    code: finding.tool,
    message: finding.message,
    ...(related.length === 0 ? {} : { relatedInformation: related }),
  };
}

function lineRange(document: OpenDocument | undefined, line: number): LspRange {
  const index = line - 1;
  const text = document?.content.split('\n')[index]?.trimEnd();
  const start = text === undefined ? 0 : text.length - text.trimStart().length;
  return { start: { line: index, character: start }, end: { line: index, character: text?.length ?? 1000 } };
}

export function fixToCodeAction(document: OpenDocument, diagnostic: Diagnostic, fix: Fix): CodeAction {
  const edits = fix.edits.map((edit): TextEdit => ({ range: toRange(document, edit.span), newText: edit.newText }));
  return {
    title: localized(fix.title),
    kind: CodeActionKind.QuickFix,
    diagnostics: [diagnostic],
    isPreferred: fix.preferred ?? false,
    edit: { changes: { [document.uri]: edits } },
  };
}
