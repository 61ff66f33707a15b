import { MarkupKind, type Hover, type HoverParams } from 'vscode-languageserver';
import { directiveAt, isCode, wordAt, type FileModel, type Launch, type Span } from '../analysis';
import { localized, toRange } from '../convert';
import type { Session } from '../session';
import { directiveHover } from './hover/directive';
import { kernelHover } from './hover/kernel';
import { launchHover } from './hover/launch';
import { entryOf, type Entry } from './knowledge';

/** A launch tells what it amounts to, a kernel what the compiler made of it, a name of CUDA's what it means. */
export function hover(session: Session, { textDocument, position }: HoverParams): Hover | null {
  const document = session.document(textDocument.uri);
  if (document === undefined || !session.settings.hover.enable) return null;
  const offset = document.offsetAt(position);
  const answer = (value: string, span: Span): Hover => ({
    contents: { kind: MarkupKind.Markdown, value },
    range: toRange(document, span),
  });
  const directive = directiveAt(document.content, document.model, offset);
  if (directive) {
    const about = directiveHover(session, document, directive, offset);
    return about ? answer(about.text, about.span) : null;
  }
  const found = launchAt(document.model, offset);
  if (found) return answer(launchHover(document, found.launch, session.gpu), found.span);
  const kernel = document.model.kernels.find(({ nameSpan: { start, end } }) => start <= offset && offset < end);
  const compiled = kernel && kernelHover(session, document, kernel);
  if (kernel && compiled !== undefined) return answer(compiled, kernel.nameSpan);
  const at = wordAt(document.content, offset);
  const entry = at && entryOf(at.word);
  if (!at || !entry || !isCode(document.content, at.span.start)) return null;
  return answer(entryText(entry), at.span);
}

/** The launch whose kernel's name or configuration is at `offset`. */
export function launchAt(model: FileModel, offset: number): { launch: Launch; span: Span } | undefined {
  for (const launch of model.launches) {
    if (launch.broken) continue;
    const span = [launch.nameSpan, launch.configSpan].find(({ start, end }) => start <= offset && offset < end);
    if (span) return { launch, span };
  }
  return undefined;
}

/** Markdown. */
export function entryText({ code, text, trap }: Entry): string {
  const parts = ['```cuda-cpp', code, '```', '', localized(text)];
  return [...parts, ...(trap ? ['', `⚠ ${localized(trap)}`] : [])].join('\n');
}
