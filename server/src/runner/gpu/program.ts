/** A whole program: built by nvcc for the device or the project's own executable, run as it is, and traced. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { GpuDevice, ProgramLaunch, ProgramResult, RunFailure } from '../../../../protocol/src';
import { runProcess, type ProcessResult } from '../../process';
import { commonArguments, lineInfo } from '../../toolchain';
import { writeScratch } from '../../toolchain/scratch';
import type { GpuRunRequest, ProgramRequest, RunContext } from '../backend';
import { startTracing, traceLibrary, type TraceAnswer } from '../trace';
import { buildTarget } from './architecture';
import { buildFailure, buildTimeLimitMs } from './build';
import { conversational } from './conversation';

/** Characters of the program's output kept in the result; all of it streams by. */
const outputLimit = 1024 * 1024;

export type GpuProgramRequest = Omit<GpuRunRequest, 'plan' | 'coldCache'> &
  ProgramRequest & {
    /** Setting `run.cppCompiler`: builds the trace library. */
    readonly compiler: string;
  };

interface Executable {
  readonly status: 'ok';
  readonly file: string;
  /** Milliseconds; 0 for an executable that is there already. */
  readonly buildTime: number;
}

export async function buildAndRunProgram(
  request: GpuProgramRequest,
  device: GpuDevice,
  context: RunContext,
): Promise<ProgramResult> {
  const { source } = request;
  const own = projectExecutable(request);
  if (own !== undefined) return own.status === 'ok' ? run(own, request, device, context) : { ...own, device };
  const scratch = await writeScratch(source.file, source.text);
  try {
    context.onProgress?.('build', l10n.t('Building {0} for {1}', path.basename(source.file), device.name));
    const executable = await build(request, scratch, device, context);
    return executable.status === 'ok' ? await run(executable, request, device, context) : { ...executable, device };
  } finally {
    await scratch.dispose().catch(() => undefined);
  }
}

/** The executable that a launch configuration names in place of the source; undefined where it names none. */
export function projectExecutable({
  source,
  launch,
}: Pick<GpuProgramRequest, 'source' | 'launch'>): Executable | RunFailure | undefined {
  if (launch?.program === undefined) return undefined;
  const file = path.resolve(launch.cwd ?? path.dirname(source.file), launch.program);
  if (existsSync(file)) return { status: 'ok', file, buildTime: 0 };
  const message = l10n.t(
    '{0} does not exist. Build it first: "preLaunchTask" of the launch configuration can do that.',
    file,
  );
  return { status: 'launchFailed', code: 'ENOENT', message };
}

export async function build(
  { source, toolkit }: GpuProgramRequest,
  scratch: { readonly folder: string; readonly source: string },
  device: GpuDevice,
  context: RunContext,
): Promise<Executable | RunFailure> {
  const target = buildTarget(device.computeCapability, source.flags);
  const file = path.join(scratch.folder, process.platform === 'win32' ? 'program.exe' : 'program');
  const temporary = path.join(scratch.folder, 'tmp');
  const args = [`-arch=${target.architecture}`, ...lineInfo(source.file), '-I', path.dirname(source.file)];
  // Line tables of the host code, for the trace: they change no instruction. The user's own -g comes later and wins.
  if (process.platform !== 'win32') args.push('-Xcompiler', '-g1');
  args.push(...commonArguments(toolkit, target.flags), '-o', file, scratch.source);
  const built = await runProcess(toolkit.nvcc, args, {
    cwd: scratch.folder,
    env: { TMPDIR: temporary, TMP: temporary, TEMP: temporary },
    timeLimitMs: buildTimeLimitMs,
    signal: context.signal,
  });
  if (built.status === 'exited' && built.code === 0) return { status: 'ok', file, buildTime: built.elapsed };
  return linkFailure(built, source.file) ?? (await buildFailure(built, source));
}

