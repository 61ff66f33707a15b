/** Asks nvcc what it thinks of a text that may not be saved. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { runProcess } from '../process';
import { diskMessage, diskProblem } from './disk';
import { parseNvccOutput, parseResourceUsage, type CompilerMessage, type ResourceUsage } from './messages';
import { commonArguments, lineInfo } from './nvcc-arguments';
import { sourceOfPtxLine } from './ptx-lines';
import { writeScratch } from './scratch';
import type { Toolkit } from './types';

export type Depth = 'syntax' | 'device' | 'full';

export interface DiagnoseRequest {
  readonly toolkit: Toolkit;
  /** Absolute path the text belongs to; need not exist. */
  readonly file: string;
  readonly text: string;
  /** nvcc's -arch value, `sm_90`; undefined: the toolkit's default. */
  readonly architecture: string | undefined;
  /** Architecture arguments of the project, for a full compilation instead of `architecture`. */
  readonly architectureFlags?: readonly string[];
  readonly flags: readonly string[];
  /**
   * `syntax`: the device front end only, which reads host code too (a third of the time of a compilation).
   * `device`: all of the device's compilation, ptxas included.
   * `full`: what `nvcc -c` does. nvcc stops at its first failing step; the device's part is then asked for by itself.
   */
  readonly depth: Depth;
  readonly timeLimitMs: number;
  readonly signal: AbortSignal;
}

export type DiagnoseResult =
  | {
      readonly status: 'ok';
      readonly messages: readonly CompilerMessage[];
      /** Of the kernels that ptxas compiled. */
      readonly resources: readonly ResourceUsage[];
      readonly elapsed: number;
    }
  | { readonly status: 'cancelled' }
  /** nvcc itself could not do its work; one sentence for the user. */
  | { readonly status: 'failed'; readonly message: string };

export async function diagnose(request: DiagnoseRequest): Promise<DiagnoseResult> {
  let scratch;
  try {
    scratch = await writeScratch(request.file, request.text);
  } catch (error) {
    return { status: 'failed', message: diskMessage(error) ?? reason(error) };
  }
  try {
    const result = await runNvcc(request, request.depth, scratch.folder, scratch.source);
    if (request.depth !== 'full' || result.status !== 'ok' || !result.messages.some(isError)) return result;
    const device = await runNvcc(request, 'device', scratch.folder, scratch.source);
    if (device.status !== 'ok') return device.status === 'cancelled' ? device : result;
    return {
      ...device,
      messages: [...result.messages, ...device.messages],
      elapsed: result.elapsed + device.elapsed,
    };
  } finally {
    await scratch.dispose().catch(() => undefined);
  }
}

const stepArguments: Record<Depth, readonly string[]> = {
  syntax: ['-cubin', '-fdevice-syntax-only'],
  device: ['-cubin', '--keep', '--resource-usage'],
  full: ['-c', '--keep', '--resource-usage'],
};

/** Toolkits found not to know `-fdevice-syntax-only`, as those of CUDA 11 do not: PTX is the least they can be asked for. */
const withoutSyntaxOnly = new Set<string>();
const unknownSyntaxOnly = /Unknown option '-?-?fdevice-syntax-only'/;

async function runNvcc(
  request: DiagnoseRequest,
  depth: Depth,
  folder: string,
  source: string,
): Promise<DiagnoseResult> {
  const { toolkit } = request;
  const key = `${toolkit.nvcc} ${toolkit.version.full}`;
  const step = depth === 'syntax' && withoutSyntaxOnly.has(key) ? ['-ptx'] : stepArguments[depth];
  const result = await runProcess(
    toolkit.nvcc,
    [
      ...step,
      // Line numbers in the PTX lead ptxas's messages back to the source.
      ...(depth === 'syntax' ? [] : lineInfo(request.file)),
      '--keep-dir',
      folder,
      ...architectureArguments(request, depth),
      '-I',
      path.dirname(request.file),
      ...commonArguments(toolkit, request.flags),
      '--display-error-number',
      '-o',
      path.join(folder, depth === 'full' ? 'out.o' : 'out.cubin'),
      source,
    ],
    {
      cwd: folder,
      // A killed nvcc leaves its temporary files: they go with the folder.
      env: { TMPDIR: path.join(folder, 'tmp'), TMP: path.join(folder, 'tmp'), TEMP: path.join(folder, 'tmp') },
      timeLimitMs: request.timeLimitMs,
      signal: request.signal,
    },
  );
  if (result.status === 'cancelled') return { status: 'cancelled' };
  if (result.status === 'exited' && depth === 'syntax' && unknownSyntaxOnly.test(result.stderr)) {
    if (!withoutSyntaxOnly.has(key)) {
      withoutSyntaxOnly.add(key);
      return runNvcc(request, depth, folder, source);
    }
  }
  if (result.status === 'timedOut') {
    const seconds = Math.round(request.timeLimitMs / 1000);
    return {
      status: 'failed',
      message: l10n.t('nvcc did not finish within {0} s and was stopped (kernelLens.diagnostics.timeLimit).', seconds),
    };
  }
  if (result.status === 'notStarted') {
    return { status: 'failed', message: l10n.t('nvcc could not be started: {0}', result.message) };
  }
  const output = `${result.stdout}\n${result.stderr}`;
  const parsed = parseNvccOutput(output);
  const messages = await Promise.all(parsed.map((message) => placePtx(message, folder, source, request.file)));
  if (result.status === 'signaled') {
    return { status: 'failed', message: crashMessage(result.signal) };
  }
  if (result.code !== 0 && !messages.some((message) => isError(message) && message.line !== undefined)) {
    const problem = await diskProblem(output, folder);
    if (problem !== undefined) return { status: 'failed', message: problem };
  }
  if (result.code !== 0 && !messages.some(isError)) {
    const first = result.stderr.trim().split('\n', 1)[0] ?? '';
    return {
      status: 'failed',
      message:
        first === ''
          ? l10n.t('nvcc ended with code {0}.', result.code)
          : l10n.t('nvcc ended with code {0}: {1}', result.code, first),
    };
  }
  return { status: 'ok', messages, resources: parseResourceUsage(output), elapsed: result.elapsed };
}

/** A cubin is for one architecture; only a whole compilation can be for all that the project names. */
function architectureArguments(
  { architecture, architectureFlags = [] }: DiagnoseRequest,
  depth: Depth,
): readonly string[] {
  if (depth === 'full' && architectureFlags.length > 0) return architectureFlags;
  return architecture === undefined ? [] : [`-arch=${architecture}`];
}

/** Turns ptxas's line of the intermediate PTX into the source line that PTX came from. */
async function placePtx(
  message: CompilerMessage,
  folder: string,
  source: string,
  file: string,
): Promise<CompilerMessage> {
  const named = message.file === source ? { ...message, file } : message;
  if (message.ptx === undefined) return named;
  const ptx = await readFile(path.join(folder, path.basename(message.ptx.file)), 'utf8').catch(() => '');
  const place = sourceOfPtxLine(ptx, message.ptx.line);
  return place === undefined ? named : { ...named, file: place.file === source ? file : place.file, line: place.line };
}

function isError(message: CompilerMessage): boolean {
  return message.severity === 'error';
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What to do about an nvcc that ended by a signal. */
export function crashMessage(signal: string): string {
  return l10n.t(
    'nvcc crashed ({0}). If it does so again, the memory is too small or this nvcc cannot cope with the code: try another version in kernelLens.cuda.path.',
    signal,
  );
}
