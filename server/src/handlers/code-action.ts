import * as l10n from '@vscode/l10n';
import {
  CodeActionKind,
  type CodeAction,
  type CodeActionParams,
  type Diagnostic,
  type Position,
} from 'vscode-languageserver';
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
    return [...mends, lineSuppression(document, finding), fileSuppression(document, finding)];
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
            {
              range: { start: before, end: before },
              newText: `#pragma nv_diag_suppress ${number}${lineBreak(document)}`,
            },
            { range: { start: after, end: after }, newText: `#pragma nv_diag_default ${number}${lineBreak(document)}` },
          ],
        },
      },
    },
  ];
}

/** A comment above the line, indented as the line is; a comment that silences other rules there gets one more name. */
function lineSuppression(document: OpenDocument, finding: Finding): CodeAction {
  const { line } = document.positionAt(finding.span.start);
  const title = l10n.t('Disable {0} for this line', finding.rule);
  const above = line > 0 ? lineText(document, line - 1) : '';
  const names = /^[ \t]*\/\/[ \t]*kernel-lens-disable-next-line[ \t]+[a-z0-9-]+(?:[ \t]*,[ \t]*[a-z0-9-]+)*/.exec(
    above,
  );
  if (names)
    return insertion(document, finding, title, { line: line - 1, character: names[0].length }, `, ${finding.rule}`);
  const indent = /^[ \t]*/.exec(lineText(document, line))![0];
  const comment = `${indent}// kernel-lens-disable-next-line ${finding.rule}${lineBreak(document)}`;
  return insertion(document, finding, title, { line, character: 0 }, comment);
}

/** A comment at the top of the file. */
function fileSuppression(document: OpenDocument, finding: Finding): CodeAction {
  const title = l10n.t('Disable {0} for this file', finding.rule);
  const comment = `// kernel-lens-disable-file ${finding.rule}${lineBreak(document)}`;
  return insertion(document, finding, title, { line: 0, character: 0 }, comment);
}

function insertion(
  document: OpenDocument,
  finding: Finding,
  title: string,
  position: Position,
  newText: string,
): CodeAction {
  return {
    title,
    kind: CodeActionKind.QuickFix,
    diagnostics: [findingToDiagnostic(document, finding)],
    edit: { changes: { [document.uri]: [{ range: { start: position, end: position }, newText }] } },
  };
}

function lineText(document: OpenDocument, line: number): string {
  return document.content.slice(
    document.offsetAt({ line, character: 0 }),
    document.offsetAt({ line: line + 1, character: 0 }),
  );
}

function lineBreak(document: OpenDocument): string {
  return document.content.includes('\r\n') ? '\r\n' : '\n';
}
