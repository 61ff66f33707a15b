/** The files that a preprocessed text came from, and whether they are still what they were. */
import { stat } from 'node:fs/promises';
import path from 'node:path';

/** Modification times in milliseconds by absolute path; 0 for a file that is not there. */
export type FileTimes = ReadonlyMap<string, number>;

/** The files named by the line markers, in order; without `system`, those of system headers (marker flag 3) are left out. */
export function includedFiles(preprocessed: string, { system }: { readonly system: boolean }): Set<string> {
  const files = new Set<string>();
  for (const match of preprocessed.matchAll(/^# \d+ "((?:[^"\\]|\\.)*)"((?: \d)*)$/gm)) {
    const file = (match[1] ?? '').replace(/\\(.)/g, '$1');
    if ((system || !(match[2] ?? '').includes('3')) && path.isAbsolute(file)) files.add(file);
  }
  return files;
}

export async function timesOf(files: Iterable<string>): Promise<FileTimes> {
  return new Map(await Promise.all([...files].map(async (file) => [file, await modified(file)] as const)));
}

export async function haveChanged(times: FileTimes): Promise<boolean> {
  const now = await Promise.all([...times].map(async ([file, before]) => (await modified(file)) !== before));
  return now.includes(true);
}

async function modified(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