/** A file of a larger project has `main` and lacks the rest. */
export function linkFailure(built: ProcessResult, source: string): RunFailure | undefined {
  const output = `${built.stdout}${built.stderr}`;
  const missing =
    /undefined reference to [`'](.+?)'/.exec(output)?.[1] ?? /unresolved external symbol (.+)/.exec(output)?.[1];
  if (missing === undefined) return undefined;
  return {
    status: 'buildFailed',
    message: l10n.t(
      '{0} does not link by itself: {1} is defined elsewhere. To run the executable that your project builds, add a launch configuration of type "kernelLens" with "program", and the task that builds it as "preLaunchTask".',
      path.basename(source),
      missing,
    ),
    output,
    diagnostics: [],
  };
}

/**
 * What is added to a program's environment. A program takes the first device it sees: where the setting `run.gpu` names
 * one, only that is shown to it, the first one too; `auto` leaves a program of several devices all of them. What
 * launch.json says wins.
 */
export function programEnvironment(
  { uuid }: GpuDevice,
  { gpu = 'auto', launch }: Pick<GpuProgramRequest, 'gpu' | 'launch'>,
  tracing: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const chosen = gpu.trim() !== '' && gpu.trim() !== 'auto' && uuid !== undefined;
  return { ...(chosen ? { CUDA_VISIBLE_DEVICES: uuid } : {}), ...launch?.env, ...tracing };
}

async function run(
  executable: Executable,
  request: GpuProgramRequest,
  device: GpuDevice,
  context: RunContext,
): Promise<ProgramResult> {
  const { source, toolkit, launch, compiler } = request;
  const { cacheDirectory, signal } = context;
  const name = path.basename(launch?.program ?? source.file);
  const managed = /\b__managed__\b/.test(source.text);
  const library = await traceLibrary({ toolkit, compiler, cacheDirectory, signal });
  const tracing =
    library.status === 'ready'
      ? await startTracing({ library: library.file, cacheDirectory, toolkit, device, name, managed, signal })
      : undefined;

  context.onProgress?.('run', l10n.t('Running {0} on {1}', name, device.name));
  const timeLimit = launch?.timeLimit ?? context.timeLimit;
  // Programs open their data beside their source.
  const folder = launch?.cwd ?? path.dirname(source.file);
  let output = '';
  const plain = { file: executable.file, args: launch?.args ?? [], env: {} };
  const command = context.onStart === undefined ? plain : conversational(plain.file, plain.args);
  const ran = await runProcess(command.file, command.args, {
    cwd: existsSync(folder) ? folder : path.dirname(executable.file),
    env: { ...command.env, ...programEnvironment(device, request, tracing?.env) },
    timeLimitMs: timeLimit * 1000,
    outputLimit,
    signal,
    onOutput: (text) => {
      if (output.length < outputLimit) output += text;
      context.onOutput?.(text);
    },
    ...(context.onStart === undefined ? {} : { onStart: context.onStart }),
  });
  const traced: TraceAnswer = (await tracing?.finish()) ?? {
    kernels: [],
    notes: library.status === 'missing' ? [library.note] : [],
  };
  return answer(ran, {
    output: output.slice(0, outputLimit),
    buildTime: executable.buildTime,
    device,
    timeLimit,
    traced,
    launch,
  });
}

interface Ending {
  readonly output: string;
  readonly buildTime: number;
  readonly device: GpuDevice;
  readonly timeLimit: number;
  readonly traced: TraceAnswer;
  readonly launch: ProgramLaunch | undefined;
}

function answer(ran: ProcessResult, { output, buildTime, device, timeLimit, traced, launch }: Ending): ProgramResult {
  const ended = { output, device, ...(traced.trace === undefined ? {} : { trace: traced.trace }) };
  switch (ran.status) {
    case 'exited':
      return {
        ...ended,
        status: 'ok',
        exitCode: ran.code,
        wallTime: ran.elapsed,
        buildTime,
        kernels: traced.kernels,
        notes: [...traced.notes, ...(ran.truncated ? [l10n.t('The program printed more than is kept here.')] : [])],
      };
    case 'signaled':
      return {
        ...ended,
        status: 'kernelFaulted',
        fault: 'hostFault',
        message:
          ran.signal === 'SIGABRT'
            ? l10n.t('The program aborted itself (SIGABRT: abort, a failed assert, or an exception nobody caught).')
            : l10n.t('The program crashed on the host ({0}).', ran.signal),
      };
    case 'timedOut':
      return {
        ...ended,
        status: 'timedOut',
        limitSeconds: timeLimit,
        message:
          launch?.timeLimit === undefined
            ? l10n.t(
                'The program did not finish within {0} s and was stopped. The limit is kernelLens.run.timeLimit, or "timeLimit" of a launch configuration.',
                timeLimit,
              )
            : l10n.t(
                'The program did not finish within {0} s and was stopped. The limit is "timeLimit" of the launch configuration.',
                timeLimit,
              ),
      };
    case 'cancelled':
      return { ...ended, status: 'cancelled', message: l10n.t('Cancelled.') };
    case 'notStarted':
      return {
        ...ended,
        status: 'launchFailed',
        code: ran.code,
        message: l10n.t('The program could not be started: {0}', ran.message),
      };
  }
}
