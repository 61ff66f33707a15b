/** The compute capability of this machine's first GPU, without opening the CUDA driver: nvidia-smi's answer. */
import { runProcess } from '../process';

const timeLimitMs = 10_000;

/** Compute capabilities in nvidia-smi's order, as `sm_90`; empty where there is no driver. Pure. */
export function parseComputeCapabilities(csv: string): string[] {
  return csv
    .split('\n')
    .map((line) => /^(\d+)\.(\d+)$/.exec(line.trim()))
    .flatMap((match) => (match === null ? [] : [`sm_${match[1]}${match[2]}`]));
}

export async function detectArchitecture(signal?: AbortSignal): Promise<string | undefined> {
  const answer = await runProcess('nvidia-smi', ['--query-gpu=compute_cap', '--format=csv,noheader'], {
    timeLimitMs,
    ...(signal === undefined ? {} : { signal }),
  });
  return answer.status === 'exited' && answer.code === 0 ? parseComputeCapabilities(answer.stdout)[0] : undefined;
}
