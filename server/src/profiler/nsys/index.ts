/** Reports of Nsight Systems, as traces for the timeline: exported by the user's own nsys, and read. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { makePrivateFolder, runProcess, runTask } from '../../process';
import { keptTrace } from '../../runner/trace';
import type { DatabaseAnswer, DatabaseRequest } from './read';

export { locateNsys, type NsysSearch } from './locate';

/** A report of hours takes minutes. */
const exportLimitMs = 1_800_000;
const readLimitMs = 1_800_000;
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
  | DatabaseAnswer
  /** There is no nsys, and no export beside the report. */
  | { readonly status: 'noTool' }
  | { readonly status: 'exportFailed'; readonly output: string }
  | { readonly status: 'cancelled' };

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
  if (file.endsWith('.sqlite')) return read({ database: file, report: file, to }, request);
  const beside = file.replace(/\.[^.]*$/, '.sqlite');
  if (existsSync(beside) && (await stat(beside)).mtimeMs >= about.mtimeMs)
    return read({ database: beside, report: file, to }, request);
  const nsys = await request.nsys();
  if (nsys === undefined) return { status: 'noTool' };
  const folder = await makePrivateFolder('nsys');
  try {
    const database = path.join(folder, 'report.sqlite');
    const args = ['export', '--type=sqlite', '--quiet=true', '--force-overwrite=true', `--output=${database}`, file];
    const ran = await runProcess(nsys, args, { cwd: folder, timeLimitMs: exportLimitMs, outputLimit, signal });
    if (ran.status === 'cancelled') return { status: 'cancelled' };
    // It ends with 0 after some errors, too.
    if (ran.status === 'exited' && existsSync(database)) return await read({ database, report: file, to }, request);
    const message = ran.status === 'notStarted' ? ran.message : `${ran.stdout}${ran.stderr}`.trim();
    return { status: 'exportFailed', output: message === '' ? ran.status : message };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 2 }).catch(() => undefined);
  }
}

async function read(report: Omit<DatabaseRequest, 'part'>, request: SystemTraceRequest): Promise<SystemTrace> {
  // On the file system of what is kept.
  const folder = await makePrivateFolder('trace', request.cacheDirectory);
  try {
    const question = { ...report, part: path.join(folder, 'part.kltrace') };
    const options = { timeLimitMs: readLimitMs, signal: request.signal };
    const answer = await runTask<DatabaseRequest, DatabaseAnswer>('report-worker.js', question, options);
    return answer ?? { status: 'cancelled' };
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
