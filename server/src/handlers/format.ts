/** Results in one line, as the code lens shows them. Pure. */
import * as l10n from '@vscode/l10n';
import type { RunFailure, RunResult, KernelRun } from '../../../protocol/src';
import { bandwidth, duration, flopRate, percent } from '../../../protocol/src';

export { bandwidth, bytes, dimensions, duration, flopRate, percent } from '../../../protocol/src';

/** Below this nobody needs to know how certain a median is. */
const worthSaying = 0.01;

/** What stands after `▶ Run Kernel ·`: time, its uncertainty where it matters, what it amounts to. */
export function measured(run: KernelRun): string {
  const { time, throughput, arithmetic, device } = run;
  const uncertain = time.relativeError > worthSaying ? ` ±${percent(time.relativeError)}` : '';
  const median = `${duration(time.median)}${uncertain}`;
  const parts = [device.kind === 'gpu' && !time.coldCache ? l10n.t('{0} warm', median) : median];
  if (throughput !== undefined) parts.push(withPeak(bandwidth(throughput.bytesPerSecond), throughput.ofPeak));
  if (arithmetic !== undefined) parts.push(withPeak(flopRate(arithmetic.flopsPerSecond), arithmetic.ofPeak));
  return parts.join(' · ');
}

function withPeak(rate: string, ofPeak: number | undefined): string {
  return ofPeak === undefined ? rate : `${rate} (${l10n.t('{0} of peak', percent(ofPeak))})`;
}

/** A whole number with its thousands apart: `1,000,192`. */
export function count(value: bigint | number): string {
  return value.toLocaleString('en-US');
}

/** Exhaustive by status, for callers that only need to know whether there is a number. */
export function isFailure(result: RunResult): result is RunFailure {
  return result.status !== 'ok';
}
