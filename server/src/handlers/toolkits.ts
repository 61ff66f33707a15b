import type { Toolkits } from '../../../protocol/src';
import type { Session } from '../session';
import { locateToolkits } from '../toolchain';

/** Every toolkit there is to choose from. Starts processes: trusted workspaces only. */
export async function toolkits(session: Session): Promise<Toolkits> {
  if (!session.trusted) return { toolkits: [] };
  const { path: setting, hostCompiler } = session.settings.cuda;
  const [search, found] = await Promise.all([session.toolkit(), locateToolkits({ setting, hostCompiler })]);
  const current = search.found ? search.toolkit.root : undefined;
  return {
    toolkits: found.map(({ root, version, origin, path }) => ({
      version: version.full,
      root,
      path,
      origin,
      current: root === current,
    })),
  };
}
