/** Hints between the words of a launch: what its configuration amounts to, and which parameter gets which argument. */
import * as l10n from '@vscode/l10n';
import { InlayHintKind, type InlayHint, type InlayHintParams } from 'vscode-languageserver';
import { argumentsByParameter, launchGeometry, type FileModel, type Launch } from '../analysis';
import type { Session } from '../session';
import { count } from './format';

export function inlayHints(session: Session, { textDocument, range }: InlayHintParams): InlayHint[] {
  const document = session.document(textDocument.uri);
  if (document === undefined) return [];
  const { launch: configuration, arguments: parameters } = session.settings.inlayHints;
  const [start, end] = [document.offsetAt(range.start), document.offsetAt(range.end)];
  const hint = (offset: number, label: string, kind: InlayHintKind): InlayHint => ({
    position: document.positionAt(offset),
    label,
    kind,
    paddingLeft: kind === InlayHintKind.Type,
    paddingRight: true,
  });
  return document.model.launches
    .filter((launch) => !launch.broken && launch.span.start <= end && start <= launch.span.end)
    .flatMap((launch) => {
      const label = configuration ? configurationLabel(document.model, launch) : undefined;
      const names = parameters ? argumentNames(document.model, launch) : [];
      return [
        ...(label === undefined ? [] : [hint(launch.configSpan.end, label, InlayHintKind.Type)]),
        ...names.map(({ offset, name }) => hint(offset, `${name}:`, InlayHintKind.Parameter)),
      ];
    });
}

/** Nothing where the numbers stand there already. */
function configurationLabel(model: FileModel, launch: Launch): string | undefined {
  const { grid, block, threadsPerBlock, threads } = launchGeometry(model, launch);
  if (isPlain(launch.grid.text) && isPlain(launch.block.text)) return undefined;
  if (grid && block && threads !== undefined) {
    return l10n.t('{0} × {1} = {2} threads', factor(grid), factor(block), count(threads));
  }
  if (threadsPerBlock === undefined || isPlain(launch.block.text)) return undefined;
  return l10n.t('{0} threads a block', count(threadsPerBlock));
}

/** A number, or a `dim3` of numbers. */
function isPlain(text: string): boolean {
  return /^(?:dim3\s*)?[({]?\s*\d[\d\s,uUlL']*[)}]?$/.test(text.trim());
}

/** `3907`, `(120 × 68)`. */
function factor([x, y, z]: readonly bigint[]): string {
  if (y === 1n && z === 1n) return count(x!);
  return `(${(z === 1n ? [x!, y!] : [x!, y!, z!]).map(count).join(' × ')})`;
}

function argumentNames(model: FileModel, launch: Launch): { offset: number; name: string }[] {
  return argumentsByParameter(model, launch).flatMap(({ parameter, argument }) => {
    const told = argument === undefined || parameter.name === '' || argument.text === parameter.name;
    return told ? [] : [{ offset: argument.span.start, name: parameter.name }];
  });
}
