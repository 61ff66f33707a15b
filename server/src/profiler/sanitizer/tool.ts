/** Where compute-sanitizer is and how it is called. */
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { SanitizerTool } from '../../../../protocol/src/sanitize';

/** In the toolkit, else in PATH. Undefined: it is not installed. */
export async function locateSanitizer(
  toolkitRoot: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const windows = process.platform === 'win32';
  const name = windows ? 'compute-sanitizer.exe' : 'compute-sanitizer';
  const inToolkit =
    toolkitRoot === undefined ? [] : ['compute-sanitizer', 'bin'].map((folder) => path.join(toolkitRoot, folder));
  const inPath = (env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  for (const folder of [...inToolkit, ...inPath]) {
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

/** Reports listed in full; each has a backtrace. The others are counted. */
export const reportLimit = 1000;
/** Everything before the program and its arguments. Pure. */
export function sanitizerArguments({ tool, log, xml, symbol, leaks, padding }: SanitizerOptions): string[] {
  return [
    ...['--tool', tool, '--xml', '--save', xml, '--log-file', log],
    ...['--print-limit', String(reportLimit), '--strip-paths', 'no'],
    // The first error of a launch must not hide those of the next.
    ...['--destroy-on-device-error', 'kernel'],
    ...(tool === 'memcheck' ? ['--padding', String(padding), ...(leaks ? ['--leak-check', 'full'] : [])] : []),
    ...(symbol === undefined ? [] : ['--kernel-name', `kne=${symbol}`]),
  ];
}
