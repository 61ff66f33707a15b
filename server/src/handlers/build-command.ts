import { readFile } from 'node:fs/promises';
import * as l10n from '@vscode/l10n';
import type { BuildCommandAnswer, BuildCommandParams } from '../../../protocol/src';
import { buildModel } from '../analysis';
import { fileOf } from '../documents';
import type { Session } from '../session';
import { buildCommand } from '../toolchain';

/** How the task calls nvcc for a file: with the project's flags, as the checks do. */
export async function buildCommandHandler(session: Session, params: BuildCommandParams): Promise<BuildCommandAnswer> {
  if (!session.trusted) return { message: l10n.t('Kernels run in trusted folders only.') };
  const search = await session.toolkit();
  if (!search.found) return { message: search.message };
  const file = fileOf(params.uri);
  const hasMain = await definesMain(session, params.uri, file);
  if (hasMain === undefined) return { message: l10n.t('{0} cannot be read.', file) };
  const { flags, architecture, architectureFlags } = await session.compilation(file);
  return buildCommand({
    toolkit: search.toolkit,
    file,
    hasMain,
    lineinfo: params.lineinfo ?? false,
    flags,
    architecture,
    architectureFlags,
    extra: params.args ?? [],
  });
}

async function definesMain(session: Session, uri: string, file: string): Promise<boolean | undefined> {
  const open = session.document(uri);
  if (open !== undefined) return open.model.main !== undefined;
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = session.parser.parse(text);
  try {
    return buildModel(parsed).main !== undefined;
  } finally {
    parsed.dispose();
  }
}
