/** `kernel-lens check`: the lint's findings and nvcc's messages of files, without an editor. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Settings } from '../../../protocol/src';
import { buildModel, lint, type CudaParser } from '../analysis';
import { compilerProblems, isNew, lintProblems, type Problem } from '../check';
import { compiledKernels } from '../builds';
import type { Session } from '../session';
import { diagnose, type ResourceUsage, type Toolkit } from '../toolchain';
import { terminalSession } from './session';

export interface CheckOptions {
  readonly parser: CudaParser;
  readonly settings: Settings;
  /** Undefined: the lint only. */
  readonly toolkit: Toolkit | undefined;
  readonly signal: AbortSignal;
}

export interface CheckOutcome {
  readonly problems: readonly Problem[];
  /** What kept a check from being complete; one sentence each. */
  readonly warnings: readonly string[];
}

export async function checkFiles(files: readonly string[], options: CheckOptions): Promise<CheckOutcome> {
  const session = terminalSession(options.parser, options.settings);
  const problems: Problem[] = [];
  const warnings: string[] = [];
  for (const name of files) {
    const file = path.resolve(name);
    const text = await readFile(file, 'utf8');
    const outcome = await checkOne(file, text, session, options);
    problems.push(...outcome.problems);
    warnings.push(...outcome.warnings);
  }
  const seen = new Set<string>();
  return { problems: problems.filter((problem) => isNew(problem, seen)), warnings };
}

async function checkOne(
  file: string,
  text: string,
  session: Session,
  { parser, settings, toolkit, signal }: CheckOptions,
): Promise<CheckOutcome> {
  const parsed = parser.parse(text);
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
