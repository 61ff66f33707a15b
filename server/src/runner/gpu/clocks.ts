/** What NVML's readings during a measurement amount to. Pure. */
import type { ClockState, ThrottleReason } from '../../../../protocol/src';
import type { ClockReading, GpuState } from './messages';

/** Bits of `nvmlClocksEventReasons`. Idle, which a GPU between two batches is, and display settings are left out. */
const reasonBits: Readonly<Record<ThrottleReason, number>> = {
  applicationClocks: 0x2,
  powerCap: 0x4,
  hardwareSlowdown: 0x8,
  syncBoost: 0x10,
  thermal: 0x20,
  hardwareThermal: 0x40,
  powerBrake: 0x80,
};

/** Undefined without readings. */
export function clockState(readings: readonly ClockReading[], state: GpuState): ClockState | undefined {
  const sorted = readings.map(({ multiprocessor }) => multiprocessor).sort((a, b) => a - b);
  const [min, median, max] = [sorted[0], sorted[sorted.length >> 1], sorted[sorted.length - 1]];
  if (min === undefined || median === undefined || max === undefined) return undefined;
  const memory = readings[readings.length >> 1]?.memory;
  // The mask is a number of 64 bits; those in use are the low ones.
  const mask = readings.reduce((all, { reasons }) => all | (reasons % 2 ** 31), 0);
  const throttled = (Object.keys(reasonBits) as ThrottleReason[]).filter((reason) => (mask & reasonBits[reason]) !== 0);
  return {
    median,
    min,
    max,
    throttled,
    ...(state.maxClock === undefined ? {} : { limit: state.maxClock }),
    ...(memory === undefined ? {} : { memory }),
    ...(state.maxMemoryClock === undefined ? {} : { memoryLimit: state.maxMemoryClock }),
    ...(state.temperature === undefined ? {} : { temperature: state.temperature }),
    ...(state.power === undefined ? {} : { power: state.power }),
  };
}

const words: Readonly<Record<ThrottleReason, string>> = {
  applicationClocks: 'clocks set by an administrator',
  powerCap: 'its power limit',
  hardwareSlowdown: 'a hardware slowdown',
  syncBoost: 'a group of GPUs held to one clock',
  thermal: 'its temperature',
  hardwareThermal: 'its temperature (hardware protection)',
  powerBrake: 'an external power brake',
};

/** Less than this part of the clock is what boost clocks do anyway. */
const worthSaying = 0.03;

/** Sentences about clocks that were held down, or moved while the samples were taken. */
export function clockNotes(clocks: ClockState): string[] {
  const { median, min, max, limit, throttled } = clocks;
  const notes: string[] = [];
  const reasons = throttled.map((reason) => words[reason]).join(' and ');
  const low = limit !== undefined && median < (1 - worthSaying) * limit;
  if (low) {
    const why = reasons === '' ? '' : `, held down by ${reasons}`;
    notes.push(
      `The multiprocessors ran at ${median} of at most ${limit} MHz${why}. A cooler or idler GPU may be faster.`,
    );
  } else if (throttled.some((reason) => reason !== 'applicationClocks')) {
    notes.push(`The clocks were held down for a while by ${reasons}.`);
  }
  if (max - min > 2 * worthSaying * median) {
    notes.push(`The clock moved from ${min} to ${max} MHz during the measurement, so runs will differ by as much.`);
  }
  return notes;
}
