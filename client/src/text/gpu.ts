/** What NVML says of a GPU, in words: beside its name where one is chosen, and in the status. Pure. */
import { bytes } from '../../../protocol/src/format';
import type { GpuState } from '../../../protocol/src/gpus';
import type { Localizer } from './format';

/** A display and an idle program need less. */
const busyPercent = 10;

/** `79.2 GiB of 79.6 GiB free · 3 % busy · 45 °C`. `memory`: the device's own, where NVML does not tell. */
export function gpuFacts(state: GpuState, memory: number, l10n: Localizer): string[] {
  const { memoryFree, memoryTotal = memory, utilization, temperature } = state;
  return [
    memoryFree === undefined ? bytes(memoryTotal) : l10n.t('{0} of {1} free', bytes(memoryFree), bytes(memoryTotal)),
    ...(utilization === undefined ? [] : [l10n.t('{0} % busy', utilization)]),
    ...(temperature === undefined ? [] : [`${temperature} °C`]),
  ];
}

/** What makes its times doubtful, or a run impossible. */
export function gpuWarnings({ mig, utilization = 0, computeMode }: GpuState, l10n: Localizer): string[] {
  return [
    ...(mig === true ? [l10n.t('MIG: a part of the GPU, its clocks and bandwidth are shared')] : []),
    ...(utilization > busyPercent ? [l10n.t('another program computes on it, so times will vary')] : []),
    ...(computeMode === 'prohibited' ? [l10n.t('its compute mode prohibits kernels')] : []),
  ];
}
