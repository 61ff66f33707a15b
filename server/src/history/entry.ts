/** What is kept of a run. Pure. */
import { createHash, randomUUID } from 'node:crypto';
import type { HistoryEntry, KernelRun, LaunchPlan } from '../../../protocol/src';

const mostSamples = 200;

/** Everything that decides what a build comes to. */
export interface BuildInputs {
  readonly text: string;
  /** Texts of the included files that are the user's own. */
  readonly headers: readonly string[];
  readonly flags: readonly string[];
  /** Version of the toolkit or of the C++ compiler. */
  readonly toolkit: string;
}

export function sourceKey({ text, headers, flags, toolkit }: BuildInputs): string {
  const hash = createHash('sha256');
  for (const part of [toolkit, ...flags, text, ...headers]) hash.update(`${part.length}:${part}`);
  return hash.digest('hex').slice(0, 24);
}

export function entryOf(run: KernelRun, inputs: BuildInputs, at = new Date()): HistoryEntry {
  const { plan, device, time, throughput, resources, comparison } = run;
  const failed = (run.findings?.length ?? 0) + (comparison?.status === 'compared' && !comparison.passed ? 1 : 0);
  const compiler = device.kind === 'cpu' ? device.compiler : inputs.toolkit;
  return {
    id: randomUUID().slice(0, 8),
    at: at.toISOString(),
    file: plan.file,
    kernel: plan.kernel,
    device: { kind: device.kind, name: device.name },
    launch: {
      grid: [...plan.grid],
      block: [...plan.block],
      sharedBytes: plan.sharedBytes,
      templateArguments: [...plan.templateArguments],
      sizes: sizesOf(plan),
      coldCache: time.coldCache,
    },
    sourceKey: sourceKey({ ...inputs, toolkit: compiler }),
    median: time.median,
    min: time.min,
    relativeError: time.relativeError,
    launches: time.samples,
    ...(run.samples === undefined ? {} : { samples: thinned(run.samples) }),
    ...(throughput === undefined ? {} : { bytesPerSecond: Math.round(throughput.bytesPerSecond) }),
    ...(resources === undefined ? {} : { registersPerThread: resources.registersPerThread }),
    ...(failed === 0 ? {} : { failedChecks: failed }),
  };
}

/** Scalars by name, and how many elements the buffers have. */
function sizesOf(plan: LaunchPlan): Record<string, string> {
  const sizes: Record<string, string> = {};
  for (const argument of plan.arguments) {
    if (argument.kind === 'scalar') sizes[argument.name] = argument.value;
    if (argument.kind === 'buffer') sizes[`${argument.name}[]`] = String(argument.count);
    if (argument.kind === 'pointers') sizes[`${argument.name}[][]`] = `${argument.pointers} × ${argument.count}`;
  }
  return sizes;
}

/** Evenly taken over the run, to four digits. */
function thinned(samples: readonly number[]): number[] {
  const step = Math.max(1, samples.length / mostSamples);
  const kept = Math.min(samples.length, mostSamples);
  return Array.from({ length: kept }, (_, index) => Number((samples[Math.floor(index * step)] ?? 0).toPrecision(4)));
}
