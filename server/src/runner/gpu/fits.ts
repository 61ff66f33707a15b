/** Whether a plan's buffers can fit a device at all. Pure. */
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
  const shown = parts.length > 6 ? [...parts.slice(0, 5), `${parts.length - 5} more`] : parts;
  return `The plan's buffers take ${bytes(total)} (${shown.join(' + ')}), and ${device.name} has ${bytes(device.memory)}. Make the sizes smaller.`;
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
