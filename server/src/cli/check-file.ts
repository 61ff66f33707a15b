/** Checks one file as `kernel-lens check` does: the lint's findings and nvcc's messages. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { buildModel, lint } from '../analysis';
import { compiledKernels } from '../builds';
import { compilerProblems, lintProblems, type Problem } from '../check';
import type { Session } from '../session';
import { diagnose, type ResourceUsage, type Toolkit } from '../toolchain';

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

/** `file` is absolute. A file that cannot be read is a warning. */
export async function checkFile(file: string, options: FileCheck): Promise<CheckOutcome> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return {
      problems: [],
      warnings: [`${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`],
    };
  }
  return checkText(file, text, options);
}

async function checkText(file: string, text: string, { session, toolkit, signal }: FileCheck): Promise<CheckOutcome> {
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
    return { problems: problems.sort(byPlace(file)), warnings };
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
