/** The compute capability of this machine's GPUs, without opening the CUDA driver: nvidia-smi's answer. */
import { runProcess } from '../process';
import type { Toolkit } from './types';

const timeLimitMs = 10_000;

export interface ListedGpu {
  readonly uuid: string;
  /** `sm_90` */
  readonly architecture: string;
}

/** GPUs in nvidia-smi's order, which is that of the bus; empty where there is no driver. Pure. */
export function parseListedGpus(csv: string): ListedGpu[] {
  return csv
    .split('\n')
    .map((line) => /^(\S+), (\d+)\.(\d+)$/.exec(line.trim()))
    .flatMap((match) => (match === null ? [] : [{ uuid: match[1] ?? '', architecture: `sm_${match[2]}${match[3]}` }]));
}

/**
 * The architecture of the GPU that a run would take. `wish` is the setting `run.gpu`, `visible` CUDA_VISIBLE_DEVICES:
 * indices, or the beginnings of UUIDs. CUDA's own order (the fastest first) is not known here; an index is the bus's. Pure.
 */
export function architectureOf(
  gpus: readonly ListedGpu[],
  wish: string,
  visible: string | undefined,
): string | undefined {
  const named = (name: string) =>
    /^\d+$/.test(name)
      ? gpus[Number(name)]
      : gpus.find(({ uuid }) => name.length > 4 && uuid.toLowerCase().startsWith(name.toLowerCase()));
  const shown =
    visible === undefined
      ? gpus
      : visible
          .split(',')
          .map((name) => named(name.trim()))
          .filter((gpu) => gpu !== undefined);
  // A part of a GPU (MIG) is not listed here; the machine's first GPU is the likeliest.
  const all = shown.length > 0 ? shown : gpus;
  const text = wish.trim().toLowerCase();
  const index = /^\d{1,3}$/.test(text) ? Number(text) : undefined;
  const begins = ({ uuid }: ListedGpu) =>
    text !== '' && uuid.toLowerCase().replace(/^gpu-/, '').startsWith(text.replace(/^gpu-/, ''));
  const chosen = index === undefined ? all.find(begins) : all[index];
  return (chosen ?? all[0])?.architecture;
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

/** Of the GPU that the setting `run.gpu` chooses. */
export async function detectArchitecture(wish: string): Promise<string | undefined> {
  const answer = await runProcess('nvidia-smi', ['--query-gpu=uuid,compute_cap', '--format=csv,noheader'], {
    timeLimitMs,
  });
  if (answer.status !== 'exited' || answer.code !== 0) return undefined;
  return architectureOf(parseListedGpus(answer.stdout), wish, process.env['CUDA_VISIBLE_DEVICES']);
}
