/** One launch of a built kernel, as the processes that call the driver are told of it. */
import type { Dim3, GlobalVariable, LaunchPlan, PlannedArgument } from '../../../../protocol/src';

export interface DeviceLaunch {
  /** Driver's index of the device. */
  readonly device: number;
  /** The kernel's name in the cubin. */
  readonly symbol: string;
  readonly grid: Dim3;
  readonly block: Dim3;
  readonly sharedBytes: number;
  readonly cooperative: boolean;
  /** Blocks of a cluster. */
  readonly cluster?: Dim3;
  readonly arguments: readonly PlannedArgument[];
  readonly globals?: readonly GlobalVariable[];
}

export function deviceLaunch(plan: LaunchPlan, device: number, symbol: string): DeviceLaunch {
  const { grid, block, sharedBytes, cluster, globals } = plan;
  return {
    device,
    symbol,
    grid,
    block,
    sharedBytes,
    cooperative: plan.cooperative ?? false,
    ...(cluster === undefined ? {} : { cluster }),
    arguments: plan.arguments,
    ...(globals === undefined ? {} : { globals }),
  };
}
