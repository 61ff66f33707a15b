/** Where compute-sanitizer is and how it is called. */
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { SanitizerTool } from '../../../../protocol/src/sanitize';
import { foldersInPath, runProcess } from '../../process';

/** In the toolkit, else in PATH. Undefined: it is not installed. */
export async function locateSanitizer(
  toolkitRoot: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const windows = process.platform === 'win32';
  const name = windows ? 'compute-sanitizer.exe' : 'compute-sanitizer';
  const inToolkit =
    toolkitRoot === undefined ? [] : ['compute-sanitizer', 'bin'].map((folder) => path.join(toolkitRoot, folder));
  for (const folder of new Set([...inToolkit, ...foldersInPath(env)])) {
    const file = path.join(folder, name);
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  return undefined;
}

export function missingSanitizer(): string {
  return l10n.t(
    'compute-sanitizer was not found. Install it with the CUDA Toolkit (the package cuda-sanitizer), or choose a toolkit that has it in kernelLens.cuda.path.',
  );
}

export interface SanitizerOptions {
  readonly tool: SanitizerTool;
  /** Files it writes: what it prints, and the same in XML. */
  readonly log: string;
  readonly xml: string;
  /** The only kernel to look at, by its symbol; absent: all of them. */
  readonly symbol?: string;
  /** Whether memory that is never freed is told. */
  readonly leaks: boolean;
  /** Bytes between two allocations, so that an index that runs over does not land in the next buffer. */
  readonly padding: number;
}

/** What the versions do not have in common. */
export interface SanitizerDialect {
  /** `--xml` wants a word behind it: CUDA 11. */
  readonly xmlWord: boolean;
  /** Paths are cut to their last part unless told otherwise: CUDA 13. */
  readonly stripsPaths: boolean;
  /** The option that names the only kernel to look at. */
  readonly kernelOption: '--kernel-name' | '--kernel-regex';
}

const dialects = new Map<string, Promise<SanitizerDialect>>();

/** Asked once for each tool, which says what it knows. */
export function dialectOf(sanitizer: string): Promise<SanitizerDialect> {
  let dialect = dialects.get(sanitizer);
  if (dialect === undefined) {
    dialect = runProcess(sanitizer, ['--help'], { timeLimitMs: helpTimeLimitMs }).then(({ stdout, stderr }) =>
      parseSanitizerHelp(`${stdout}\n${stderr}`),
    );
    dialects.set(sanitizer, dialect);
  }
  return dialect;
}

const helpTimeLimitMs = 20_000;

/** A tool that does not tell is taken for a new one. Pure. */
export function parseSanitizerHelp(help: string): SanitizerDialect {
  const knows = (option: string) => new RegExp(`^\\s*${option}\\b`, 'm').test(help);
  return {
    xmlWord: /^\s*--xml arg\b/m.test(help),
    stripsPaths: knows('--strip-paths') || !knows('--xml'),
    kernelOption: knows('--kernel-regex') && !knows('--kernel-name') ? '--kernel-regex' : '--kernel-name',
  };
}

/** Reports listed in full; each has a backtrace. The others are counted. */
export const reportLimit = 1000;
/** Everything before the program and its arguments. Pure. */
export function sanitizerArguments(
  { tool, log, xml, symbol, leaks, padding }: SanitizerOptions,
  { xmlWord, stripsPaths, kernelOption }: SanitizerDialect,
): string[] {
  return [
    ...['--tool', tool, '--xml', ...(xmlWord ? ['yes'] : []), '--save', xml, '--log-file', log],
    ...['--print-limit', String(reportLimit), ...(stripsPaths ? ['--strip-paths', 'no'] : [])],
    // The first error of a launch must not hide those of the next.
    ...['--destroy-on-device-error', 'kernel'],
    ...(tool === 'memcheck' ? ['--padding', String(padding), ...(leaks ? ['--leak-check', 'full'] : [])] : []),
    ...(symbol === undefined ? [] : [kernelOption, `kne=${symbol}`]),
  ];
}
