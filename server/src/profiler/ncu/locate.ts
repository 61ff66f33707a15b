/** Finds Nsight Compute: the setting, the toolkit, its own folder, then PATH. */
import path from 'node:path';
import { foldersInPath } from '../../process';
import { children, isProgram, type SearchOptions } from '../locate';

export type NcuSearch =
  | { readonly found: true; readonly ncu: string; /** Its window, where it is installed. */ readonly ui?: string }
  | { readonly found: false; readonly tried: readonly string[] };

export async function locateNcu(options: SearchOptions): Promise<NcuSearch> {
  const platform = options.platform ?? process.platform;
  const windows = platform === 'win32';
  const name = windows ? 'ncu.exe' : 'ncu';
  const tried: string[] = [];
  // PATH often has the toolkit's folder, too.
  for (const folder of new Set(await foldersOf(options, windows))) {
    const file = path.join(folder, name);
    tried.push(file);
    if (await isProgram(file)) return { found: true, ncu: file, ...(await findUi(folder, windows)) };
    // The setting may name the program itself.
    if (folder === options.setting && (await isProgram(folder))) {
      return { found: true, ncu: folder, ...(await findUi(path.dirname(folder), windows)) };
    }
  }
  return { found: false, tried };
}

/** The launcher of Windows is a batch file, which only a shell can start: the program behind it is taken. */
const windowsTarget = path.join('target', 'windows-desktop-win7-x64');

async function foldersOf({ setting, toolkitRoot, env = process.env }: SearchOptions, windows: boolean) {
  if (setting !== '') return [setting, ...(windows ? [path.join(setting, windowsTarget)] : [])];
  const toolkit = toolkitRoot === undefined ? [] : [path.join(toolkitRoot, 'bin')];
  const inPath = foldersInPath(env, windows ? 'win32' : 'linux');
  if (windows) {
    const programs = path.join(env['ProgramFiles'] ?? 'C:\\Program Files', 'NVIDIA Corporation');
    const own = await children(programs, /^Nsight Compute (\d+)\.(\d+)/);
    return [...own.map((folder) => path.join(folder, windowsTarget)), ...inPath];
  }
  const bundled = toolkitRoot === undefined ? [] : await children(toolkitRoot, /^nsight-compute-(\d+)\.(\d+)/);
  return [...toolkit, ...bundled, ...(await children('/opt/nvidia/nsight-compute', /^(\d+)\.(\d+)/)), ...inPath];
}

async function findUi(folder: string, windows: boolean): Promise<{ ui?: string }> {
  const places = windows
    ? [path.resolve(folder, '../../host/windows-desktop-win7-x64/ncu-ui.exe')]
    : [path.join(folder, 'ncu-ui')];
  for (const place of places) if (await isProgram(place)) return { ui: place };
  return {};
}
