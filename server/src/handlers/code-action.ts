import * as l10n from '@vscode/l10n';
import { CodeActionKind, type CodeAction, type CodeActionParams, type Diagnostic } from 'vscode-languageserver';
import { findingToDiagnostic, fixToCodeAction } from '../convert';
import type { OpenDocument } from '../documents';
import type { Session } from '../session';
import type { Finding } from '../analysis';

/** Quick fixes of the lint findings that touch the asked range, then the ways to silence them. */
export function codeActions(session: Session, { textDocument, range, context }: CodeActionParams): CodeAction[] {
  const document = session.document(textDocument.uri);
  if (document === undefined) return [];
  const wanted = context.only;
  if (wanted !== undefined && !wanted.some((kind) => kind === '' || kind === CodeActionKind.QuickFix)) return [];
  const start = document.offsetAt(range.start);
  const end = document.offsetAt(range.end);
  const touched = document.lint(session.settings).filter(({ span }) => span.start <= end && start <= span.end);
  const fixes = touched.flatMap((finding) => {
    const diagnostic = findingToDiagnostic(document, finding);
    const mends = finding.fixes.map((fix) => fixToCodeAction(document, diagnostic, fix));
    return [...mends, suppression(document, finding)];
  });
  const silencers = context.diagnostics.flatMap((diagnostic) => compilerSuppression(document, diagnostic));
  return [...fixes, ...silencers];
}

/** nvcc's numbered warnings are silenced by pragmas around the line. */
function compilerSuppression(document: OpenDocument, diagnostic: Diagnostic): CodeAction[] {
  const number = diagnostic.source === 'nvcc' ? /^(\d+)-D$/.exec(String(diagnostic.code))?.[1] : undefined;
  if (number === undefined) return [];
  const { start, end } = diagnostic.range;
  const before = { line: start.line, character: 0 };
  const after = { line: end.line + 1, character: 0 };
  return [
    {
      title: l10n.t('Silence nvcc warning {0} for this line', `#${number}-D`),
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnostic],
      edit: {
        changes: {
          [document.uri]: [
            { range: { start: before, end: before }, newText: `#pragma nv_diag_suppress ${number}\n` },
            { range: { start: after, end: after }, newText: `#pragma nv_diag_default ${number}\n` },
          ],
        },
      },
    },
  ];
}

/** A comment above the line, indented as the line is. */
function suppression(document: OpenDocument, finding: Finding): CodeAction {
  const { line } = document.positionAt(finding.span.start);
  const lineStart = document.offsetAt({ line, character: 0 });
  const indent = /^[ \t]*/.exec(document.content.slice(lineStart))?.[0] ?? '';
  const position = { line, character: 0 };
  return {
    title: l10n.t('Disable {0} for this line', finding.rule),
    kind: CodeActionKind.QuickFix,
    diagnostics: [findingToDiagnostic(document, finding)],
    edit: {
      changes: {
        [document.uri]: [
          {
            range: { start: position, end: position },
            newText: `${indent}// kernel-lens-disable-next-line ${finding.rule}\n`,
          },
        ],
      },
    },
  };
}
