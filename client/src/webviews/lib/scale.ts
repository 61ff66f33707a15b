/** Axes of charts: numbers to places, and the ticks people expect. Pure. */

export interface Scale {
  /** Place along the axis, 0…1. */
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Steps that are easily counted in. */
const steps = [1, 2, 5, 10] as const;

/** Around the values, and zero where that costs little room: what is drawn as a length must begin at zero. */
export function linearScale(values: readonly number[], count = 5, fromZero = false): Scale {
  let [low, high] = extentOf(values);
  if (fromZero) low = Math.min(0, low);
  const slack = high > low ? (high - low) * 0.06 : Math.abs(high) * 0.05 || 1;
  high += slack;
  low = low >= 0 && low - slack < 0 ? 0 : low - (fromZero && low === 0 ? 0 : slack);
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (steps.find((candidate) => candidate * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step);
  const ticks: number[] = [];
  for (let i = first; i * step <= high + step * 1e-9; i++) ticks.push(Number((i * step).toPrecision(12)));
  return { at: (value) => (value - low) / (high - low), ticks };
}

/** Values must be positive. Ticks are powers of `base`; within less than two of them, their easy parts as well. */
export function logScale(values: readonly number[], base: 2 | 10 = 10, count = 8): Scale {
  const [low, high] = extentOf(values.filter((value) => value > 0));
  const log = (value: number) => Math.log(value) / Math.log(base);
  const slack = Math.max((log(high) - log(low)) * 0.04, 0.02);
  const [from, to] = [log(low) - slack, log(high) + slack];
  const ticks: number[] = [];
  const stride = Math.max(1, Math.ceil((to - from) / count));
  for (let power = Math.ceil(from / stride) * stride; power <= to; power += stride) ticks.push(base ** power);
  if (ticks.length < 3 && base === 10) {
    for (let power = Math.floor(from); power <= to; power++) {
      for (const step of [2, 5]) ticks.push(step * 10 ** power);
    }
  }
  const within = ticks.filter((tick) => log(tick) >= from && log(tick) <= to).sort((a, b) => a - b);
  // Everything between two ticks: the ends themselves are better than nothing.
  return {
    at: (value) => (log(value) - from) / (to - from),
    ticks: within.length >= 2 ? within : linearScale(values, 4).ticks.filter((tick) => tick > 0),
  };
}

/** Places in a row, each in the middle of its share. */
export function rowScale(length: number, count = 12): Scale {
  const stride = Math.max(1, Math.ceil(length / count));
  const ticks = Array.from({ length: Math.ceil(length / stride) }, (_, index) => index * stride);
  return { at: (index) => (index + 0.5) / Math.max(length, 1), ticks };
}

/** The ticks' own format, where each says as much as tells it from its neighbours: `1.4 µs`, `297.2 µs`. */
export function durationTicks({ ticks }: Scale): (microseconds: number) => string {
  const most = Math.max(...ticks, 0);
  const [unit, size] = most < 999.5 ? ['µs', 1] : most < 999_500 ? ['ms', 1e3] : ['s', 1e6];
  const exact = (digits: number) =>
    ticks.every((tick) => Math.abs(Number((tick / size).toFixed(digits)) - tick / size) < 1e-9 * (most / size));
  const digits = [0, 1, 2, 3, 4, 5].find(exact) ?? 6;
  return (value) => (value === 0 ? '0' : `${(value / size).toFixed(digits)} ${unit}`);
}

/** `10.0 µs` as `10 µs`: ticks are round numbers. */
export function round(text: string): string {
  return text.replace(/\.(\d*?)0+(?= )/, (_, digits: string) => (digits === '' ? '' : `.${digits}`));
}

function extentOf(values: readonly number[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [1, 1];
}
