/** Cubins of earlier builds, by what went into them; the files they included are checked on every use. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

const keptEntries = 64;

interface Entry {
  /** Path, size and modification time of each included file. */
  readonly dependencies: readonly (readonly [string, number, number])[];
}

export function cacheKey(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest('hex').slice(0, 32);
}

/** The prerequisites of the one rule in a makefile that a compiler wrote. */
export function parseDependencies(text: string): string[] {
  const list = text.replace(/\\\r?\n/g, ' ').replace(/^.*? : ?/s, '');
  return [...list.matchAll(/(?:\\.|\S)+/g)].map(([word]) => word.replace(/\\([ #\\])/g, '$1').replace(/\$\$/g, '$'));
}

/** A cache that fails is a cache miss: a full or read-only disk costs time, never a run. */
export class CubinCache {
  readonly #folder: string;

  constructor(cacheDirectory: string) {
    this.#folder = path.join(cacheDirectory, 'cubin');
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    try {
      const entry = JSON.parse(await readFile(this.#file(key, 'json'), 'utf8')) as Entry;
      for (const [file, size, modified] of entry.dependencies) {
        const now = await stat(file);
        if (now.size !== size || now.mtimeMs !== modified) return undefined;
      }
      return await readFile(this.#file(key, 'cubin'));
    } catch {
      return undefined;
    }
  }

  async write(key: string, image: Uint8Array, dependencies: readonly string[]): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true });
      const stamped = await Promise.all(
        dependencies.map(async (file) => {
          const now = await stat(file);
          return [file, now.size, now.mtimeMs] as const;
        }),
      );
      await writeFile(this.#file(key, 'cubin'), image);
      await writeFile(this.#file(key, 'json'), JSON.stringify({ dependencies: stamped } satisfies Entry));
      await this.#prune();
    } catch {
      await rm(this.#file(key, 'json'), { force: true }).catch(() => undefined);
    }
  }

  async #prune(): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith('.json'));
    if (names.length <= keptEntries) return;
    const aged = await Promise.all(
      names.map(async (name) => ({ name, time: (await stat(path.join(this.#folder, name))).mtimeMs })),
    );
    aged.sort((a, b) => b.time - a.time);
    for (const { name } of aged.slice(keptEntries)) {
      const key = path.basename(name, '.json');
      await rm(this.#file(key, 'json'), { force: true });
      await rm(this.#file(key, 'cubin'), { force: true });
    }
  }

  #file(key: string, extension: 'json' | 'cubin'): string {
    return path.join(this.#folder, `${key}.${extension}`);
  }
}
