/** Results in one line, as the code lens shows them. Pure. */
import type { RunFailure, RunResult, KernelRun } from '../../../protocol/src';
import { bandwidth, duration, percent } from '../../../protocol/src';

export { bandwidth, bytes, dimensions, duration, percent } from '../../../protocol/src';

/** What stands after `▶ Run Kernel ·`: time, spread, throughput. */
export function measured(run: KernelRun): string {
  const time = `${duration(run.time.median)} ±${percent(run.time.relativeError)}`;
  if (run.throughput === undefined) return time;
  const rate = bandwidth(run.throughput.bytesPerSecond);
  const { ofPeak } = run.throughput;
  return ofPeak === undefined ? `${time} · ${rate}` : `${time} · ${rate} (${percent(ofPeak)} of peak)`;
}

/** A whole number with its thousands apart: `1,000,192`. */
export function count(value: bigint | number): string {
  return value.toLocaleString('en-US');
}

/** Exhaustive by status, for callers that only need to know whether there is a number. */
export function isFailure(result: RunResult): result is RunFailure {
  return result.status !== 'ok';
}
