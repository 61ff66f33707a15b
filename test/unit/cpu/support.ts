/** What the tests of the CPU backend share: plans made by hand, and a context with a cache that lasts for all of them. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, vi } from 'vitest';
import type {
  BufferArgument,
  Dim3,
  ElementType,
  Fill,
  LaunchPlan,
  OpaqueArgument,
  PlannedArgument,
  ProgramResult,
  Provenance,
  RunResult,
  ScalarArgument,
  ScalarType,
} from '../../../protocol/src';
import type { RunContext, SourceText } from '../../../server/src/runner/backend';
import { runKernelOnCpu, runProgramOnCpu } from '../../../server/src/runner/cpu';

export const fixtures = path.resolve(__dirname, '../../fixtures/cpu');

const byTest: Provenance = { kind: 'default', why: 'test' };

/** Outside of the checkout, and kept between runs, so that the runtime is built once. */
const cacheDirectory = path.join(os.tmpdir(), `kernel-lens-test-cache-${os.userInfo().username}`);
mkdirSync(cacheDirectory, { recursive: true });

/** Gives another cache what takes longest to build, if it is there already. */
export function copyRuntime(to: string): void {
  const built = path.join(cacheDirectory, 'cpu-runtime');
  if (existsSync(built)) cpSync(built, path.join(to, 'cpu-runtime'), { recursive: true, preserveTimestamps: true });
}

/** What lies in the private folders of a cache: files of a run or a build that goes on. */
export function privateFilesIn(cacheDirectory: string): string[] {
  const folders = readdirSync(cacheDirectory).filter((name) => name.startsWith('kernel-lens-'));
  return folders.flatMap((name) => readdirSync(path.join(cacheDirectory, name)));
}

export function context(overrides: Partial<RunContext> = {}): RunContext {
  return { signal: new AbortController().signal, cacheDirectory, timeLimit: 30, ...overrides };
}

const widths: Readonly<Record<ScalarType, number>> = {
  bool: 1,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  i64: 8,
  u64: 8,
  f16: 2,
  bf16: 2,
  f32: 4,
  f64: 8,
};

export function element(scalar: ScalarType, lanes = 1): ElementType {
  return { scalar, lanes, bytes: widths[scalar] * lanes };
}

export const zeros: Fill = { kind: 'constant', value: 0 };
export const ones: Fill = { kind: 'constant', value: 1 };
export const ramp: Fill = { kind: 'ramp' };
export const random: Fill = { kind: 'random', low: 0, high: 1 };

export function buffer(
  name: string,
  count: number,
  options: { element?: ElementType; fill?: Fill; access?: BufferArgument['access']; type?: string } = {},
): BufferArgument {
  return {
    kind: 'buffer',
    name,
    type: options.type ?? 'float *',
    element: options.element ?? element('f32'),
    count,
    fill: options.fill ?? zeros,
    access: options.access ?? 'unknown',
    provenance: byTest,
  };
}

export function scalar(name: string, value: number | bigint | string, type: ScalarType = 'i32'): ScalarArgument {
  return { kind: 'scalar', name, type, scalar: type, value: String(value), provenance: byTest };
}

export function opaque(name: string, type: string): OpaqueArgument {
  return { kind: 'opaque', name, type, provenance: byTest };
}

export function plan(
  kernel: string,
  grid: number | Dim3,
  block: number | Dim3,
  args: readonly PlannedArgument[],
  more: Partial<Pick<LaunchPlan, 'templateArguments' | 'sharedBytes' | 'line' | 'file'>> = {},
): LaunchPlan {
  return {
    kernel,
    templateArguments: [],
    file: 'kernel.cu',
    line: 1,
    grid: typeof grid === 'number' ? [grid, 1, 1] : grid,
    block: typeof block === 'number' ? [block, 1, 1] : block,
    sharedBytes: 0,
    provenance: { grid: byTest, block: byTest, sharedBytes: byTest, templateArguments: byTest },
    arguments: args,
    ...more,
  };
}

export function source(text: string, file = '/nowhere/kernel.cu', flags: readonly string[] = []): SourceText {
  return { file, text, flags };
}

export function fixture(name: string): SourceText {
  const file = path.join(fixtures, name);
  return { file, text: readFileSync(file, 'utf8'), flags: [] };
}

export function runKernel(
  from: SourceText,
  launch: LaunchPlan,
  overrides: Partial<RunContext> = {},
): Promise<RunResult> {
  return runKernelOnCpu({ source: from, plan: { ...launch, file: from.file }, compiler: '' }, context(overrides));
}

export function runProgram(from: SourceText, overrides: Partial<RunContext> = {}): Promise<ProgramResult> {
  return runProgramOnCpu({ source: from, compiler: '' }, context(overrides));
}

/** Builds the runtime before the tests of a file, however loaded the machine is; the tests then only build their own. */
export function warmUp(): void {
  vi.setConfig({ testTimeout: 300_000 });
  beforeAll(async () => {
    const result = await runKernel(source('__global__ void k() {}'), plan('k', 1, 1, []));
    if (result.status !== 'ok') throw new Error(result.message);
  }, 480_000);
}

/** 1-based number of the first line that contains `text`. */
export function lineOf(from: SourceText, text: string): number {
  const index = from.text.split('\n').findIndex((line) => line.includes(text));
  if (index < 0) throw new Error(`no line with ${text}`);
  return index + 1;
}
