/** What NVML says of a GPU, in words: beside its name where one is chosen, and in the status. Pure. */
import { bytes } from '../../../protocol/src/format';
import type { GpuState } from '../../../protocol/src/gpus';
import type { Localizer } from './format';

/** A display and an idle program need less. */
const busyPercent = 10;

/** `79.2 of 79.6 GiB free`, `3 % busy`. `memory`: the device's own, where NVML does not tell. */
export function gpuFacts(state: GpuState, memory: number, l10n: Localizer): string[] {
  const { memoryFree, memoryTotal = memory, utilization } = state;
  const total = bytes(memoryTotal);
  return [
    memoryFree === undefined ? total : l10n.t('{0} of {1} free', withoutUnitOf(total, bytes(memoryFree)), total),
    ...(utilization === undefined ? [] : [l10n.t('{0} % busy', utilization)]),
  ];
}

/** A unit is said once. */
function withoutUnitOf(other: string, amount: string): string {
  const unit = / \S+$/.exec(other)?.[0] ?? '';
  return amount.endsWith(unit) ? amount.slice(0, amount.length - unit.length) : amount;
}

/** What makes its times doubtful, or a run impossible. */
export function gpuWarnings({ mig, utilization = 0, computeMode }: GpuState, l10n: Localizer): string[] {
  return [
    ...(mig === true ? [l10n.t('MIG: a part of the GPU, its clocks and bandwidth are shared')] : []),
    ...(utilization > busyPercent ? [l10n.t('another program computes on it, so times will vary')] : []),
    ...(computeMode === 'prohibited' ? [l10n.t('its compute mode prohibits kernels')] : []),
  ];
}
