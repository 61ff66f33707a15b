/** Reports of Nsight Systems, as traces for the timeline: exported by the user's own nsys, and read. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { makePrivateFolder, runProcess } from '../../process';
import { combine, keptTrace, writeTraceFile } from '../../runner/trace';
import { SqliteError, SqliteFile } from './sqlite';
import { mostRecords, readReport, TooManyRecords } from './tables';

export { locateNsys, type NsysSearch } from './locate';

/** A report of hours takes minutes. */
const exportLimitMs = 1_800_000;
/** Characters of what nsys says; the export itself is a file. */
const outputLimit = 64 * 1024;
/** Told apart in the cache from what an older version made of the same report. */
const format = 1;

export interface SystemTraceRequest {
  /** A report, or an export to SQLite. */
  readonly file: string;
  /** Finds nsys, when it is needed; undefined: not there, or not to be run. */
  readonly nsys: () => Promise<string | undefined>;
  readonly cacheDirectory: string;
  readonly signal: AbortSignal;
}

export type SystemTrace =
  /** `file` is a `.kltrace`. */
  | { readonly status: 'ok'; readonly file: string }
  /** There is no nsys, and no export beside the report. */
  | { readonly status: 'noTool' }
  | { readonly status: 'exportFailed'; readonly output: string }
  | { readonly status: 'cancelled' }
  /** Nothing in it that the timeline shows. */
  | { readonly status: 'empty' }
  | { readonly status: 'tooLarge'; readonly most: number }
  | { readonly status: 'unreadable'; readonly message: string };

export async function readSystemTrace(request: SystemTraceRequest): Promise<SystemTrace> {
  const { file, cacheDirectory, signal } = request;
  const about = await stat(file);
  const key = createHash('sha256')
    .update(JSON.stringify([format, file, about.mtimeMs, about.size]))
    .digest('hex');
  const to = await keptTrace(cacheDirectory, `nsys-${key.slice(0, 24)}`);
  if (existsSync(to)) {
    const now = new Date();
    await utimes(to, now, now);
    return { status: 'ok', file: to };
  }
  if (file.endsWith('.sqlite')) return read(file, file, to);
  const beside = file.replace(/\.[^.]*$/, '.sqlite');
  if (existsSync(beside) && (await stat(beside)).mtimeMs >= about.mtimeMs) return read(beside, file, to);
  const nsys = await request.nsys();
  if (nsys === undefined) return { status: 'noTool' };
  const folder = await makePrivateFolder('nsys');
  try {
    const database = path.join(folder, 'report.sqlite');
    const args = ['export', '--type=sqlite', '--quiet=true', '--force-overwrite=true', `--output=${database}`, file];
    const ran = await runProcess(nsys, args, { cwd: folder, timeLimitMs: exportLimitMs, outputLimit, signal });
    if (ran.status === 'cancelled') return { status: 'cancelled' };
    // It ends with 0 after some errors, too.
    if (ran.status === 'exited' && existsSync(database)) return await read(database, file, to);
    const message = ran.status === 'notStarted' ? ran.message : `${ran.stdout}${ran.stderr}`.trim();
    return { status: 'exportFailed', output: message === '' ? ran.status : message };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 2 }).catch(() => undefined);
  }
}

async function read(database: string, report: string, to: string): Promise<SystemTrace> {
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
    await writeTraceFile(data, to);
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
