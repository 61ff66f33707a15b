/** What ptxas makes of a text for several architectures, in one call of nvcc. */
import path from 'node:path';
import { runProcess, type ProcessResult } from '../process';
import { diskMessage } from './disk';
import { parseResourceUsage, type ResourceUsage } from './messages';
import { commonArguments } from './nvcc-arguments';
import { writeScratch } from './scratch';
import type { Toolkit } from './types';

export interface ResourceRequest {
  readonly toolkit: Toolkit;
  /** Absolute path the text belongs to; need not exist. */
  readonly file: string;
  readonly text: string;
  /** `sm_90`; none: nvcc's default. */
  readonly architectures: readonly string[];
  /** Without those of an architecture. */
  readonly flags: readonly string[];
  readonly timeLimitMs: number;
  readonly signal: AbortSignal;
}

export type ResourceAnswer =
  | { readonly status: 'ok'; readonly resources: readonly ResourceUsage[] }
  /** Messages name the text's own file. */
  | { readonly status: 'failed'; readonly result: ProcessResult }
  /** The disk does not let nvcc be asked; one sentence for the user. */
  | { readonly status: 'notAsked'; readonly message: string };

export async function resourceUsageOf(request: ResourceRequest): Promise<ResourceAnswer> {
  const { toolkit, file, architectures, flags, timeLimitMs, signal } = request;
  let scratch;
  try {
    scratch = await writeScratch(file, request.text);
  } catch (error) {
    const message = diskMessage(error);
    if (message === undefined) throw error;
    return { status: 'notAsked', message };
  }
  try {
    const temporary = path.join(scratch.folder, 'tmp');
    const targets = architectures.flatMap((architecture) => {
      const number = architecture.replace(/^(?:sm|compute)_/, '');
      return ['-gencode', `arch=compute_${number},code=sm_${number}`];
    });
    const result = await runProcess(
      toolkit.nvcc,
      [
        ...['-fatbin', '--resource-usage', ...targets, '-I', path.dirname(file)],
        ...commonArguments(toolkit, flags),
        ...['-o', path.join(scratch.folder, 'kernels.fatbin'), scratch.source],
      ],
      { cwd: scratch.folder, env: { TMPDIR: temporary, TMP: temporary, TEMP: temporary }, timeLimitMs, signal },
    );
    if (result.status === 'exited' && result.code === 0) {
      return { status: 'ok', resources: parseResourceUsage(`${result.stdout}\n${result.stderr}`) };
    }
    const renamed = (text: string) => text.replaceAll(scratch.source, file);
    return { status: 'failed', result: { ...result, stdout: renamed(result.stdout), stderr: renamed(result.stderr) } };
  } finally {
    await scratch.dispose().catch(() => undefined);
  }
}

/** Of `architectures` those that a toolkit did not refuse: one that it does not know, or no longer, fails the whole call. */
export function withoutRefused(architectures: readonly string[], { stderr }: ProcessResult): readonly string[] {
  const refused = /Unsupported gpu architecture '(?:compute|sm)_(\w+)'/.exec(stderr)?.[1];
  return architectures.filter((name) => name.replace(/^(?:sm|compute)_/, '') !== refused);
}
