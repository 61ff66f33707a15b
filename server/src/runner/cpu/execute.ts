/** Runs a built program under the process gate and reads what it reported. */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { makePrivateFolder, runProcess, type ProcessInput, type ProcessResult } from '../../process';
import { truncationNote } from '../backend';
import { parseReport, type Report } from './report';

export interface ExecuteRequest {
  readonly program: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly onStart?: (input: ProcessInput) => void;
  /** Where the program runs, if the folder exists. */
  readonly workingFolder: string;
  readonly cacheDirectory: string;
  readonly timeLimitMs: number;
  readonly signal: AbortSignal;
  readonly onOutput?: (text: string) => void;
  /** Folder of results to compare with, instead of timing anything. */
  readonly compareWith?: string;
  /** Of comparisons. */
  readonly tolerance?: number;
}

export interface Execution {
  readonly result: ProcessResult;
  readonly report: Report;
  /** Standard output and error as they came, capped. */
  readonly output: string;
}

/** Characters of output that reach the user; a kernel can print faster than anyone reads. */
const outputLimit = 256 * 1024;

/** The address sanitizer of older compilers cannot start when the system put something where its shadow must lie. */
const sanitizerStartFailure =
  /Shadow memory range interleaves|ReserveShadowMemoryRange failed|AddressSanitizer failed to allocate|AddressSanitizer: CHECK failed: asan_(?:rtl|linux|shadow)/;
const startAttempts = 4;

export async function execute(request: ExecuteRequest): Promise<Execution> {
  // Without the folder the run has no report, which its outcome tells.
  const folder = await makePrivateFolder('report', request.cacheDirectory).catch(() => undefined);
  const reportFile = folder === undefined ? os.devNull : path.join(folder, 'report');
  try {
    for (let attempt = 1; ; attempt++) {
      const execution = await runOnce(
        request,
        reportFile,
        attempt === startAttempts ? addressOrderLauncher() : undefined,
      );
      const failedToStart = execution.result.status === 'exited' && sanitizerStartFailure.test(execution.result.stderr);
      if (!failedToStart || attempt === startAttempts) return execution;
    }
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** A command before the program that switches address randomisation off, where there is one. */
function addressOrderLauncher(): readonly string[] | undefined {
  const setarch = ['/usr/bin/setarch', '/bin/setarch'].find((file) => existsSync(file));
  return setarch === undefined ? undefined : [setarch, '-R'];
}

async function runOnce(
  request: ExecuteRequest,
  reportFile: string,
  launcher: readonly string[] | undefined,
): Promise<Execution> {
  let output = '';
  let isFull = false;
  const onOutput = (text: string) => {
    if (isFull) return;
    const room = outputLimit - output.length;
    isFull = text.length > room;
    const part = isFull ? text.slice(0, room) + truncationNote() : text;
    output += part;
    request.onOutput?.(part);
  };
  const [command = '', ...args] = [...(launcher ?? []), request.program, ...(request.args ?? [])];
  const result = await runProcess(command, args, {
    ...(existsSync(request.workingFolder) ? { cwd: request.workingFolder } : {}),
    env: {
      ...request.env,
      KERNEL_LENS_REPORT: reportFile,
      KERNEL_LENS_PARENT: String(process.pid),
      KERNEL_LENS_COMPARE: request.compareWith ?? '',
      KERNEL_LENS_TOLERANCE: String(request.tolerance ?? 0),
      ...(request.onStart === undefined ? {} : { KERNEL_LENS_INTERACTIVE: '1' }),
      ASAN_OPTIONS: '',
      UBSAN_OPTIONS: '',
    },
    timeLimitMs: request.timeLimitMs,
    outputLimit,
    signal: request.signal,
    onOutput,
    ...(request.onStart === undefined ? {} : { onStart: request.onStart }),
  });
  const text = await readFile(reportFile, 'utf8').catch(() => '');
  return { result, report: parseReport(text), output };
}
