/** Which files a check is about: those named, and the CUDA sources below the folders named. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

const cudaSource = /\.(?:cu|cuh)$/i;
/** Folders that hold no sources of the project's own; hidden ones are left out as well. */
const skipped = new Set(['node_modules', '__pycache__']);

/** Absolute paths, each once, in the order named and within a folder by name. Throws for a name that does not exist. */
export async function sourcesOf(names: readonly string[]): Promise<string[]> {
  const files = new Set<string>();
  for (const name of names) {
    const absolute = path.resolve(name);
    if (!(await stat(absolute)).isDirectory()) files.add(absolute);
    else for await (const file of sourcesBelow(absolute)) files.add(file);
  }
  return [...files];
}

/** Links to folders are not followed: they may lead back. */
async function* sourcesBelow(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.') && !skipped.has(entry.name)) yield* sourcesBelow(full);
    } else if (cudaSource.test(entry.name)) yield full;
  }
}
