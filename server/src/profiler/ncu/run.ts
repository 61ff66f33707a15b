/** Collects a report with ncu, and reads its pages. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { KernelProfile } from '../../../../protocol/src/profile';
import { runProcess, type ProcessResult } from '../../process';
import { collectArguments, importArguments, type CollectOptions } from './arguments';
import { problemOf, ProgramOutput, ProgressReader, warningsOf, type CollectionProblem, type Profiled } from './output';
import { profilesOf } from './report';

/** A profile of all sections launches its kernel some forty times; one that takes this long hangs. */
const collectLimitMs = 1_800_000;
const importLimitMs = 120_000;
/** Characters; a report of many launches has some 50 KB a launch. */
const pageLimit = 256 * 1024 * 1024;

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface CollectContext {
  readonly signal: AbortSignal;
  readonly onProgress?: (profiled: Profiled) => void;
  /** What the program prints. */
  readonly onOutput?: (text: string) => void;
}

export type Collected =
  | { readonly status: 'ok'; readonly path: string; readonly warnings: readonly string[]; readonly output: string }
  | { readonly status: 'cancelled' }
  | { readonly status: 'failed'; readonly problem: CollectionProblem; readonly output: string };

export async function collect(
  ncu: string,
  options: CollectOptions,
  program: Program,
  context: CollectContext,
): Promise<Collected> {
  const reader = new ProgressReader();
  const printed = new ProgramOutput((text) => context.onOutput?.(text));
  const ran = await runProcess(ncu, [...collectArguments(options), program.file, ...program.args], {
    timeLimitMs: collectLimitMs,
    signal: context.signal,
    ...(program.env === undefined ? {} : { env: program.env }),
    ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
    onOutput: (text, stream) => {
      // The tool speaks on standard output, between the lines of the program.
      if (stream === 'stdout') printed.add(text);
      else context.onOutput?.(text);
      const profiled = reader.add(text);
      if (profiled !== undefined) context.onProgress?.(profiled);
    },
  });
  printed.end();
  const output = `${ran.stdout}${ran.stderr}`;
  if (ran.status === 'cancelled') return { status: 'cancelled' };
  const failed = (problem: CollectionProblem) => ({ status: 'failed', problem, output }) as const;
  if (ran.status === 'notStarted') return failed({ kind: 'other', message: ran.message });
  if (ran.status === 'timedOut') {
    return failed({ kind: 'other', message: l10n.t('it did not finish within {0} minutes', collectLimitMs / 60_000) });
  }
  const report = `${options.report}.ncu-rep`;
  // A program that ends with an error after its kernels ran has a report all the same.
  if (existsSync(report)) return { status: 'ok', path: report, warnings: warningsOf(output), output };
  return failed(problemOf(output) ?? withoutReport(ran, output));
}

/** A tool that fails has a last word. */
function withoutReport(ran: ProcessResult, output: string): CollectionProblem {
  if (ran.status === 'exited' && ran.code === 0) return { kind: 'noKernel', available: [] };
  const last = output.trim().split('\n').at(-1) ?? '';
  return { kind: 'other', message: last === '' ? l10n.t('it ended without a word') : last };
}

export type Imported =
  | { readonly status: 'ok'; readonly kernels: readonly KernelProfile[] }
  | { readonly status: 'cancelled' }
  | { readonly status: 'failed'; readonly message: string; readonly output: string };

/** Reads a report: one collection serves all of its pages. */
export async function importReport(ncu: string, report: string, signal: AbortSignal): Promise<Imported> {
  const pages = (['raw', 'details', 'source'] as const).map((page) =>
    runProcess(ncu, importArguments(report, page), {
      timeLimitMs: importLimitMs,
      outputLimit: pageLimit,
      signal,
      cwd: path.dirname(report),
    }),
  );
  const [raw, details, source] = await Promise.all(pages);
  if (signal.aborted) return { status: 'cancelled' };
  for (const page of [raw, details]) {
    if (page?.status === 'exited' && page.code === 0) continue;
    const output = `${page?.stdout.slice(0, 4000) ?? ''}${page?.stderr ?? ''}`;
    const problem = problemOf(output);
    const message = problem?.kind === 'other' ? problem.message : (output.trim().split('\n')[0] ?? '');
    return { status: 'failed', message, output };
  }
  return {
    status: 'ok',
    kernels: profilesOf({
      raw: raw?.stdout ?? '',
      details: details?.stdout ?? '',
      // Reports without source counters have no such page.
      source: source?.status === 'exited' && source.code === 0 ? source.stdout : '',
    }),
  };
}
