/** Finds Nsight Systems: the setting, the toolkit, its own folders, then PATH. */
import path from 'node:path';
import { foldersInPath } from '../../process';
import { children, isProgram, type SearchOptions } from '../locate';

export type NsysSearch =
  { readonly found: true; readonly nsys: string } | { readonly found: false; readonly tried: readonly string[] };

export async function locateNsys(options: SearchOptions): Promise<NsysSearch> {
  const windows = (options.platform ?? process.platform) === 'win32';
  const name = windows ? 'nsys.exe' : 'nsys';
  const tried: string[] = [];
  // PATH often has the toolkit's folder, too.
  for (const folder of new Set(await foldersOf(options, windows))) {
    // The setting may name the program itself.
    for (const file of folder === options.setting ? [folder, path.join(folder, name)] : [path.join(folder, name)]) {
      tried.push(file);
      if (await isProgram(file)) return { found: true, nsys: file };
    }
  }
  return { found: false, tried };
}

const versions = /^(?:Nsight Systems |nsight-systems-)?(\d+)\.(\d+)/;

async function foldersOf({ setting, toolkitRoot, env = process.env }: SearchOptions, windows: boolean) {
  if (setting !== '') return [setting];
  const inPath = foldersInPath(env, windows ? 'win32' : 'linux');
  if (windows) {
    const programs = path.join(env['ProgramFiles'] ?? 'C:\\Program Files', 'NVIDIA Corporation');
    const own = await children(programs, versions);
    return [...own.map((folder) => path.join(folder, 'target-windows-x64')), ...inPath];
  }
  const bundled = toolkitRoot === undefined ? [] : await children(toolkitRoot, /^nsight-systems-(\d+)\.(\d+)/);
  const own = [...bundled, ...(await children('/opt/nvidia/nsight-systems', versions))];
  const targets = process.arch === 'arm64' ? 'target-linux-sbsa-armv8' : 'target-linux-x64';
  return [
    ...(toolkitRoot === undefined ? [] : [path.join(toolkitRoot, 'bin')]),
    ...own.flatMap((folder) => [path.join(folder, targets), path.join(folder, 'bin')]),
    ...inPath,
  ];
}
