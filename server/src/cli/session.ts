import type { Settings } from '../../../protocol/src';
import type { CudaParser } from '../analysis';
import { silentLog } from '../log';
import { Session } from '../session';

/** The terminal's session: the current folder is its workspace, and trusted as whatever is typed there. */
export function terminalSession(parser: CudaParser, settings: Settings): Session {
  const session = new Session(parser, silentLog);
  session.folders = [process.cwd()];
  session.settings = settings;
  return session;
}
