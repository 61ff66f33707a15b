/** Makes ready what a tool (profiler, memory checker) then runs: one launch of a kernel in a process, or a program. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { GpuDevice, RunFailure } from '../../../../protocol/src';
import { languageEnvironment, makePrivateFolder } from '../../process';
import { writeScratch } from '../../toolchain/scratch';
import type { GpuRunRequest, ProgramRequest, RunContext } from '../backend';
import { buildKernel } from './build';
import { deviceLaunch } from './device-launch';
import { onceCommand, placedMemoryFile, type OnceCommand, type OnceJob, type PlacedMemory } from './once-job';
import { build as buildProgram, programEnvironment, projectExecutable } from './program';

export interface PreparedRun {
  readonly status: 'ok';
  readonly device: GpuDevice;
  readonly command: OnceCommand & { readonly cwd?: string };
  /** The plan's memory, once the kernel has been launched; empty for a program. */
  placedMemory(): Promise<readonly PlacedMemory[]>;
  /** Removes the files of the run. */
  dispose(): Promise<void>;
}

/** The kernel of the plan, launched `launches` times between cuProfilerStart and cuProfilerStop. */
export async function prepareKernel(
  request: Omit<GpuRunRequest, 'coldCache' | 'gpu'>,
  device: GpuDevice,
  launches: number,
  context: RunContext,
): Promise<PreparedRun | RunFailure> {
  const { plan } = request;
  context.onProgress?.('build', l10n.t('Building {0} for {1}', plan.kernel, device.name));
  const built = await buildKernel({ ...request, computeCapability: device.computeCapability }, context);
  if (built.status !== 'ok') return { ...built, device };
  const folder = await makePrivateFolder('once', context.cacheDirectory);
  const image = path.join(folder, 'kernel.cubin');
  const job: OnceJob = { ...deviceLaunch(plan, device.index, built.symbol), image, launches };
  const jobFile = path.join(folder, 'job.json');
  await writeFile(image, built.image);
  await writeFile(jobFile, JSON.stringify(job));
  const placedMemory = async () => {
    const text = await readFile(placedMemoryFile(jobFile), 'utf8').catch(() => '[]');
    return JSON.parse(text) as readonly PlacedMemory[];
  };
  const { env, ...once } = onceCommand(jobFile);
  const command = { ...once, env: { ...languageEnvironment(), ...env } };
  return { status: 'ok', device, command, placedMemory, dispose: () => removeFolder(folder) };
}

/** The whole file, built and started as Run Program does it. */
export async function prepareProgram(
  request: Pick<GpuRunRequest, 'source' | 'toolkit' | 'gpu'> & ProgramRequest,
  device: GpuDevice,
  context: RunContext,
): Promise<PreparedRun | RunFailure> {
  const { source, launch } = request;
  const prepared = (file: string, dispose: () => Promise<void>): PreparedRun => {
    // Programs open their data beside their source.
    const folder = launch?.cwd ?? path.dirname(source.file);
    const cwd = existsSync(folder) ? folder : path.dirname(file);
    const command = { file, args: launch?.args ?? [], env: programEnvironment(device, request), cwd };
    return { status: 'ok', device, command, placedMemory: () => Promise.resolve([]), dispose };
  };
  const own = projectExecutable(request);
  if (own !== undefined) return own.status === 'ok' ? prepared(own.file, () => Promise.resolve()) : { ...own, device };

  const scratch = await writeScratch(source.file, source.text);
  context.onProgress?.('build', l10n.t('Building {0} for {1}', path.basename(source.file), device.name));
  const built = await buildProgram({ ...request, compiler: '' }, scratch, device, context);
  if (built.status === 'ok') return prepared(built.file, () => scratch.dispose());
  await scratch.dispose();
  return { ...built, device };
}

function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 2 }).catch(() => undefined);
}
