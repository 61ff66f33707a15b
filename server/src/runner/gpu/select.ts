/** Which GPU a run takes. Pure. */
import * as l10n from '@vscode/l10n';
import type { GpuDevice } from '../../../../protocol/src';

export type GpuSelection = GpuDevice | { readonly reason: string };

/**
 * `auto` is the driver's first device, an index counts as the driver does, and anything else begins a UUID as
 * nvidia-smi -L prints it (`GPU-`, `MIG-` may be left out). A wish that fits no device is not silently another one's.
 */
export function selectGpu(devices: readonly GpuDevice[], wish: string): GpuSelection {
  const [first] = devices;
  if (first === undefined) {
    return { reason: l10n.t('The NVIDIA driver is installed but lists no GPU. Check nvidia-smi.') };
  }
  const text = wish.trim();
  if (text === '' || text === 'auto') return first;
  const names = devices.map(({ index, name }) => `${index} (${name})`).join(', ');
  if (/^\d{1,3}$/.test(text)) {
    return (
      devices.find(({ index }) => index === Number(text)) ?? {
        reason: l10n.t('The setting kernelLens.run.gpu asks for GPU {0}, but there are only: {1}.', text, names),
      }
    );
  }
  const prefix = withoutKind(text);
  const found = devices.filter(({ uuid }) => prefix !== '' && withoutKind(uuid ?? '').startsWith(prefix));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  // CUDA lists one part of a GPU that is split, unless it is told another.
  if (found.length === 0 && /^mig-/i.test(text)) {
    return {
      reason: l10n.t(
        'CUDA shows a program one MIG part of a GPU, and {0} is not the one: {1}. Start the editor with the environment variable CUDA_VISIBLE_DEVICES={0}, and set kernelLens.run.gpu to auto.',
        text,
        names,
      ),
    };
  }
  return {
    reason:
      found.length === 0
        ? l10n.t(
            "The setting kernelLens.run.gpu, {0}, is the beginning of no GPU's UUID. There are: {1}; nvidia-smi -L prints their UUIDs.",
            text,
            names,
          )
        : l10n.t(
            "The setting kernelLens.run.gpu, {0}, is the beginning of more than one GPU's UUID. There are: {1}; nvidia-smi -L prints their UUIDs.",
            text,
            names,
          ),
  };
}

function withoutKind(uuid: string): string {
  return uuid.toLowerCase().replace(/^(gpu|mig)-/, '');
}
