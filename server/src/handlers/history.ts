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
  const answer = await session.runs.pin(file, kernel, id);
  switch (answer.status) {
    case 'pinned':
      return { done: true };
    case 'notWritten':
      return { message: answer.problem };
    case 'noSuchRun':
      return {
        message:
          id === undefined
            ? l10n.t('{0} has not been run yet: run it first, then pin that run.', kernel)
            : l10n.t('That run of {0} is no longer in the history.', kernel),
      };
  }
}

export async function unpinBaselineHandler(session: Session, { uri, kernel }: KernelRef): Promise<HistoryActionAnswer> {
  return written(await session.runs.unpin(fileOf(uri), kernel));
}

export async function clearHistoryHandler(session: Session, { uri, kernel }: KernelRef): Promise<HistoryActionAnswer> {
  return written(await session.runs.clear(fileOf(uri), kernel));
}

function written(problem: string | undefined): HistoryActionAnswer {
  return problem === undefined ? { done: true } : { message: problem };
}
