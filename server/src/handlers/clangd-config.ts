import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { ClangdConfigAnswer, ClangdConfigParams } from '../../../protocol/src';
import { fileOf } from '../documents';
import type { Session } from '../session';
import { ccclFolderOf, clangdConfig, clangdStubs } from '../toolchain';

/** The text of a `.clangd` for a workspace folder. Nothing is written here: that is the editor's, with the user's consent. */
export async function clangdConfigHandler(session: Session, params: ClangdConfigParams): Promise<ClangdConfigAnswer> {
  if (!session.trusted) return { message: l10n.t('Kernels run in trusted folders only.') };
  const search = await session.toolkit();
  if (!search.found) return { message: search.message };
  const { version, root } = search.toolkit;
  const folder = fileOf(params.folder);
  const { folders, buildFolders } = session;
  const [{ architecture }, includes, hasCccl] = await Promise.all([
    session.compilation(path.join(folder, 'any.cu')),
    session.databases.hiddenIncludes(folder, { folders, buildFolders }),
    isFolder(ccclFolderOf(root)),
  ]);
  const text = clangdConfig({
    version,
    root,
    architecture,
    includes,
    ccclFolder: hasCccl ? ccclFolderOf(root) : undefined,
    stubFolder: params.stubFolder,
    nvccShown: session.settings.diagnostics.nvcc !== 'off',
  });
  return { text, stubs: clangdStubs(version) };
}

async function isFolder(folder: string): Promise<boolean> {
  return stat(folder).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
