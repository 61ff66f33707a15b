/**
 * Reads tables of an SQLite database, row by row, from the file format that sqlite.org documents and keeps: enough for
 * exports of Nsight Systems, which have millions of rows and need no query. Node has no SQLite of its own yet.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { TextDecoder } from 'node:util';

/** Whole numbers beyond 2^53 are bigints. */
export type Value = number | bigint | string | Uint8Array | null;

export class SqliteError extends Error {}

interface Table {
  readonly root: number;
  /** Without a row id, a table is stored in another way. */
  readonly withoutRowId: boolean;
  readonly columns: readonly string[];
  /** The column that is another name for the row id, which is stored beside the record. */
  readonly rowIdColumn: number;
}

const blockBytes = 1 << 20;
const keptBlocks = 16;
/** Deeper trees than any file can have. */
const deepest = 40;
const interiorPage = 5;
const leafPage = 13;

export class SqliteFile {
  readonly #tables = new Map<string, Table>();
  readonly #blocks = new Map<number, Promise<Buffer>>();
  #pageSize = 4096;
  #usable = 4096;
  #pages = 0;
  #decoder = new TextDecoder();

  private constructor(private readonly file: FileHandle) {}

  static async open(path: string): Promise<SqliteFile> {
    const file = await open(path, 'r');
    const database = new SqliteFile(file);
    try {
      await database.#readHeader();
      await database.#readSchema();
    } catch (error) {
      await file.close();
      throw error;
    }
    return database;
  }

  close(): Promise<void> {
    return this.file.close();
  }

  has(table: string): boolean {
    return this.#tables.has(table);
  }

  /** Visits a table's rows in the order of their ids, with these columns; one that the table lacks is null. The array is used again for the next row. */
  async rows(name: string, columns: readonly string[], visit: (values: Value[]) => void): Promise<void> {
    const table = this.#tables.get(name);
    if (table === undefined) return;
    if (table.withoutRowId) throw new SqliteError(`${name} has no row ids.`);
    const wanted = columns.map((column) => table.columns.indexOf(column));
    await this.#walk(table, wanted, visit);
  }

  async #readHeader(): Promise<void> {
    const header = Buffer.alloc(100);
    const { bytesRead } = await this.file.read(header, 0, header.length, 0);
    if (bytesRead < header.length || header.toString('latin1', 0, 16) !== 'SQLite format 3\0') {
      throw new SqliteError('This is no SQLite database.');
    }
    const size = header.readUInt16BE(16);
    this.#pageSize = size === 1 ? 65536 : size;
    this.#usable = this.#pageSize - (header[20] ?? 0);
    if (this.#pageSize < 512 || (this.#pageSize & (this.#pageSize - 1)) !== 0) throw damaged();
    const encoding = ['utf-8', 'utf-16le', 'utf-16be'][header.readUInt32BE(56) - 1];
    this.#decoder = new TextDecoder(encoding ?? 'utf-8');
    this.#pages = Math.floor((await this.file.stat()).size / this.#pageSize);
  }

