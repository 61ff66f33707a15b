/** The problems of one text, complete: all of nvcc's passes and the lint. For the terminal, and for whoever asks in the editor. */
import path from 'node:path';
import type { CancellationToken } from 'vscode-languageserver';
import type { CheckAnswer, CheckItem, CheckParams } from '../../../protocol/src';
import { buildModel, lint } from '../analysis';
import { compiledKernels } from '../builds';
import { compilerProblems, lintProblems, type Problem } from '../check';
import type { Session } from '../session';
import { diagnose, type ResourceUsage, type Toolkit } from '../toolchain';
import { openDocument } from './run';

export interface CheckOutcome {
  readonly problems: readonly Problem[];
  /** What kept the check from being complete; one sentence each. */
  readonly warnings: readonly string[];
}

export interface FileCheck {
  readonly session: Session;
  /** Undefined: the lint only. */
  readonly toolkit: Toolkit | undefined;
  readonly signal: AbortSignal;
}

/** The unsaved text counts. `inTurn`: one nvcc at a time. */
export async function checkHandler(
  session: Session,
  { uri }: CheckParams,
  token: CancellationToken,
  inTurn: <Result>(work: () => Promise<Result>) => Promise<Result>,
): Promise<CheckAnswer> {
  const { file, content } = openDocument(session, uri);
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  token.onCancellationRequested(() => controller.abort());
  const search = await session.toolkit();
  const toolkit = search.found ? search.toolkit : undefined;
  const { signal } = controller;
  const { problems, warnings } = await inTurn(() => checkText(file, content, { session, toolkit, signal }));
  return {
    problems: problems.map(checkItem),
    notes: [...(search.found ? [] : [search.message]), ...warnings],
  };
}

export function checkItem(problem: Problem): CheckItem {
  const { start, end } = problem.range;
  return {
    file: problem.file,
    line: start.line + 1,
    column: start.character + 1,
    endLine: end.line + 1,
    endColumn: end.character + 1,
    severity: problem.severity,
    source: problem.source,
    rule: problem.rule ?? null,
    message: problem.message,
  };
}

/** `file` is absolute; `text` is what it contains, or will. */
export async function checkText(
  file: string,
  text: string,
  { session, toolkit, signal }: FileCheck,
): Promise<CheckOutcome> {
  const { settings } = session;
  const parsed = session.parser.parse(text);
  try {
    const model = buildModel(parsed, await session.importsOf(file, parsed));
    const problems: Problem[] = [];
    const warnings: string[] = [];
    let compiled: readonly ResourceUsage[] = [];
    if (toolkit !== undefined) {
      const compilation = await session.compilation(file);
      // nvcc stops at its first failing pass, so what each pass sees is united.
      for (const depth of ['syntax', 'full'] as const) {
        const result = await diagnose({
          toolkit,
          file,
          text,
          ...compilation,
          depth,
          timeLimitMs: settings.diagnostics.timeLimit * 1000,
          signal,
        });
        if (result.status === 'failed') warnings.push(`${file}: ${result.message}`);
        if (result.status !== 'ok') continue;
        if (result.resources.length > 0) compiled = result.resources;
        const folder = path.dirname(file);
        const isOwn = (name: string) => !path.relative(folder, name).startsWith('..');
        problems.push(...(await compilerProblems(result.messages, { file, text, kernels: model.kernels }, { isOwn })));
      }
    }
    if (settings.lint.enable) {
      const known = toolkit === undefined ? {} : await session.target(file);
      const target = compiled.length > 0 ? { ...known, compiled: compiledKernels(compiled) } : known;
      problems.push(...lintProblems(file, text, lint(parsed, model, { severities: settings.lint.rules, target })));
    }
    // Both passes may fail for one reason.
    return { problems: problems.sort(byPlace(file)), warnings: [...new Set(warnings)] };
  } finally {
    parsed.dispose();
  }
}

/** The checked file's own problems first, each file's in order of place. */
function byPlace(file: string) {
  return (a: Problem, b: Problem) =>
    Number(a.file !== file) - Number(b.file !== file) ||
    a.file.localeCompare(b.file) ||
    a.range.start.line - b.range.start.line ||
    a.range.start.character - b.range.start.character;
}
