/** A kernel or a program under the tools of compute-sanitizer, one after the other. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { RunFailure } from '../../../../protocol/src';
import type { SanitizeResult, SanitizerFinding, SanitizerTool } from '../../../../protocol/src/sanitize';
import { makePrivateFolder } from '../../process';
import type { RunContext } from '../../runner';
import type { GpuRunRequest, ProgramRequest } from '../../runner/backend';
import { answered, queryGpu } from '../../runner';
import { onceFailure, readOnceFailure, type OnceFailure } from '../../runner/gpu/once-job';
import { prepareKernel, prepareProgram, type PreparedRun } from '../../runner/gpu/prepare';
import { findingsOf } from './findings';
import { sanitize } from './run';
import { locateSanitizer, missingSanitizer } from './tool';

export type SanitizeKernelRequest = Omit<GpuRunRequest, 'coldCache'>;
export type SanitizeProgramRequest = Omit<SanitizeKernelRequest, 'plan'> & ProgramRequest;

/** Under a tool a program takes some ten to a hundred times as long as by itself. */
const slowdown = 20;
const outputLimit = 256 * 1024;
/** A kernel has a handful of buffers, a program may have thousands. */
const paddingOfKernel = 32 * 2 ** 20;
const paddingOfProgram = 4096;

export async function sanitizeKernel(
  request: SanitizeKernelRequest,
  tools: readonly SanitizerTool[],
  context: RunContext,
): Promise<SanitizeResult> {
  const result = await answered(() =>
    sanitizePrepared(request, tools, context, (device) => prepareKernel(request, device, 1, context)),
  );
  if (result.status !== 'ok') return { ...result, plan: request.plan };
  if (!tools.includes('initcheck')) return result;
  const note = l10n.t(
    'initcheck has little to find here: the plan fills every buffer. Sanitize the program for its own initialization.',
  );
  return { ...result, notes: [...result.notes, note] };
}

export function sanitizeProgram(
  request: SanitizeProgramRequest,
  tools: readonly SanitizerTool[],
  context: RunContext,
): Promise<SanitizeResult> {
  return answered(() =>
    sanitizePrepared(request, tools, context, (device) => prepareProgram(request, device, context)),
  );
}

async function sanitizePrepared(
  { toolkit, source, gpu }: SanitizeProgramRequest,
  tools: readonly SanitizerTool[],
  context: RunContext,
  prepare: (device: PreparedRun['device']) => Promise<PreparedRun | RunFailure>,
): Promise<SanitizeResult> {
  const sanitizer = await locateSanitizer(toolkit.root);
  if (sanitizer === undefined) return { status: 'noDevice', message: missingSanitizer() };
  const device = await queryGpu(gpu ?? 'auto');
  if ('reason' in device) return { status: 'noDevice', message: device.reason };
  const prepared = await prepare(device);
  if (prepared.status !== 'ok') return prepared;
  const folder = await makePrivateFolder('sanitize', context.cacheDirectory);
  try {
    const ran: SanitizerTool[] = [];
    const findings: SanitizerFinding[] = [];
    const notes: string[] = [];
    let failure: RunFailure | undefined;
    let output = '';
    const { command } = prepared;
    // A kernel by itself is launched by a process of ours.
    const ours = command.cwd === undefined;
    for (const tool of tools) {
      // Names only: the same in every language.
      context.onProgress?.('run', `${tool} · ${device.name}`);
      const limit = context.timeLimit * slowdown;
      const answer = await sanitize(
        { ...command, cwd: command.cwd ?? folder },
        {
          ...{ sanitizer, tool, folder, signal: context.signal, timeLimitMs: limit * 1000 },
          leaks: tool === 'memcheck' && !ours,
          padding: ours ? paddingOfKernel : paddingOfProgram,
          ...(context.onOutput === undefined ? {} : { onOutput: withoutMarks(context.onOutput) }),
        },
      );
      if (answer.status === 'cancelled') return { status: 'cancelled', message: l10n.t('Cancelled.'), device, output };
      if (answer.status === 'timedOut' || (answer.status === 'ok' && answer.stopped)) {
        notes.push(
          l10n.t(
            '{0} did not finish within {1} s and was stopped; the limit is {2} times kernelLens.run.timeLimit.',
            tool,
            limit,
            slowdown,
          ),
        );
        if (answer.status === 'timedOut') continue;
      }
      if (answer.status === 'failed') {
        const message = l10n.t('compute-sanitizer ({0}) failed: {1}', tool, answer.message);
        failure ??= { status: 'launchFailed', code: 'SANITIZER', message, device, output: answer.output };
        notes.push(message);
        continue;
      }
      const refused = ours ? refusal(readOnceFailure(answer.stderr)) : undefined;
      if (refused !== undefined) return { ...refused, device, output: answer.log };
      ran.push(tool);
      output += `${answer.stdout}${plain(answer.stderr)}${answer.log}`;
      const ranges = (await prepared.placedMemory()).map((memory) => ({ ...memory, address: BigInt(memory.address) }));
      // Our own calls fail only in the wake of what the kernel did.
      const records = answer.records.filter(({ kind }) => !ours || kind !== 'api');
      findings.push(...findingsOf(records, { ranges, isOwn: (file) => isOwn(file, toolkit.root, source.file) }));
      notes.push(...answer.notes);
    }
    // What one tool found is not lost because another one failed.
    if (ran.length === 0 && failure !== undefined) return failure;
    return { status: 'ok', device, tools: ran, findings, notes, output: output.slice(0, outputLimit) };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 2 }).catch(() => undefined);
    await prepared.dispose().catch(() => undefined);
  }
}

/** Why the kernel did not run at all; a fault while it ran is what the findings are about. */
function refusal(failure: OnceFailure | undefined): RunFailure | undefined {
  if (failure === undefined) return undefined;
  if (failure.kind !== 'driver') return { status: 'noDevice', message: failure.message };
  if (/Synchronize|Free|Unload/.test(failure.call)) return undefined;
  const what = l10n.t(
    'The kernel could not be launched under compute-sanitizer: {0} failed with {1}.',
    failure.call,
    failure.name,
  );
  const message = `${what} ${failure.detail ?? l10n.t('Run it by itself to see why.')}`;
  return { status: 'launchFailed', code: failure.name, message };
}

/** A place the user can change: no header of the toolkit or the system, no generated code. */
function isOwn(file: string, toolkitRoot: string, source: string): boolean {
  if (file === source) return true;
  return (
    path.isAbsolute(file) &&
    !file.startsWith(toolkitRoot) &&
    !/^\/(?:usr|opt|tmp\/tmpxft)|\.stub\.c$|[\\/]targets[\\/].*[\\/]include[\\/]/.test(file)
  );
}

/** Our own runner's last word is not for the user: the findings say it better. */
function plain(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith(onceFailure))
    .join('\n');
}

function withoutMarks(onOutput: (text: string) => void): (text: string) => void {
  return (text) => {
    const kept = plain(text);
    if (kept.trim() !== '') onOutput(kept);
  };
}
