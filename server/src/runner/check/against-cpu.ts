/** The check of a run on a GPU: its first launch's results go to files, and a process on the CPU compares them. */
import { rm } from 'node:fs/promises';
import type { RunResult } from '../../../../protocol/src';
import { makePrivateFolder } from '../../process';
import type { CpuRunRequest, RunContext } from '../backend';
import { compareOnCpu } from '../cpu';

/** Where a run leaves its results, each under its number in the plan. */
export interface ResultsFolder {
  readonly folder: string;
  readonly limitBytes: number;
}

/** More takes the CPU longer than anyone waits, and a disk may not have the room. */
const limitBytes = 2 ** 30;

/** Runs, and compares where the plan asks for it. The run's time stands whatever comes out. */
export async function withCheck(
  request: CpuRunRequest,
  context: RunContext,
  run: (results?: ResultsFolder) => Promise<RunResult>,
): Promise<RunResult> {
  const { check } = request.plan;
  if (check === undefined) return run();
  const folder = await makePrivateFolder('check', context.cacheDirectory);
  try {
    const result = await run({ folder, limitBytes });
    // A comparison that is there already says why none is possible.
    if (result.status !== 'ok' || result.comparison !== undefined) return result;
    return { ...result, comparison: await compareOnCpu({ ...request, folder, check }, withoutOutput(context)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the kernel prints was shown when the GPU ran it. */
function withoutOutput({ signal, cacheDirectory, timeLimit, onProgress }: RunContext): RunContext {
  return { signal, cacheDirectory, timeLimit, ...(onProgress === undefined ? {} : { onProgress }) };
}
