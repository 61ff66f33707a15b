/** Whether a plan's buffers can fit a device at all. Pure. */
import * as l10n from '@vscode/l10n';
import { bytes, type GpuDevice, type LaunchPlan, type PlannedArgument } from '../../../../protocol/src';

interface Share {
  readonly name: string;
  readonly bytes: number;
}

/** The sentence that says why not, with the sum; undefined when the device has the memory. What others hold is not known yet. */
export function tooLarge(plan: LaunchPlan, device: GpuDevice): string | undefined {
  const shares = [...plan.arguments, ...(plan.globals ?? [])].flatMap(sharesOf);
  const total = shares.reduce((sum, share) => sum + share.bytes, 0);
  if (total <= device.memory) return undefined;
  const parts = [...shares].sort((a, b) => b.bytes - a.bytes).map((share) => `${share.name} ${bytes(share.bytes)}`);
  const shown = parts.length > 6 ? [...parts.slice(0, 5), l10n.t('{0} more', parts.length - 5)] : parts;
  return l10n.t(
    "The plan's buffers take {0} ({1}), and {2} has {3}. Make the sizes smaller.",
    bytes(total),
    shown.join(' + '),
    device.name,
    bytes(device.memory),
  );
}

function sharesOf(argument: PlannedArgument): Share[] {
  switch (argument.kind) {
    case 'buffer':
      return [{ name: argument.name, bytes: argument.count * argument.element.bytes }];
    case 'pointers':
      return [{ name: argument.name, bytes: argument.pointers * (8 + argument.count * argument.element.bytes) }];
    case 'struct':
      return argument.members.flatMap(({ value }) =>
        sharesOf(value).map((share) => ({ ...share, name: `${argument.name}.${share.name}` })),
      );
    case 'scalar':
    case 'opaque':
      return [];
  }
}
