/** The compute capability of this machine's first GPU, without opening the CUDA driver: nvidia-smi's answer. */
import { runProcess } from '../process';
import type { Toolkit } from './types';

const timeLimitMs = 10_000;

/** Compute capabilities in nvidia-smi's order, as `sm_90`; empty where there is no driver. Pure. */
export function parseComputeCapabilities(csv: string): string[] {
  return csv
    .split('\n')
    .map((line) => /^(\d+)\.(\d+)$/.exec(line.trim()))
    .flatMap((match) => (match === null ? [] : [`sm_${match[1]}${match[2]}`]));
}

/** `compute_75` lines of `nvcc --list-gpu-arch`, as numbers. Pure. */
export function parseArchitectures(list: string): number[] {
  return [...list.matchAll(/^compute_(\d+)$/gm)].map((match) => Number(match[1]));
}

/** The architectures that a toolkit builds for; empty if it does not tell. */
export async function knownArchitectures(toolkit: Pick<Toolkit, 'nvcc'>): Promise<number[]> {
  const answer = await runProcess(toolkit.nvcc, ['--list-gpu-arch'], { timeLimitMs });
  return answer.status === 'exited' && answer.code === 0 ? parseArchitectures(answer.stdout) : [];
}

export async function detectArchitecture(signal?: AbortSignal): Promise<string | undefined> {
  const answer = await runProcess('nvidia-smi', ['--query-gpu=compute_cap', '--format=csv,noheader'], {
    timeLimitMs,
    ...(signal === undefined ? {} : { signal }),
  });
  return answer.status === 'exited' && answer.code === 0 ? parseComputeCapabilities(answer.stdout)[0] : undefined;
}