  async #readSchema(): Promise<void> {
    const schema = { root: 1, withoutRowId: false, columns: [], rowIdColumn: -1 };
    // Type, name, table, root page, text.
    await this.#walk(schema, [0, 1, 3, 4], ([type, name, root, sql]) => {
      if (type !== 'table' || typeof name !== 'string' || typeof root !== 'number') return;
      this.#tables.set(name, { root, ...parseTable(typeof sql === 'string' ? sql : '') });
    });
  }

  /** From the first row to the last. */
  async #walk(table: Table, wanted: readonly number[], visit: (values: Value[]) => void): Promise<void> {
    const record = new RecordReader(wanted, table.rowIdColumn, this.#decoder);
    const pending = [{ number: table.root, depth: 0 }];
    let visited = 0;
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { number, depth } = next;
      // A damaged file may lead in circles.
      if (depth > deepest || visited++ > this.#pages) throw damaged();
      const page = await this.#page(number);
      const at = number === 1 ? 100 : 0;
      const kind = page[at];
      const cells = page.readUInt16BE(at + 3);
      const first = at + (kind === interiorPage ? 12 : 8);
      if (first + cells * 2 > page.length) throw damaged();
      if (kind === interiorPage) {
        pending.push({ number: page.readUInt32BE(at + 8), depth: depth + 1 });
        for (let cell = cells - 1; cell >= 0; cell--) {
          const child = page.readUInt32BE(within(page, page.readUInt16BE(first + cell * 2), 4));
          pending.push({ number: child, depth: depth + 1 });
        }
      } else if (kind === leafPage) {
        for (let cell = 0; cell < cells; cell++) {
          const more = this.#visitCell(page, page.readUInt16BE(first + cell * 2), record, visit);
          if (more !== undefined) await more;
        }
      } else throw damaged();
    }
  }

  /** A promise only where the row goes on in other pages. */
  #visitCell(
    page: Buffer,
    at: number,
    record: RecordReader,
    visit: (values: Value[]) => void,
  ): Promise<void> | undefined {
    const length = varint(page, at);
    const id = varint(page, length.next);
    const local = this.#localLength(length.value);
    const begin = id.next;
    if (begin + local > page.length) throw damaged();
    if (local === length.value) {
      visit(record.read(page, begin, begin + local, id.value));
      return undefined;
    }
    return this.#overflowing(page.subarray(begin, begin + local), page, begin + local, length.value).then((whole) =>
      visit(record.read(whole, 0, whole.length, id.value)),
    );
  }

  /** How much of a record lies in its page; the rest is on pages of its own. */
  #localLength(length: number): number {
    const most = this.#usable - 35;
    if (length <= most) return length;
    const least = Math.floor(((this.#usable - 12) * 32) / 255) - 23;
    const fitting = least + ((length - least) % (this.#usable - 4));
    return fitting <= most ? fitting : least;
  }

  async #overflowing(local: Buffer, page: Buffer, at: number, length: number): Promise<Buffer> {
    if (length > this.#pages * this.#pageSize) throw damaged();
    const parts = [local];
    let rest = length - local.length;
    let next = page.readUInt32BE(within(page, at, 4));
    while (rest > 0) {
      const more = await this.#page(next);
      const taken = Math.min(rest, this.#usable - 4);
      parts.push(more.subarray(4, 4 + taken));
      rest -= taken;
      next = more.readUInt32BE(0);
    }
    return Buffer.concat(parts);
  }

  /** Pages are counted from 1, and read in blocks: those of a table mostly lie together. */
  async #page(number: number): Promise<Buffer> {
    if (number < 1 || number > this.#pages) throw damaged();
    const offset = (number - 1) * this.#pageSize;
    const start = Math.floor(offset / blockBytes) * blockBytes;
    let block = this.#blocks.get(start);
    if (block === undefined) {
      block = this.#readBlock(start);
      this.#blocks.set(start, block);
      const [oldest] = this.#blocks.keys();
      if (this.#blocks.size > keptBlocks && oldest !== undefined) this.#blocks.delete(oldest);
    }
    const bytes = await block;
    return bytes.subarray(offset - start, offset - start + this.#pageSize);
  }

  async #readBlock(start: number): Promise<Buffer> {
    const block = Buffer.alloc(blockBytes);
    const { bytesRead } = await this.file.read(block, 0, blockBytes, start);
    return block.subarray(0, bytesRead);
  }
}

const damaged = () => new SqliteError('The database is damaged.');

/** The place itself, if so many bytes are there. */
function within(bytes: Uint8Array, at: number, length: number): number {
  if (at + length > bytes.length) throw damaged();
  return at;
}

/** Seven bits a byte, the last byte of nine has eight. */
function varint(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let index = 0; index < 8; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) throw damaged();
    value = value * 128 + (byte & 127);
    if (byte < 128) return { value, next: at + index + 1 };
  }
  return { value: value * 256 + (bytes[within(bytes, at + 8, 1)] ?? 0), next: at + 9 };
}

/** Takes the wanted columns out of records. */
class RecordReader {
  readonly #values: Value[];
  /** Where each wanted column goes. */
  readonly #targets: number[][] = [];

  constructor(
    wanted: readonly number[],
    private readonly rowIdColumn: number,
    private readonly decoder: TextDecoder,
  ) {
    this.#values = wanted.map(() => null);
    wanted.forEach((column, index) => {
      if (column >= 0) (this.#targets[column] ??= []).push(index);
    });
  }

  read(bytes: Buffer, from: number, to: number, id: number): Value[] {
    this.#values.fill(null);
    const header = varint(bytes, from);
    const types = from + header.value;
    if (types > to) throw damaged();
    let body = types;
    let at = header.next;
    for (let column = 0; at < types && column < this.#targets.length; column++) {
      const first = bytes[at] ?? 0;
      const type = first < 128 ? { value: first, next: at + 1 } : varint(bytes, at);
      const length = lengthOf(type.value);
      const targets = this.#targets[column];
      if (body + length > to) throw damaged();
      if (targets !== undefined) {
        const value = column === this.rowIdColumn ? id : this.#value(bytes, body, type.value, length);
        for (const target of targets) this.#values[target] = value;
      }
      at = type.next;
      body += length;
    }
    return this.#values;
  }

  #value(bytes: Buffer, at: number, type: number, length: number): Value {
    switch (type) {
      case 0:
        return null;
      case 1:
      case 2:
      case 3:
      case 4:
      case 5:
        return bytes.readIntBE(at, length);
      case 6: {
        const value = bytes.readBigInt64BE(at);
        const number = Number(value);
        return Number.isSafeInteger(number) ? number : value;
      }
      case 7:
        return bytes.readDoubleBE(at);
      case 8:
        return 0;
      case 9:
        return 1;
      default: {
        const data = bytes.subarray(at, at + length);
        return type % 2 === 0 ? new Uint8Array(data) : this.decoder.decode(data);
      }
    }
  }
}

function lengthOf(type: number): number {
  if (type >= 12) return (type - (type % 2) - 12) / 2;
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0][type] ?? 0;
}

/** Names of the columns, from the text of `CREATE TABLE`. */
export function parseTable(sql: string): Omit<Table, 'root'> {
  const text = sql.replace(/--[^\n]*/g, ' ').replace(/\/\*[\s\S]*?\*\//g, ' ');
  const columns: string[] = [];
  let rowIdColumn = -1;
  for (const part of definitions(text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')))) {
    if (/^(?:CONSTRAINT|PRIMARY|UNIQUE|CHECK|FOREIGN)\b/i.test(part)) continue;
    const name = /^(?:"((?:[^"]|"")+)"|`([^`]+)`|\[([^\]]+)\]|([^\s(]+))/.exec(part);
    if (name === null) continue;
    // Only this very type makes a key the row id.
    if (/^\S+\s+INTEGER\b(?!\s*\().*\bPRIMARY\s+KEY\b(?!\s+DESC)/is.test(part)) rowIdColumn = columns.length;
    columns.push((name[1] ?? name[2] ?? name[3] ?? name[4] ?? '').replaceAll('""', '"'));
  }
  return { columns, rowIdColumn, withoutRowId: /\)\s*(?:STRICT\s*,\s*)?WITHOUT\s+ROWID/i.test(text) };
}

/** What stands between the commas that are in no parentheses. */
function definitions(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let index = 0; index <= text.length; index++) {
    const character = text[index];
    if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (character === undefined || (character === ',' && depth === 0)) {
      parts.push(text.slice(from, index).trim());
      from = index + 1;
    }
  }
  return parts.filter((part) => part !== '');
}
