/** `kernel-lens run`: one kernel or the whole program of a file, without an editor. */
import path from 'node:path';
import type { LaunchPlan, ProgramLaunch, ProgramResult, RunResult, Settings } from '../../../protocol/src';
import { buildModel, type CudaParser } from '../analysis';
import { withFaultLine } from '../handlers/fault-line';
import { includerOf } from '../launch-sites';
import { planWith } from '../handlers/overrides';
import { runKernel, runProgram, withDefaultCheck, type RunContext, type SourceText } from '../runner';
import type { Toolkit } from '../toolchain';
import { chooseKernel } from './kernel-choice';
import { recordedInTerminal } from './record';
import { terminalSession } from './session';
import { readSource } from './read-source';

export interface RunOptions {
  readonly parser: CudaParser;
  readonly settings: Settings;
  readonly toolkit: Toolkit | undefined;
  readonly cacheDirectory: string;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
  readonly onOutput?: (text: string) => void;
  /** Of a kernel: compare its results with those of the CPU, where its directive names nothing else. */
  readonly check?: boolean;
  /** Name → value in the directive's language: `N` → `1<<20`. */
  readonly overrides?: ReadonlyMap<string, string>;
}

export function runKernelOfFile(name: string, kernel: string | undefined, options: RunOptions): Promise<RunResult> {
  return withPlannedKernel(name, kernel, options, async (planned) => {
    const context = contextFor(options);
    const { gpu, device, coldCache, cppCompiler: compiler } = options.settings.run;
    const request = { ...planned, toolkit: options.toolkit, gpu };
    const plan = options.check === true ? withDefaultCheck(planned.plan) : planned.plan;
    const result = await runKernel({ ...request, plan, device, coldCache, compiler }, context);
    return recordedInTerminal(await withFaultLine(result, request, context), planned.source, options);
  });
}

/** Plans the kernel, the file's only one where none is named, and goes on with it. */
export async function withPlannedKernel<Result>(
  name: string,
  kernel: string | undefined,
  options: Pick<RunOptions, 'parser' | 'settings' | 'overrides'>,
  goOn: (planned: { readonly source: SourceText; readonly plan: LaunchPlan }) => Promise<Result>,
): Promise<Result | { readonly status: 'planFailed'; readonly message: string }> {
  const file = path.resolve(name);
  const text = await readSource(file);
  const parsed = options.parser.parse(text);
  try {
    const session = terminalSession(options.parser, options.settings);
    const model = buildModel(parsed, await session.importsOf(file, parsed));
    const chosen = chooseKernel(model, kernel);
    if ('message' in chosen) return { status: 'planFailed', message: chosen.message };
    const defaults = { elements: options.settings.run.elements };
    const elsewhere = await session.launchSites.of(file, model);
    const request = { model, text, file, kernel: chosen.kernel, defaults, elsewhere, ...chosen.choice };
    const plan = planWith(request, Object.fromEntries(options.overrides ?? []));
    if ('message' in plan) return { status: 'planFailed', message: plan.message };
    const includer = includerOf(elsewhere, model, chosen.kernel);
    const around = includer && {
      file: includer.file,
      text: includer.text,
      flags: (await session.compilation(includer.file)).flags,
    };
    const source = { file, text, flags: (await session.compilation(file)).flags, ...(around && { around }) };
    return await goOn({ source, plan });
  } finally {
    parsed.dispose();
  }
}

export async function runProgramOfFile(
  name: string,
  launch: ProgramLaunch,
  options: RunOptions,
): Promise<ProgramResult> {
  return runProgram(
    {
      source: await sourceOfFile(name, options),
      launch,
      device: options.settings.run.device,
      gpu: options.settings.run.gpu,
      toolkit: options.toolkit,
      compiler: options.settings.run.cppCompiler,
    },
    contextFor(options),
  );
}

export async function sourceOfFile(name: string, options: RunOptions): Promise<SourceText> {
  const file = path.resolve(name);
  const text = await readSource(file);
  return { file, text, flags: (await terminalSession(options.parser, options.settings).compilation(file)).flags };
}

export function contextFor(options: RunOptions): RunContext {
  return {
    signal: options.signal,
    cacheDirectory: options.cacheDirectory,
    timeLimit: options.settings.run.timeLimit,
    onProgress: (_phase, message) => options.onProgress(message),
    ...(options.onOutput === undefined ? {} : { onOutput: options.onOutput }),
  };
}
