import * as l10n from '@vscode/l10n';
import type { CodeLens, CodeLensParams, Range } from 'vscode-languageserver';
import type { KernelRun, ProgramResult, RunResult } from '../../../protocol/src';
import type { Kernel } from '../analysis';
import type { OpenDocument } from '../documents';
import { isStale, type Remembered } from '../run-history';
import type { Session } from '../session';
import { withAnswer } from './answer';
import { costLens } from './cost';
import { duration, measured } from './format';
import { choiceText } from './launch-choice';

/** `▶ Run Kernel` with the last result and what else there is on every kernel that has a body, `▶ Run Program` on main. */
export function codeLenses(session: Session, { textDocument }: CodeLensParams): CodeLens[] {
  const document = session.document(textDocument.uri);
  if (document === undefined || !session.settings.codeLens.enable || !session.trusted) return [];
  const { kernels, main } = document.model;
  const lenses = kernels
    .filter(({ body }) => body !== undefined)
    .flatMap((kernel) => kernelLenses(session, document, kernel));
  if (main !== undefined) {
    const range = lineOf(document, main.span.start);
    lenses.push(
      ...programParts(session, document).map((part) => ({ range, command: { ...part, arguments: [document.uri] } })),
    );
  }
  return lenses;
}

/** What stands above main. */
function programParts(session: Session, document: OpenDocument): LensPart[] {
  const result = session.history.program(document.uri);
  return [
    {
      title: `▶ ${l10n.t('Run Program')}${after(result, document, programSummary)}`,
      command: 'kernelLens.runProgram',
    },
    ...(result?.result.trace === undefined ? [] : [{ title: l10n.t('Timeline'), command: 'kernelLens.showTimeline' }]),
    { title: l10n.t('Profile'), command: 'kernelLens.profileProgram' },
    { title: l10n.t('Sanitize'), command: 'kernelLens.sanitizeProgram' },
  ];
}

interface LensPart {
  readonly title: string;
  /** Called with the document's URI and, above a kernel, its name. */
  readonly command: string;
}

/**
 * What stands above a kernel, from left to right. A row that is read at a glance has few entries: what is not for every
 * day belongs into the list behind `More…` (`client/src/features/more.ts`).
 */
const kernelParts: readonly ((session: Session, document: OpenDocument, kernel: Kernel) => LensPart | undefined)[] = [
  (session, document, kernel) => ({
    title: `▶ ${l10n.t('Run Kernel')}${after(session.history.kernel(document.uri, kernel.name), document, kernelSummary)}`,
    command: 'kernelLens.runKernel',
  }),
  (session, { uri }, { name }) =>
    session.isWatched(uri, name)
      ? { title: `◉ ${l10n.t('Stop Watching')}`, command: 'kernelLens.stopWatching' }
      : undefined,
  (session, document, kernel) => {
    const title = choiceText(session, document, kernel, (number, count, line) =>
      l10n.t('launch {0} of {1} · line {2}', number, count, line),
    );
    return title === undefined ? undefined : { title, command: 'kernelLens.chooseLaunch' };
  },
  () => ({ title: l10n.t('Launch Plan'), command: 'kernelLens.showPlan' }),
  () => ({ title: l10n.t('Tune'), command: 'kernelLens.tuneKernel' }),
  () => ({ title: l10n.t('More…'), command: 'kernelLens.more' }),
  // Last: a narrow editor cuts the row.
  (session, document, kernel) => {
    const title = costLens(session, document, kernel);
    return title === undefined ? undefined : { title, command: 'kernelLens.showAssembly' };
  },
];

function kernelLenses(session: Session, document: OpenDocument, kernel: Kernel): CodeLens[] {
  const range = lineOf(document, kernel.span.start);
  const parts = kernelParts.map((part) => part(session, document, kernel)).filter((part) => part !== undefined);
  return parts.map((part) => ({ range, command: { ...part, arguments: [document.uri, kernel.name] } }));
}

function after<Result>(
  remembered: Remembered<Result> | undefined,
  document: OpenDocument,
  summary: (result: Result) => string,
): string {
  if (remembered === undefined) return '';
  const stale = isStale(remembered, document) ? ` · ${l10n.t('before the last edit')}` : '';
  return ` · ${summary(remembered.result)}${stale}`;
}

export function kernelSummary(result: RunResult): string {
  if (result.status !== 'ok') return failureSummary(result);
  const text =
    result.device.kind === 'cpu'
      ? l10n.t('CPU {0} (says nothing about a GPU)', duration(result.time.median))
      : measured(result);
  return withAnswer(`${text}${changeSummary(result)}`, result);
}

/** Since the baseline where one is pinned, else since the last run. */
function changeSummary({ changes, device }: KernelRun): string {
  const change = changes?.baseline ?? changes?.last;
  // The spread of a processor's times is that of its other work.
  if (change?.mark === undefined || (device.kind === 'cpu' && change.kind === 'same')) return '';
  return ` · ${change === changes?.baseline ? l10n.t('{0} vs baseline', change.mark) : change.mark}`;
}

function programSummary(result: ProgramResult): string {
  if (result.status !== 'ok') return failureSummary(result);
  const where = result.device.kind === 'cpu' ? 'CPU ' : '';
  const time = duration(result.wallTime * 1000);
  return result.exitCode === 0 ? `${where}${time}` : l10n.t('{0}{1}, exit code {2}', where, time, result.exitCode);
}

export function failureSummary(result: Exclude<RunResult | ProgramResult, { status: 'ok' }>): string {
  switch (result.status) {
    case 'planFailed':
      return `✗ ${l10n.t('cannot be planned')}`;
    case 'unsupported':
      return `✗ ${l10n.t('needs a GPU')}`;
    case 'buildFailed':
      return `✗ ${l10n.t('does not compile')}`;
    case 'launchFailed':
      return `✗ ${l10n.t('launch failed')}`;
    case 'kernelFaulted':
      return result.location === undefined
        ? `✗ ${l10n.t('fault')}`
        : `✗ ${l10n.t('fault at line {0}', result.location.line)}`;
    case 'timedOut':
      return `✗ ${l10n.t('stopped after {0} s', result.limitSeconds)}`;
    case 'cancelled':
      return l10n.t('cancelled');
    case 'noDevice':
      return `✗ ${l10n.t('no device')}`;
  }
}

function lineOf(document: OpenDocument, offset: number): Range {
  const { line } = document.positionAt(offset);
  return { start: { line, character: 0 }, end: { line, character: 0 } };
}
