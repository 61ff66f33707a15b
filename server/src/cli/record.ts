/** Keeps what the terminal ran in the kernel's history, as the editor does. */
import type { RunResult } from '../../../protocol/src';
import { recorded } from '../handlers/recorded';
import type { SourceText } from '../runner';
import type { RunOptions } from './run';
import { terminalSession } from './session';

export async function recordedInTerminal(
  result: RunResult,
  source: SourceText,
  { parser, settings, toolkit }: RunOptions,
): Promise<RunResult> {
  if (result.status !== 'ok') return result;
  const session = terminalSession(parser, settings);
  const parsed = parser.parse(source.text);
  try {
    // What the source includes takes part in telling whether two runs are of one binary.
    await session.importsOf(source.file, parsed);
  } finally {
    parsed.dispose();
  }
  return recorded(session, result, source, toolkit);
}
