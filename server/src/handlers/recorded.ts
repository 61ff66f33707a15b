import type { RunResult } from '../../../protocol/src';
import type { SourceText } from '../runner';
import type { Session } from '../session';
import type { Toolkit } from '../toolchain';

/** Keeps a run that ended well in the kernel's history, and adds how it compares with earlier ones. */
export async function recorded(
  session: Session,
  result: RunResult,
  { file, text, flags }: SourceText,
  toolkit: Toolkit | undefined,
): Promise<RunResult> {
  if (result.status !== 'ok') return result;
  const headers = session.includes.texts(file);
  const inputs = { text, headers, flags, toolkit: toolkit?.version.full ?? '' };
  const { changes, problem } = await session.runs.record(result, inputs);
  return { ...result, changes, ...(problem === undefined ? {} : { notes: [...result.notes, problem] }) };
}
