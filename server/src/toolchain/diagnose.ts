/** Asks nvcc what it thinks of a text that may not be saved. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { runProcess } from '../process';
import { parseNvccOutput, type CompilerMessage } from './messages';
import { commonArguments } from './nvcc-arguments';
import { sourceOfPtxLine } from './ptx-lines';
import { writeScratch } from './scratch';
import type { Toolkit } from './types';

export interface DiagnoseRequest {
  readonly toolkit: Toolkit;
  /** Absolute path the text belongs to; need not exist. */
  readonly file: string;
  readonly text: string;
  /** nvcc's -arch value, `sm_90`; undefined: the toolkit's default. */
  readonly architecture: string | undefined;
  readonly flags: readonly string[];
  /**
   * `syntax`: the device front end only, which reads host code too (a third of the time of a compilation).
   * `full`: everything `nvcc -c` does, ptxas and the host compiler included.
   */
  readonly depth: 'syntax' | 'full';
  readonly timeLimitMs: number;
  readonly signal: AbortSignal;
}

export type DiagnoseResult =
  | { readonly status: 'ok'; readonly messages: readonly CompilerMessage[]; readonly elapsed: number }
  | { readonly status: 'cancelled' }
  /** nvcc itself could not do its work; one sentence for the user. */
  | { readonly status: 'failed'; readonly message: string };

export async function diagnose(request: DiagnoseRequest): Promise<DiagnoseResult> {
  let scratch;
  try {
    scratch = await writeScratch(request.file, request.text);
  } catch (error) {
    return { status: 'failed', message: `The temporary copy for nvcc could not be written: ${reason(error)}` };
  }
  try {
    return await runNvcc(request, scratch.folder, scratch.source);
  } finally {
    await scratch.dispose().catch(() => undefined);
  }
}

async function runNvcc(request: DiagnoseRequest, folder: string, source: string): Promise<DiagnoseResult> {
  const { toolkit, depth } = request;
  const result = await runProcess(
    toolkit.nvcc,
    [
      ...(depth === 'syntax'
        ? ['-cubin', '-fdevice-syntax-only']
        : ['-c', '-lineinfo', '--keep', '--keep-dir', folder]),
      ...(request.architecture === undefined ? [] : [`-arch=${request.architecture}`]),
      '-I',
      path.dirname(request.file),
      ...commonArguments(toolkit, request.flags),
      '--display-error-number',
      '-o',
      path.join(folder, depth === 'syntax' ? 'out.cubin' : 'out.o'),
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
  if (result.status === 'timedOut') {
    const seconds = Math.round(request.timeLimitMs / 1000);
    return {
      status: 'failed',
      message: `nvcc did not finish within ${seconds} s and was stopped (kernelLens.diagnostics.timeLimit).`,
    };
  }
  if (result.status === 'notStarted') {
    return { status: 'failed', message: `nvcc could not be started: ${result.message}` };
  }
  const parsed = parseNvccOutput(`${result.stdout}\n${result.stderr}`);
  const messages = await Promise.all(parsed.map((message) => placePtx(message, folder, source, request.file)));
  if (result.status === 'signaled') {
    return { status: 'failed', message: `nvcc crashed (${result.signal}).` };
  }
  if (result.code !== 0 && !messages.some((message) => message.severity === 'error')) {
    const first = result.stderr.trim().split('\n', 1)[0] ?? '';
    return { status: 'failed', message: `nvcc ended with code ${result.code}${first === '' ? '.' : `: ${first}`}` };
  }
  return { status: 'ok', messages, elapsed: result.elapsed };
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

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
