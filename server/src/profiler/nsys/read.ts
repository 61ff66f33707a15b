/** A report's tables → a trace file. */
import { rename } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { combine, writeTraceFile } from '../../runner/trace';
import { SqliteError, SqliteFile } from './sqlite';
import { mostRecords, readReport, TooManyRecords } from './tables';

export interface DatabaseRequest {
  /** The export to SQLite. */
  readonly database: string;
  readonly report: string;
  /** The trace file to make, and where it is written first: what is stopped leaves no half. */
  readonly to: string;
  readonly part: string;
}

export type DatabaseAnswer =
  /** `file` is a `.kltrace`. */
  | { readonly status: 'ok'; readonly file: string }
  /** Nothing in it that the timeline shows. */
  | { readonly status: 'empty' }
  | { readonly status: 'tooLarge'; readonly most: number }
  | { readonly status: 'unreadable'; readonly message: string };

export async function readDatabase({ database, report, to, part }: DatabaseRequest): Promise<DatabaseAnswer> {
  let opened: SqliteFile | undefined;
  try {
    opened = await SqliteFile.open(database);
    if (!(await opened.has('StringIds')))
      return { status: 'unreadable', message: l10n.t('There is no table {0} in it.', 'StringIds') };
    const { traces, programs, devices, recordedAt } = await readReport(opened);
    if (traces.length === 0) return { status: 'empty' };
    const names = programs.map((name) => path.posix.basename(name));
    const data = combine({
      traces,
      framesOf: () => [],
      nameOf: (name) => name,
      program: [...new Set(names)].join(', ') || path.basename(report),
      deviceName: devices.join(', '),
      recordedAt: recordedAt ?? '',
    });
    await writeTraceFile(data, part);
    await rename(part, to);
    return { status: 'ok', file: to };
  } catch (error) {
    if (error instanceof TooManyRecords) return { status: 'tooLarge', most: mostRecords };
    if (error instanceof SqliteError) return { status: 'unreadable', message: error.message };
    // A damaged file tells lengths that are none.
    if (error instanceof RangeError) return { status: 'unreadable', message: l10n.t('The database is damaged.') };
    throw error;
  } finally {
    opened?.close();
  }
}
