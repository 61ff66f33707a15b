/** What the searches for NVIDIA's profilers share. */
import { access, constants, readdir, stat } from 'node:fs/promises';
import path from 'node:path';

export interface SearchOptions {
  /** Setting `profiler.…Path`: the program itself or its folder; empty: search. */
  readonly setting: string;
  /** The toolkit's folder, where one was found. */
  readonly toolkitRoot: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform;
}

/** Folders named by a version, newest first. */
export async function children(parent: string, pattern: RegExp): Promise<string[]> {
  const names = await readdir(parent).catch(() => []);
  const rank = (name: string) => {
    const match = pattern.exec(name);
    return match === null ? -1 : Number(match[1]) * 1000 + Number(match[2]);
  };
  return names
    .filter((name) => rank(name) >= 0)
    .sort((a, b) => rank(b) - rank(a))
    .map((name) => path.join(parent, name));
}

export async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
