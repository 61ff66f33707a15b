/**
 * Runs on disk: files of JSON lines for each kernel, and one of its baselines. What fails here costs history, never a
 * run; what cannot be understood stays where it is. People edit these files, disks get full, writers are killed.
 *
 * Several editors write at once without asking each other. So no file of lines is ever written anew: when one is full the
 * next begins, and the oldest goes when those behind it hold all that is kept.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { historyEntrySchema, type HistoryEntry } from '../../../protocol/src';

export interface StoreLog {
  warn(message: string): void;
}

/** Why something could not be written, in the user's language; undefined when it was. */
export type Problem = string | undefined;

/** Runs kept of a kernel. */
const mostEntries = 500;
/** Lines of a file, from which on the next one is begun. */
const linesOfFile = 100;

export class HistoryStore {
  /** What has been said: a folder that cannot be read fails at every run. */
  readonly #warned = new Set<string>();
  #queue: Promise<unknown> = Promise.resolve();

  /** `cacheDirectory` is asked each time: it is known late, and made when it is wanted. */
  constructor(
    private readonly cacheDirectory: () => Promise<string>,
    private readonly log: StoreLog,
  ) {}

  /** Oldest first. Lines that are damaged, or of another version, are left out. */
  async entries(file: string, kernel: string): Promise<readonly HistoryEntry[]> {
    const lines = await this.#lines(file, kernel);
    return lines.flatMap((line) => entryOfLine(line) ?? []).slice(-mostEntries);
  }

  append(entry: HistoryEntry): Promise<Problem> {
    return this.#inTurn(async () => {
      const first = await this.#place(entry.file, entry.kernel, 'jsonl');
      await mkdir(path.dirname(first), { recursive: true });
      const newest = (await partsOf(first)).at(-1) ?? { place: first, number: 0 };
      const text = (await this.#textOf(newest.place)) ?? '';
      if (linesOf(text).length < linesOfFile) {
        // A line that its writer could not end is ended first.
        const cutOff = text !== '' && !text.endsWith('\n');
        await appendLine(newest.place, `${cutOff ? '\n' : ''}${JSON.stringify(entry)}\n`);
        return;
      }
      await appendLine(partOf(first, newest.number + 1), `${JSON.stringify(entry)}\n`);
      await this.#removeOldest(first);
    });
  }

  async #removeOldest(first: string): Promise<void> {
    let behind = 0;
    for (const { place } of (await partsOf(first)).reverse()) {
      if (behind >= mostEntries) await rm(place, { force: true });
      else behind += linesOf((await this.#textOf(place)) ?? '').length;
    }
  }

  clear(file: string, kernel: string): Promise<Problem> {
    return this.#inTurn(async () => {
      const parts = await partsOf(await this.#place(file, kernel, 'jsonl'));
      await Promise.all(parts.map(({ place }) => rm(place, { force: true })));
    });
  }

  /** The pinned runs of a kernel, one for each device at most. */
  async baselines(file: string, kernel: string): Promise<readonly HistoryEntry[]> {
    const place = await this.#place(file, kernel, 'baseline.json');
    const text = await this.#textOf(place);
    if (text === undefined) return [];
    const pinned = pinnedOf(text);
    if (pinned.damaged) this.#warn(l10n.t('The pinned runs of {0} are damaged and partly lost: {1}', kernel, place));
    return pinned.entries;
  }

  setBaselines(file: string, kernel: string, entries: readonly HistoryEntry[]): Promise<Problem> {
    return this.#inTurn(async () => {
      const place = await this.#place(file, kernel, 'baseline.json');
      await mkdir(path.dirname(place), { recursive: true });
      const old = await this.#textOf(place);
      // What a person may still mend is set aside, not written over.
      if (old !== undefined && pinnedOf(old).damaged) await rename(place, `${place}.damaged`);
      if (entries.length === 0) await rm(place, { force: true });
      else await replaceFile(place, JSON.stringify(entries));
    });
  }

  async #lines(file: string, kernel: string): Promise<string[]> {
    const parts = await this.#partsOf(await this.#place(file, kernel, 'jsonl'));
    const texts = await Promise.all(parts.map(({ place }) => this.#textOf(place)));
    return texts.flatMap((text) => linesOf(text ?? ''));
  }

  /** Undefined where there is no such file, and where it cannot be read, which is said. */
  async #textOf(place: string): Promise<string | undefined> {
    try {
      return withoutMark(await readFile(place, 'utf8'));
    } catch (error) {
      if (!isMissing(error)) this.#warn(l10n.t('The history of runs cannot be read: {0}', reasonOf(error)));
      return undefined;
    }
  }

  async #partsOf(first: string): Promise<readonly Part[]> {
    try {
      return await partsOf(first);
    } catch (error) {
      this.#warn(l10n.t('The history of runs cannot be read: {0}', reasonOf(error)));
      return [];
    }
  }

  async #place(file: string, kernel: string, extension: string): Promise<string> {
    const name = createHash('sha256').update(`${file}\n${kernel}`).digest('hex').slice(0, 32);
    return path.join(await this.cacheDirectory(), 'history', `${name}.${extension}`);
  }

  #inTurn(write: () => Promise<void>): Promise<Problem> {
    const done = this.#queue.then(write).then(
      () => undefined,
      async (error: unknown) => {
        const folder = path.join(await this.cacheDirectory(), 'history');
        return l10n.t('The history of runs in {0} cannot be written: {1}', folder, reasonOf(error));
      },
    );
    this.#queue = done;
    return done;
  }

  #warn(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.log.warn(message);
  }
}

/** A file of a kernel's lines. */
interface Part {
  readonly place: string;
  readonly number: number;
}

function partOf(first: string, number: number): string {
  return number === 0 ? first : first.replace(/jsonl$/, `${number}.jsonl`);
}

/** The oldest first. */
async function partsOf(first: string): Promise<Part[]> {
  const folder = path.dirname(first);
  const name = path.basename(first, '.jsonl');
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const parts = names.flatMap((each): Part[] => {
    const [, stem, number = '0'] = /^([^.]+)(?:\.(\d+))?\.jsonl$/.exec(each) ?? [];
    return stem === name ? [{ place: path.join(folder, each), number: Number(number) }] : [];
  });
  return parts.sort((a, b) => a.number - b.number);
}

/** One write: two editors that append at once do not mix their lines. */
async function appendLine(place: string, line: string): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const file = await open(place, 'a');
    let written;
    try {
      await file.appendFile(line);
      written = await file.stat();
    } finally {
      await file.close();
    }
    const there = await stat(place).catch(() => undefined);
    // Else another one removed or replaced the file meanwhile, and the line went with it.
    if (there?.ino === written.ino) return;
  }
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

function entryOfLine(line: string): HistoryEntry | undefined {
  try {
    return historyEntrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** `damaged`: there is more than could be understood. */
function pinnedOf(text: string): { readonly entries: readonly HistoryEntry[]; readonly damaged: boolean } {
  try {
    const all: unknown = JSON.parse(text);
    if (!Array.isArray(all)) return { entries: [], damaged: true };
    const entries = all.flatMap((one) => historyEntrySchema.safeParse(one).data ?? []);
    return { entries, damaged: entries.length < all.length };
  } catch {
    return { entries: [], damaged: true };
  }
}

/** Some editors put a byte order mark before what they save. */
function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Readers see the old text or the new one, never half of it. */
async function replaceFile(place: string, text: string): Promise<void> {
  const temporary = `${place}.${randomUUID().slice(0, 8)}`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, place);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
