/** Runs a program under one tool of compute-sanitizer, and reads what it reports. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { SanitizerTool } from '../../../../protocol/src/sanitize';
import { runProcess, type ProcessResult } from '../../process';
import type { SanitizerRecord } from './record';
import { parseSanitizerText } from './text';
import { dialectOf, reportLimit, sanitizerArguments } from './tool';
import { parseSanitizerXml } from './xml';

export interface SanitizedProgram {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface SanitizeOptions {
  readonly sanitizer: string;
  readonly tool: SanitizerTool;
  /** A folder of the run's own, for the tool's files. */
  readonly folder: string;
  readonly symbol?: string;
  readonly leaks: boolean;
  /** Bytes between two allocations. */
  readonly padding: number;
  readonly timeLimitMs: number;
  readonly signal: AbortSignal;
  readonly onOutput?: (text: string) => void;
}

export type Sanitized =
  | {
      readonly status: 'ok';
      readonly records: readonly SanitizerRecord[];
      readonly notes: readonly string[];
      /** What the program printed. */
      readonly stdout: string;
      readonly stderr: string;
      /** What the tool printed. */
      readonly log: string;
      /** It was stopped at the time limit, and these are the records until then. */
      readonly stopped: boolean;
    }
  | { readonly status: 'cancelled' }
  | { readonly status: 'timedOut' }
  /** The tool itself failed; its words. */
  | { readonly status: 'failed'; readonly message: string; readonly output: string };

const outputLimit = 1024 * 1024;

export async function sanitize(program: SanitizedProgram, options: SanitizeOptions): Promise<Sanitized> {
  const { tool, folder, symbol, leaks, padding } = options;
  const log = path.join(folder, `${tool}.txt`);
  const xml = path.join(folder, `${tool}.xml`);
  const args = sanitizerArguments(
    { tool, log, xml, leaks, padding, ...(symbol === undefined ? {} : { symbol }) },
    await dialectOf(options.sanitizer),
  );
  const ran = await runProcess(options.sanitizer, [...args, program.file, ...program.args], {
    cwd: program.cwd,
    timeLimitMs: options.timeLimitMs,
    outputLimit,
    signal: options.signal,
    ...(program.env === undefined ? {} : { env: program.env }),
    ...(options.onOutput === undefined ? {} : { onOutput: options.onOutput }),
  });
  if (ran.status === 'cancelled') return { status: 'cancelled' };
  const said = await readFile(log, 'utf8').catch(() => '');
  const text = parseSanitizerText(said, tool);
  const stopped = ran.status === 'timedOut';
  if (stopped && text.records.length === 0) return { status: 'timedOut' };
  const failure = stopped ? undefined : failureOf(ran, said);
  if (failure !== undefined) return { status: 'failed', message: failure, output: `${said}${ran.stdout}${ran.stderr}` };
  const inXml = parseSanitizerXml(await readFile(xml, 'utf8').catch(() => ''), tool);
  const records =
    inXml === undefined || inXml.length < text.records.length ? text.records : withAllocations(inXml, text.records);
  const notes =
    text.omitted > 0
      ? [
          l10n.t(
            '{0} found {1} errors more than the {2} that are counted here.',
            tool,
            text.omitted.toLocaleString('en-US'),
            reportLimit.toLocaleString('en-US'),
          ),
        ]
      : [];
  return { status: 'ok', records, notes, stdout: ran.stdout, stderr: ran.stderr, log: said, stopped };
}

/** The XML does not tell the allocation next to an address; the text does. */
function withAllocations(records: readonly SanitizerRecord[], fromText: readonly SanitizerRecord[]): SanitizerRecord[] {
  const nearest = new Map(
    fromText.flatMap((record) =>
      record.kind === 'access' && record.nearest !== undefined && record.address !== undefined
        ? [[record.address, record.nearest] as const]
        : [],
    ),
  );
  return records.map((record) => {
    const known = record.kind === 'access' && record.address !== undefined ? nearest.get(record.address) : undefined;
    return record.kind === 'access' && known !== undefined ? { ...record, nearest: known } : record;
  });
}

/** The tool's complaint about itself: it could not be started, or not do its work. */
function failureOf(ran: ProcessResult, said: string): string | undefined {
  if (ran.status === 'notStarted') return ran.message;
  const internal =
    /^=+ (?:Internal [Ee]rror|Error: (?!Race|Potential)|Target application (?:terminated before|returned an error: Unable))(.*)$/m.exec(
      said,
    );
  if (internal !== null) return internal[0].replace(/^=+ /, '');
  if (said.trim() !== '') return undefined;
  const words = `${ran.stderr}${ran.stdout}`.trim().split('\n')[0] ?? '';
  return words === '' ? l10n.t('it ended without a word') : words;
}
