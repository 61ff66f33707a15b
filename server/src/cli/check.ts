/** `kernel-lens check`: files and folders in, problems out as they are found, or as one document. */
import { InvalidArgumentError } from 'commander';
import type { Settings } from '../../../protocol/src';
import { createParser, rules, type Severity } from '../analysis';
import { readParserAssets } from '../assets';
import { isNew, type Problem } from '../check';
import type { Toolkit } from '../toolchain';
import { checkItem, type CheckOutcome } from '../handlers/check';
import { checkFile } from './check-file';
import { checkInParallel } from './check-pool';
import { sarifLog } from './sarif';
import { terminalSession } from './session';
import { sourcesOf } from './sources';
import { checkSummary, checkText } from './text';

export const severities: readonly Severity[] = ['error', 'warning', 'information', 'hint'];

export interface CheckRequest {
  /** Files and folders. */
  readonly names: readonly string[];
  readonly format: 'text' | 'json' | 'sarif';
  /** Problems below it are left out. */
  readonly severity: Severity;
  /** Problems at or above it make the check fail. */
  readonly failOn: Severity;
  /** No summary. */
  readonly quiet: boolean;
  readonly settings: Settings;
  /** Undefined: the lint only. */
  readonly toolkit: Toolkit | undefined;
  readonly version: string;
  readonly signal: AbortSignal;
  /** Standard output. */
  readonly print: (text: string) => void;
  /** Standard error. */
  readonly say: (text: string) => void;
}

export type CheckVerdict = 'clean' | 'problems' | 'incomplete';

/** As many as one process checks before others would have started. */
const fewFiles = 4;

export async function check(request: CheckRequest): Promise<CheckVerdict> {
  const { format, print, say } = request;
  const started = performance.now();
  const files = await sourcesOf(request.names);
  const root = process.cwd();
  const problems: Problem[] = [];
  const warnings: string[] = [];
  const seen = new Set<string>();
  for await (const outcome of outcomes(files, request)) {
    const found = outcome.problems.filter(
      (problem) => atLeast(problem.severity, request.severity) && isNew(problem, seen),
    );
    problems.push(...found);
    warnings.push(...outcome.warnings);
    outcome.warnings.forEach(say);
    if (format === 'text') print(checkText(found.map(checkItem), root));
  }
  if (format === 'json') print(`${JSON.stringify(problems.map(checkItem), null, 2)}\n`);
  if (format === 'sarif') {
    const { version } = request;
    print(`${JSON.stringify(sarifLog({ problems, rules, root, version, warnings }), null, 2)}\n`);
  }
  if (!request.quiet) say(checkSummary(files.length, problems, performance.now() - started));
  if (warnings.length > 0 || request.signal.aborted) return 'incomplete';
  return problems.some(({ severity }) => atLeast(severity, request.failOn)) ? 'problems' : 'clean';
}

async function* outcomes(files: readonly string[], request: CheckRequest): AsyncGenerator<CheckOutcome> {
  const { settings, toolkit, signal } = request;
  if (files.length > fewFiles) {
    yield* checkInParallel(files, { settings, toolkit, signal });
    return;
  }
  const session = terminalSession(await createParser(await readParserAssets()), settings);
  for (const file of files) {
    if (signal.aborted) return;
    yield await checkFile(file, { session, toolkit, signal });
  }
}

function atLeast(severity: Severity, limit: Severity): boolean {
  return severities.indexOf(severity) <= severities.indexOf(limit);
}

/** What `--rules` stands for: by rule, its severity or `off`. */
export type RuleChoice = Readonly<Record<string, 'off' | Severity>>;

/**
 * `a,b` – only these rules; `all` – every rule, those that are off by default as well; `default`; `-a` – without it;
 * `a=warning` – with another severity. Later words count.
 */
export function parseRules(value: string): RuleChoice {
  const choice: Record<string, 'off' | Severity> = {};
  const words = value.split(',').map((word) => word.trim());
  const named = words.some((word) => /^[a-z][\w-]*$/.test(word) && word !== 'all' && word !== 'default');
  if (named && !words.includes('all') && !words.includes('default')) for (const { id } of rules) choice[id] = 'off';
  for (const word of words) {
    if (word === 'all') for (const { id, severity } of rules) choice[id] = severity;
    if (word === 'all' || word === 'default') continue;
    const match = /^(-?)([\w-]+?)(?:=(\w+))?$/.exec(word);
    const rule = rules.find(({ id }) => id === match?.[2]);
    if (!match || !rule) throw new InvalidArgumentError(`There is no rule '${word}'. ${known()}`);
    const severity = match[3] ?? rule.severity;
    if (severity !== 'off' && !severities.includes(severity as Severity))
      throw new InvalidArgumentError(`'${severity}' is no severity: ${severities.join(', ')} or off.`);
    choice[rule.id] = match[1] === '-' ? 'off' : (severity as 'off' | Severity);
  }
  return choice;
}

function known(): string {
  return `Rules: ${rules.map(({ id }) => id).join(', ')}.`;
}
