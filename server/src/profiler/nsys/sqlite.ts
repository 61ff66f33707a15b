/** Tables of an SQLite database, row by row, read by SQLite itself: sql.js, which is compiled to WebAssembly. */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import * as l10n from '@vscode/l10n';
import type { Database, SqlValue, Statement } from 'sql.js';

/** Whole numbers beyond 2^53 are bigints. */
export type Value = SqlValue;

/** The file is no database, or a damaged one. */
export class SqliteError extends Error {}

/** Bytes. SQLite sees the file in WebAssembly's memory, and Node reads no more than 2 GiB at once. */
const largest = 1.5 * 2 ** 30;
/** Some milliseconds' worth. */
const rowsAtOnce = 5000;

export class SqliteFile {
  private constructor(private readonly database: Database) {}

  static async open(file: string): Promise<SqliteFile> {
    const { size } = await stat(file);
    if (size > largest) throw new SqliteError(tooLarge(size));
    const { default: initialize } = await import('sql.js');
    // Beside the bundle; a library that is not bundled finds it by itself.
    const wasm = path.join(__dirname, 'sql-wasm.wasm');
    const { Database } = await initialize(existsSync(wasm) ? { wasmBinary: bytesOf(await readFile(wasm)) } : {});
    const contents = await readFile(file);
    const opened = new SqliteFile(guarded(() => new Database(contents)));
    // SQLite looks at a file no earlier than it has to.
    await opened.has('');
    return opened;
  }

  close(): void {
    this.database.close();
  }

  async has(table: string): Promise<boolean> {
    return (await this.#columns(table)).length > 0;
  }

  /** Visits a table's rows in the order of their ids, with these columns; one that the table lacks is null. */
  async rows(table: string, columns: readonly string[], visit: (values: Value[]) => void): Promise<void> {
    const there = new Set(await this.#columns(table));
    if (there.size === 0) return;
    const list = columns.map((column) => (there.has(column) ? quoted(column) : 'NULL'));
    await this.#each(`SELECT ${list.join(', ')} FROM ${quoted(table)}`, visit);
  }

  async #columns(table: string): Promise<string[]> {
    const names: string[] = [];
    await this.#each(`SELECT name FROM pragma_table_info(${literal(table)})`, ([name]) => names.push(String(name)));
    return names;
  }

  async #each(query: string, visit: (values: Value[]) => void): Promise<void> {
    const statement = guarded(() => this.database.prepare(query));
    try {
      while (guarded(() => this.#some(statement, visit))) await setImmediate();
    } finally {
      statement.free();
    }
  }

  /** Whether there are more: the server answers others in between. */
  #some(statement: Statement, visit: (values: Value[]) => void): boolean {
    for (let row = 0; row < rowsAtOnce; row++) {
      if (!statement.step()) return false;
      visit(statement.get(null, { useBigInt: true }).map(narrowed));
    }
    return true;
  }
}

function narrowed(value: Value): Value {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** SQLite's own errors as ours; what a visitor throws passes. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (
      error instanceof Error &&
      /not a database|malformed|disk image|out of memory|memory access/.test(error.message)
    ) {
      throw new SqliteError(l10n.t('It is no SQLite database, or it is damaged: {0}.', error.message));
    }
    throw error;
  }
}

function tooLarge(bytes: number): string {
  return l10n.t(
    'The export has {0} GiB, more than can be read at once. Record a shorter part of the program, or less of it (nsys profile --duration=… --trace=cuda,nvtx).',
    (bytes / 2 ** 30).toFixed(1),
  );
}

function bytesOf({ buffer, byteOffset, byteLength }: Buffer): ArrayBuffer {
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
