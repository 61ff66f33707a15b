/** `kernel-lens run`: one kernel or the whole program of a file, without an editor. */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ProgramResult, RunResult, Settings } from '../../../protocol/src';
import { buildModel, type CudaParser } from '../analysis';
import { planLaunch, runKernel, runProgram, type RunContext } from '../runner';
import type { Toolkit } from '../toolchain';
import { terminalSession } from './session';

export interface RunOptions {
  readonly parser: CudaParser;
  readonly settings: Settings;
  readonly toolkit: Toolkit | undefined;
  readonly cacheDirectory: string;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
  readonly onOutput?: (text: string) => void;
}

export async function runKernelOfFile(
  name: string,
  kernel: string | undefined,
  options: RunOptions,
): Promise<RunResult> {
  const file = path.resolve(name);
  const text = await readFile(file, 'utf8');
  const parsed = options.parser.parse(text);
  try {
    const session = terminalSession(options.parser, options.settings);
    const model = buildModel(parsed, await session.importsOf(file, parsed));
    const chosen = kernel ?? onlyKernel(model.kernels.filter(({ body }) => body !== undefined).map((k) => k.name));
    if (typeof chosen !== 'string') return { status: 'planFailed', message: chosen.message };
    const plan = planLaunch({
      model,
      text,
      file,
      kernel: chosen,
      defaults: { elements: options.settings.run.elements },
    });
    if ('message' in plan) return { status: 'planFailed', message: plan.message };
    return await runKernel(
      {
        source: { file, text, flags: (await session.compilation(file)).flags },
        plan,
        device: options.settings.run.device,
        toolkit: options.toolkit,
        coldCache: options.settings.run.coldCache,
        compiler: options.settings.run.cppCompiler,
      },
      await contextFor(options),
    );
  } finally {
    parsed.dispose();
  }
}

export async function runProgramOfFile(name: string, options: RunOptions): Promise<ProgramResult> {
  const file = path.resolve(name);
  const text = await readFile(file, 'utf8');
  return runProgram(
    {
      source: { file, text, flags: (await terminalSession(options.parser, options.settings).compilation(file)).flags },
      device: options.settings.run.device,
      toolkit: options.toolkit,
      compiler: options.settings.run.cppCompiler,
    },
    await contextFor(options),
  );
}

function onlyKernel(names: readonly string[]): string | { message: string } {
  const [first, ...others] = names;
  if (first === undefined) return { message: 'The file defines no kernel (no __global__ function with a body).' };
  if (others.length > 0)
    return { message: `The file defines several kernels; choose one with --kernel: ${names.join(', ')}` };
  return first;
}

async function contextFor(options: RunOptions): Promise<RunContext> {
  await mkdir(options.cacheDirectory, { recursive: true });
  return {
    signal: options.signal,
    cacheDirectory: options.cacheDirectory,
    timeLimit: options.settings.run.timeLimit,
    onProgress: (_phase, message) => options.onProgress(message),
    ...(options.onOutput === undefined ? {} : { onOutput: options.onOutput }),
  };
}
