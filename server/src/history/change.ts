/** Whether a kernel became faster or slower, with the doubt that repeated runs leave. */
import type { Change, HistoryEntry } from '../../../protocol/src';
import { changeMark, changeText } from './text';

/** What is needed of a run for a comparison. */
export type Timed = Pick<
  HistoryEntry,
  'id' | 'at' | 'median' | 'relativeError' | 'launches' | 'device' | 'launch' | 'sourceKey'
>;

/** A median in microseconds, its relative error, and of how many launches. */
export type Spread = Pick<HistoryEntry, 'median' | 'relativeError' | 'launches'>;

/** How much the medians of two runs of one binary differ, relative: 95 of 100 pairs stay below. */
export interface Noise {
  readonly relative: number;
  readonly learned: boolean;
}

/** Two runs of one binary on an H100 differ by this much though each knows its own median better: clocks and placement of memory. */
const leastNoise = { gpu: 0.005, cpu: 0.25 } as const;
/** Resolution of events in microseconds; more than half a percent of a very short kernel. */
const eventResolutionUs = 0.05;
/** Below this many launches the order statistics bound no median with 95 %. */
const fewestLaunches = 6;
/** What a run of fewer launches is taken to be good to. */
const fewLaunchesError = 0.03;
/** Pairs of runs from which noise is learned. */
const fewestPairs = 5;
const mostPairs = 100;
/** Runs of a length this near tell of each other's noise. */
const sameLength = 4;
const normal95 = 1.96;
/** Standard deviations of a normal distribution per median absolute deviation. */
const deviationsPerMad = 1.4826;

/** Whether two runs are of one launch: everything that the time depends on beside the code. */
function sameLaunch(a: HistoryEntry['launch'], b: HistoryEntry['launch']): boolean {
  return launchKey(a) === launchKey(b);
}

const keys = new WeakMap<HistoryEntry['launch'], string>();

function launchKey(launch: HistoryEntry['launch']): string {
  let key = keys.get(launch);
  if (key === undefined) {
    const { grid, block, sharedBytes, templateArguments, sizes, coldCache } = launch;
    const ordered = Object.entries(sizes).sort(([a], [b]) => (a < b ? -1 : 1));
    key = JSON.stringify([grid, block, sharedBytes, templateArguments, ordered, coldCache]);
    keys.set(launch, key);
  }
  return key;
}

export function sameDevice(a: HistoryEntry['device'], b: HistoryEntry['device']): boolean {
  return a.kind === b.kind && a.name === b.name;
}

/**
 * What runs of one binary differ by on this device, from pairs of consecutive runs with equal keys. `entries`: runs of
 * any kernels, oldest first.
 */
export function noiseOf(run: Pick<Timed, 'median' | 'device'>, entries: readonly Timed[]): Noise {
  const assumed = Math.max(leastNoise[run.device.kind], run.device.kind === 'gpu' ? eventResolutionUs / run.median : 0);
  const last = new Map<string, Timed>();
  const differences: number[] = [];
  for (const entry of entries) {
    if (!sameDevice(entry.device, run.device)) continue;
    const key = `${entry.sourceKey} ${launchKey(entry.launch)}`;
    const before = last.get(key);
    last.set(key, entry);
    if (before === undefined || Math.abs(Math.log(entry.median / run.median)) > Math.log(sameLength)) continue;
    differences.push(Math.abs(Math.log(entry.median / before.median)));
  }
  if (differences.length < fewestPairs) return { relative: assumed, learned: false };
  const sorted = differences.slice(-mostPairs).sort((a, b) => a - b);
  // Few pairs tell the spread badly: the fewer, the wider.
  const caution = 1 + 2 / Math.sqrt(sorted.length);
  // A normal spread around the middle of the differences, but no less than nineteen of twenty really differed by.
  const spread = caution * normal95 * deviationsPerMad * (sorted[sorted.length >> 1] ?? 0);
  const seen = sorted[Math.ceil(0.95 * sorted.length) - 1] ?? 0;
  return { relative: Math.max(assumed, spread, seen), learned: true };
}

/** Two medians with their doubt, `caution` times as wide as for one comparison. */
export function compared(
  run: Spread,
  other: Spread,
  noise: number,
  caution = 1,
): {
  readonly kind: 'faster' | 'slower' | 'same';
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
} {
  const shift = Math.log(run.median / other.median);
  // Half-widths of independent intervals add by squares.
  const doubt = caution * Math.hypot(errorOf(run), errorOf(other), noise);
  const kind = Math.abs(shift) <= doubt ? 'same' : shift < 0 ? 'faster' : 'slower';
  return { kind, ratio: Math.exp(shift), low: Math.exp(shift - doubt), high: Math.exp(shift + doubt) };
}

/** How `run` compares with the earlier `other`; undefined where they ran on different devices. */
export function changeBetween(
  run: Timed,
  other: Timed,
  noise: Noise,
  against: 'last' | 'baseline' = 'last',
): Change | undefined {
  if (!sameDevice(run.device, other.device)) return undefined;
  const { kind, ratio, low, high } = compared(run, other, noise.relative);
  const change = {
    kind: sameLaunch(run.launch, other.launch) ? kind : ('otherLaunch' as const),
    id: other.id,
    at: other.at,
    median: other.median,
    ratio,
    low,
    high,
    noise: noise.learned ? 'learned' : 'assumed',
  } as const;
  const mark = changeMark(change);
  return { ...change, text: changeText(change, against), ...(mark !== undefined && { mark }) };
}

function errorOf({ relativeError, launches }: Spread): number {
  return launches < fewestLaunches ? Math.max(relativeError, fewLaunchesError) : relativeError;
}
