/** Runs on disk: one file of JSON lines for each kernel, and one of its baselines. What fails here costs history, never a run. */
import { createHash, randomUUID } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { historyEntrySchema, type HistoryEntry } from '../../../protocol/src';

export interface StoreLog {
  warn(message: string): void;
}

/** Runs kept of a kernel. */
const mostEntries = 500;
/** The file is cut when it holds this many more. */
const slack = 50;

export class HistoryStore {
  #warned = false;
  #queue: Promise<unknown> = Promise.resolve();

  /** `cacheDirectory` is asked each time: it is known late, and made when it is wanted. */
  constructor(
    private readonly cacheDirectory: () => Promise<string>,
    private readonly log: StoreLog,
  ) {}

  /** Oldest first. Lines that are damaged, or of another version, are left out. */
  async entries(file: string, kernel: string): Promise<readonly HistoryEntry[]> {
    return this.#read(file, kernel).then(({ entries }) => entries.slice(-mostEntries));
  }

  /** Whether it was kept. */
  append(entry: HistoryEntry): Promise<boolean> {
    return this.#inTurn(async () => {
      const place = await this.#place(entry.file, entry.kernel, 'jsonl');
      await mkdir(path.dirname(place), { recursive: true });
      // One write of one line: two editors that append at once do not mix their lines. A line cut off before is ended first.
      await appendFile(place, `${await this.#unfinished(place)}${JSON.stringify(entry)}\n`);
      const { entries, lines } = await this.#read(entry.file, entry.kernel);
      if (lines > mostEntries + slack) await replaceFile(place, entries.slice(-mostEntries).map(toLine).join(''));
    });
  }

  clear(file: string, kernel: string): Promise<boolean> {
    return this.#inTurn(async () => rm(await this.#place(file, kernel, 'jsonl'), { force: true }));
  }

  /** The pinned runs of a kernel, one for each device at most. */
  async baselines(file: string, kernel: string): Promise<readonly HistoryEntry[]> {
    try {
      const text = await readFile(await this.#place(file, kernel, 'baseline.json'), 'utf8');
      const parsed = z.array(historyEntrySchema).safeParse(JSON.parse(text));
      return parsed.success ? parsed.data : [];
    } catch (error) {
      if (!isMissing(error)) this.#warn(error);
      return [];
    }
  }

  setBaselines(file: string, kernel: string, entries: readonly HistoryEntry[]): Promise<boolean> {
    return this.#inTurn(async () => {
      const place = await this.#place(file, kernel, 'baseline.json');
      await mkdir(path.dirname(place), { recursive: true });
      if (entries.length === 0) await rm(place, { force: true });
      else await replaceFile(place, JSON.stringify(entries));
    });
  }

  async #read(file: string, kernel: string): Promise<{ entries: HistoryEntry[]; lines: number }> {
    let text = '';
    try {
      text = await readFile(await this.#place(file, kernel, 'jsonl'), 'utf8');
    } catch (error) {
      if (!isMissing(error)) this.#warn(error);
    }
    const lines = text.split('\n').filter((line) => line !== '');
    return { entries: lines.flatMap((line) => entryOfLine(line) ?? []), lines: lines.length };
  }

  /** A line break where the last writer was stopped in its line. */
  async #unfinished(place: string): Promise<string> {
    const text = await readFile(place, 'utf8').catch(() => '');
    return text === '' || text.endsWith('\n') ? '' : '\n';
  }

  async #place(file: string, kernel: string, extension: string): Promise<string> {
    const name = createHash('sha256').update(`${file}\n${kernel}`).digest('hex').slice(0, 32);
    return path.join(await this.cacheDirectory(), 'history', `${name}.${extension}`);
  }

  #inTurn(write: () => Promise<void>): Promise<boolean> {
    const done = this.#queue.then(write).then(
      () => true,
      (error: unknown) => {
        this.#warn(error);
        return false;
      },
    );
    this.#queue = done;
    return done;
  }

  /** Once a session: a full disk fails at every run. */
  #warn(error: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    this.log.warn(`The history of runs cannot be kept: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function entryOfLine(line: string): HistoryEntry | undefined {
  try {
    return historyEntrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function toLine(entry: HistoryEntry): string {
  return `${JSON.stringify(entry)}\n`;
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
