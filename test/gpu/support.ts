/** What the GPU tests share: the device, the toolkit, plans written by hand, and one way to run them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type {
  Access,
  BufferArgument,
  Dim3,
  ElementType,
  Fill,
  LaunchPlan,
  PlannedArgument,
  RunResult,
  ScalarType,
} from '../../protocol/src';
import { queryDevices, runKernelOnGpu } from '../../server/src/runner/gpu';
import { locateToolkit, type Toolkit } from '../../server/src/toolchain';

/** The tests run from the repository's root. */
export const kernelFolder = path.resolve('test/gpu/kernels');

export const cacheDirectory = mkdtempSync(path.join(os.tmpdir(), 'kernel-lens-gpu-'));
process.on('exit', () => rmSync(cacheDirectory, { recursive: true, force: true }));

export interface Bench {
  readonly toolkit: Toolkit;
  readonly device: string;
}

/** The reason why nothing can run here, or what runs it. */
export async function bench(): Promise<Bench | { readonly skip: string }> {
  const answer = await queryDevices();
  if ('reason' in answer) return { skip: answer.reason };
  const search = await locateToolkit({ setting: '', hostCompiler: '' });
  if (!search.found) return { skip: search.message };
  return { toolkit: search.toolkit, device: answer.devices[0]?.name ?? 'no device' };
}

export interface RunOptions {
  readonly text?: string;
  readonly coldCache?: boolean;
  readonly timeLimit?: number;
  readonly signal?: AbortSignal;
}

export function run(toolkit: Toolkit, plan: LaunchPlan, options: RunOptions = {}): Promise<RunResult> {
  return runKernelOnGpu(
    {
      source: { file: plan.file, text: options.text ?? readFileSync(plan.file, 'utf8'), flags: [] },
      plan,
      toolkit,
      coldCache: options.coldCache ?? true,
    },
    {
      signal: options.signal ?? new AbortController().signal,
      cacheDirectory,
      timeLimit: options.timeLimit ?? 30,
    },
  );
}

export interface HandPlan {
  readonly file: string;
  readonly kernel: string;
  readonly grid?: Dim3;
  readonly block?: Dim3;
  readonly sharedBytes?: number;
  readonly templateArguments?: readonly string[];
  readonly arguments: readonly PlannedArgument[];
}

const byHand = { kind: 'default', why: 'written in the test' } as const;

export function planOf(hand: HandPlan): LaunchPlan {
  return {
    kernel: hand.kernel,
    templateArguments: hand.templateArguments ?? [],
    file: path.join(kernelFolder, hand.file),
    line: 1,
    grid: hand.grid ?? [1, 1, 1],
    block: hand.block ?? [32, 1, 1],
    sharedBytes: hand.sharedBytes ?? 0,
    provenance: { grid: byHand, block: byHand, sharedBytes: byHand, templateArguments: byHand },
    arguments: hand.arguments,
  };
}

const f32: ElementType = { scalar: 'f32', lanes: 1, bytes: 4 };

export const zeros: Fill = { kind: 'constant', value: 0 };
export const random: Fill = { kind: 'random', low: 0, high: 1 };

export function buffer(
  count: number,
  options: { element?: ElementType; type?: string; fill?: Fill; access?: Access; name?: string } = {},
): BufferArgument {
  return {
    kind: 'buffer',
    name: options.name ?? 'data',
    type: options.type ?? 'float*',
    provenance: byHand,
    element: options.element ?? f32,
    count,
    fill: options.fill ?? random,
    access: options.access ?? 'readwrite',
  };
}

export function scalar(type: ScalarType, value: string, written = 'int'): PlannedArgument {
  return { kind: 'scalar', name: 'value', type: written, provenance: byHand, scalar: type, value };
}

export function opaque(type: string): PlannedArgument {
  return { kind: 'opaque', name: 'value', type, provenance: byHand };
}
