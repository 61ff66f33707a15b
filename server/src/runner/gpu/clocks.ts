/** What NVML's readings during a measurement amount to. Pure. */
import * as l10n from '@vscode/l10n';
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

function words(reason: ThrottleReason): string {
  switch (reason) {
    case 'applicationClocks':
      return l10n.t('clocks set by an administrator');
    case 'powerCap':
      return l10n.t('its power limit');
    case 'hardwareSlowdown':
      return l10n.t('a hardware slowdown');
    case 'syncBoost':
      return l10n.t('a group of GPUs held to one clock');
    case 'thermal':
      return l10n.t('its temperature');
    case 'hardwareThermal':
      return l10n.t('its temperature (hardware protection)');
    case 'powerBrake':
      return l10n.t('an external power brake');
  }
}

/** Less than this part of the clock is what boost clocks do anyway. */
const worthSaying = 0.03;

/** Sentences about clocks that were held down, or moved while the samples were taken. */
export function clockNotes(clocks: ClockState): string[] {
  const { median, min, max, limit, throttled } = clocks;
  const notes: string[] = [];
  const reasons = throttled.map((reason) => words(reason)).join(', ');
  const low = limit !== undefined && median < (1 - worthSaying) * limit;
  if (low) {
    notes.push(
      reasons === ''
        ? l10n.t(
            'The multiprocessors ran at {0} of at most {1} MHz. A cooler or idler GPU may be faster.',
            median,
            limit,
          )
        : l10n.t(
            'The multiprocessors ran at {0} of at most {1} MHz, held down by {2}. A cooler or idler GPU may be faster.',
            median,
            limit,
            reasons,
          ),
    );
  } else if (throttled.some((reason) => reason !== 'applicationClocks')) {
    notes.push(l10n.t('The clocks were held down for a while by {0}.', reasons));
  }
  if (max - min > 2 * worthSaying * median) {
    notes.push(
      l10n.t('The clock moved from {0} to {1} MHz during the measurement, so runs will differ by as much.', min, max),
    );
  }
  return notes;
}
