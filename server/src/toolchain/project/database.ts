/** Compilation databases: where they are, and whose flags fit a file. */
import { readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { projectFlags, type DatabaseEntry, type ProjectFlags } from './command-line';

export interface FlagsOfFile extends ProjectFlags {
  /** The database they come from. */
  readonly database: string;
  /** The entry's file: the file itself, or the one it is likest to. */
  readonly entryFile: string;
}

export interface ProjectFolders {
  /** Workspace folders, absolute. */
  readonly folders: readonly string[];
  /** Further build folders, from `cmake.buildDirectory`; absolute. */
  readonly buildFolders: readonly string[];
}

interface Loaded {
  readonly file: string;
  readonly modified: number;
  readonly entries: readonly DatabaseEntry[];
}

const databaseName = 'compile_commands.json';
/** An hour of CUDA sources is far below this; more is not a database for people. */
const maxDatabaseBytes = 256 * 1024 * 1024;
const deviceSource = /\.(?:cu|cuh)$/i;

export class ProjectDatabases {
  #loaded = new Map<string, Promise<Loaded | undefined>>();
  /** Which entry's source includes a header, found once a database. */
  #includers = new Map<string, DatabaseEntry | undefined>();

  /** The flags for a file, or undefined where no database speaks of it or of anything like it. */
  async flagsFor(file: string, project: ProjectFolders): Promise<FlagsOfFile | undefined> {
    for (const candidate of await candidates(file, project)) {
      const database = await this.#load(candidate);
      if (database === undefined) continue;
      const entry = await this.#entryFor(file, database);
      if (entry === undefined) continue;
      const flags = projectFlags(entry, readText);
      return { ...flags, database: database.file, entryFile: path.resolve(entry.directory, entry.file) };
    }
    return undefined;
  }

  /** The sources that the nearest database names, absolute. */
  async sourcesFor(file: string, project: ProjectFolders): Promise<readonly string[]> {
    for (const candidate of await candidates(file, project)) {
      const { entries = [] } = (await this.#load(candidate)) ?? {};
      if (entries.length > 0) return entries.map((entry) => path.resolve(entry.directory, entry.file));
    }
    return [];
  }

  /** What the CUDA sources of the database nearest to a folder are compiled with, as far as response files hide it. */
  async hiddenIncludes(folder: string, project: ProjectFolders): Promise<string[][]> {
    for (const candidate of await candidates(path.join(folder, 'any.cu'), project)) {
      const database = await this.#load(candidate);
      if (database === undefined) continue;
      const found = new Map<string, string[]>();
      for (const entry of database.entries.filter(({ file }) => deviceSource.test(file))) {
        const open = new Set(includesIn(projectFlags(entry, () => undefined).flags).map(String));
        for (const include of includesIn(projectFlags(entry, readText).flags))
          if (!open.has(String(include))) found.set(String(include), include);
      }
      return [...found.values()];
    }
    return [];
  }

  /** Reads again what has changed on disk. True if anything has. */
  async refresh(): Promise<boolean> {
    let changed = false;
    for (const [file, loading] of this.#loaded) {
      const database = await loading;
      const now = await modified(file);
      if (now === database?.modified) continue;
      this.#loaded.delete(file);
      this.#includers.clear();
      changed = true;
    }
    return changed;
  }

  #load(file: string): Promise<Loaded | undefined> {
    let loading = this.#loaded.get(file);
    if (loading === undefined) {
      loading = load(file);
      this.#loaded.set(file, loading);
    }
    return loading;
  }

  async #entryFor(file: string, database: Loaded): Promise<DatabaseEntry | undefined> {
    const own = database.entries.find((entry) => samePath(path.resolve(entry.directory, entry.file), file));
    if (own !== undefined) return own;
    const sources = database.entries.filter((entry) => deviceSource.test(entry.file));
    const key = `${database.file}\0${file}`;
    if (!this.#includers.has(key)) this.#includers.set(key, await includerOf(file, sources));
    return this.#includers.get(key) ?? likest(file, sources);
  }
}

/** Databases that may speak of a file, nearest first: beside it and in the folders above, then in build folders. */
async function candidates(file: string, { folders, buildFolders }: ProjectFolders): Promise<string[]> {
  const found: string[] = [];
  const home = folders.find((folder) => isInside(folder, file));
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    found.push(path.join(folder, databaseName));
    for (const build of ['build', 'out', 'cmake-build-debug', 'cmake-build-release'])
      found.push(path.join(folder, build, databaseName));
    const stop = folder === home || home === undefined || path.dirname(folder) === folder;
    if (stop) break;
  }
  for (const build of buildFolders) found.push(path.join(build, databaseName));
  for (const folder of home === undefined ? [] : [home]) {
    // `build/Debug`, `out/build/x64-Release`: one and two levels down, as presets lay them out.
    for (const parent of [path.join(folder, 'build'), path.join(folder, 'out'), path.join(folder, 'out', 'build')]) {
      const names = await readdir(parent, { withFileTypes: true }).catch(() => []);
      for (const name of names) if (name.isDirectory()) found.push(path.join(parent, name.name, databaseName));
    }
  }
  return [...new Set(found)];
}

async function load(file: string): Promise<Loaded | undefined> {
  try {
    const { size, mtimeMs } = await stat(file);
    if (size > maxDatabaseBytes) return undefined;
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
    const entries = Array.isArray(parsed) ? parsed.filter(isEntry) : [];
    return { file, modified: mtimeMs, entries };
  } catch {
    // Absent, unreadable or half written: as if there were none, and looked at again when it changes.
    return undefined;
  }
}

function isEntry(value: unknown): value is DatabaseEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { directory, file, command, arguments: words } = value as Record<string, unknown>;
  const hasCommand =
    typeof command === 'string' || (Array.isArray(words) && words.every((word) => typeof word === 'string'));
  return typeof directory === 'string' && typeof file === 'string' && hasCommand;
}

async function modified(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}

/** The entry whose source names the header in an #include, the one in the nearest folder first. */
async function includerOf(file: string, entries: readonly DatabaseEntry[]): Promise<DatabaseEntry | undefined> {
  const name = path.basename(file).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const includes = new RegExp(`^[ \\t]*#[ \\t]*include[ \\t]*["<](?:[^">]*/)?${name}[">]`, 'm');
  for (const entry of [...entries].sort((a, b) => distance(file, a) - distance(file, b))) {
    const text = await readFile(path.resolve(entry.directory, entry.file), 'utf8').catch(() => '');
    if (includes.test(text)) return entry;
  }
  return undefined;
}

function likest(file: string, entries: readonly DatabaseEntry[]): DatabaseEntry | undefined {
  return [...entries].sort((a, b) => distance(file, a) - distance(file, b))[0];
}

/** Steps between the folders of two files. */
function distance(file: string, entry: DatabaseEntry): number {
  const between = path.relative(path.dirname(file), path.dirname(path.resolve(entry.directory, entry.file)));
  return between === '' ? 0 : between.split(path.sep).length;
}

/** `-I dir` and its like, in pairs. */
function includesIn(flags: readonly string[]): string[][] {
  return flags.flatMap((flag, i) => (/^-(?:I|isystem|iquote)$/.test(flag) ? [[flag, flags[i + 1] ?? '']] : []));
}

function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}

function samePath(a: string, b: string): boolean {
  const [left, right] = [path.normalize(a), path.normalize(b)];
  return process.platform === 'win32' ? left.toLowerCase() === right.toLowerCase() : left === right;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
