/** The history of a kernel's runs for the editor: shown, pinned, exported, forgotten. */
import * as l10n from '@vscode/l10n';
import type {
  ExportHistoryParams,
  HistoryActionAnswer,
  HistoryAnswer,
  KernelRef,
  PinBaselineParams,
} from '../../../protocol/src';
import { fileOf } from '../documents';
import { historyCsv, historyJson } from '../history';
import type { Session } from '../session';

export function historyHandler(session: Session, { uri, kernel }: KernelRef): Promise<HistoryAnswer> {
  return session.runs.of(fileOf(uri), kernel);
}

export async function exportHistoryHandler(session: Session, params: ExportHistoryParams): Promise<string> {
  const answer = await historyHandler(session, params);
  return params.format === 'csv' ? historyCsv(answer) : historyJson(answer);
}

export async function pinBaselineHandler(
  session: Session,
  { uri, kernel, id }: PinBaselineParams,
): Promise<HistoryActionAnswer> {
  const file = fileOf(uri);
  if (await session.runs.pin(file, kernel, id)) return { done: true };
  const { rows } = await session.runs.of(file, kernel);
  return rows.length === 0
    ? { message: l10n.t('{0} has not been run yet: run it first, then pin that run.', kernel) }
    : notKept();
}

export async function unpinBaselineHandler(session: Session, { uri, kernel }: KernelRef): Promise<HistoryActionAnswer> {
  return (await session.runs.unpin(fileOf(uri), kernel)) ? { done: true } : notKept();
}

export async function clearHistoryHandler(session: Session, { uri, kernel }: KernelRef): Promise<HistoryActionAnswer> {
  return (await session.runs.clear(fileOf(uri), kernel)) ? { done: true } : notKept();
}

function notKept(): HistoryActionAnswer {
  return { message: l10n.t('The history could not be written; the log of the language server says why.') };
}
