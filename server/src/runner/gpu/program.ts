/** A whole program: built by nvcc for the device, run as it is. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { GpuDevice, ProgramResult } from '../../../../protocol/src';
import { runProcess, type ProcessResult } from '../../process';
import { commonArguments, lineInfo } from '../../toolchain';
import { writeScratch } from '../../toolchain/scratch';
import type { GpuRunRequest, RunContext } from '../backend';
import { buildTarget } from './architecture';
import { buildFailure, buildTimeLimitMs } from './build';

/** Characters of the program's output kept in the result; all of it streams by. */
const outputLimit = 1024 * 1024;

export async function buildAndRunProgram(
  { source, toolkit }: Omit<GpuRunRequest, 'plan' | 'coldCache'>,
  device: GpuDevice,
  context: RunContext,
): Promise<ProgramResult> {
  const name = path.basename(source.file);
  const folder = path.dirname(source.file);
  const target = buildTarget(device.computeCapability, source.flags);
  const scratch = await writeScratch(source.file, source.text);
  try {
    context.onProgress?.('build', `Building ${name} for ${device.name}`);
    const program = path.join(scratch.folder, process.platform === 'win32' ? 'program.exe' : 'program');
    const temporary = path.join(scratch.folder, 'tmp');
    const args = [`-arch=${target.architecture}`, ...lineInfo(source.file), '-I', folder];
    args.push(...commonArguments(toolkit, target.flags), '-o', program, scratch.source);
    const built = await runProcess(toolkit.nvcc, args, {
      cwd: scratch.folder,
      env: { TMPDIR: temporary, TMP: temporary, TEMP: temporary },
      timeLimitMs: buildTimeLimitMs,
      signal: context.signal,
    });
    if (built.status !== 'exited' || built.code !== 0) return { ...buildFailure(built, source), device };

    context.onProgress?.('run', `Running ${name} on ${device.name}`);
    let output = '';
    const ran = await runProcess(program, [], {
      // Programs open their data beside their source.
      cwd: existsSync(folder) ? folder : scratch.folder,
      timeLimitMs: context.timeLimit * 1000,
      outputLimit,
      signal: context.signal,
      onOutput: (text) => {
        if (output.length < outputLimit) output += text;
        context.onOutput?.(text);
      },
    });
    return answer(ran, output.slice(0, outputLimit), built.elapsed, device, context.timeLimit);
  } finally {
    await scratch.dispose().catch(() => undefined);
  }
}

function answer(
  ran: ProcessResult,
  output: string,
  buildTime: number,
  device: GpuDevice,
  timeLimit: number,
): ProgramResult {
  switch (ran.status) {
    case 'exited':
      return {
        status: 'ok',
        device,
        exitCode: ran.code,
        output,
        wallTime: ran.elapsed,
        buildTime,
        kernels: [],
        notes: ran.truncated ? ['The program printed more than is kept here.'] : [],
      };
    case 'signaled':
      return {
        status: 'kernelFaulted',
        fault: 'hostFault',
        message: `The program crashed on the host (${ran.signal}).`,
        output,
        device,
      };
    case 'timedOut':
      return {
        status: 'timedOut',
        limitSeconds: timeLimit,
        message: `The program did not finish within ${timeLimit} s and was stopped. The limit is kernelLens.run.timeLimit.`,
        output,
        device,
      };
    case 'cancelled':
      return { status: 'cancelled', message: 'Cancelled.', output, device };
    case 'notStarted':
      return {
        status: 'launchFailed',
        code: ran.code,
        message: `The program could not be started: ${ran.message}`,
        output,
        device,
      };
  }
}
