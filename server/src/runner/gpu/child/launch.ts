/** From a loaded kernel and its plan to a function that launches it. Shared by the runner and the one-shot runner. */
import * as l10n from '@vscode/l10n';
import type { Dim3 } from '../../../../../protocol/src/plan';
import { plannedMemory } from '../../planned-memory';
import type { DeviceLaunch } from '../device-launch';
import { DriverError, functionAttribute, PlanMismatch, result, type Driver } from './driver';
import { globalAddresses } from './globals';
import { DeviceMemory } from './memory';
import { encodeParameters } from './parameters';

export type PlannedLaunch = Omit<DeviceLaunch, 'device' | 'symbol'>;

export interface Loaded {
  readonly driver: Driver;
  readonly stream: bigint;
  readonly module: bigint;
  readonly image: Uint8Array;
  readonly kernel: bigint;
}

export interface Materialized {
  readonly memory: DeviceMemory;
  /** Address of the array of pointers to the arguments. */
  readonly parameters: bigint;
  readonly free: () => void;
}

/** Dynamic shared memory above this is granted only to a kernel that asks for it. */
const sharedWithoutAsking = 48 * 1024;
/** Blocks of a cluster that every GPU with clusters can hold. */
const portableCluster = 8;

/** Allocates and fills everything the plan names. What is not freed by its failing goes with `free`. */
export function materialize(
  { driver, stream, module, image, kernel }: Loaded,
  plan: PlannedLaunch,
  { guards }: { readonly guards: boolean },
): Materialized {
  const memory = new DeviceMemory(driver, stream, guards);
  try {
    const globals = globalAddresses(driver, module, image, plan.globals ?? []);
    memory.createBuffers(plannedMemory(plan), globals);
    const parameters = encodeParameters(driver, kernel, plan.arguments, memory);
    const free = () => {
      parameters.free();
      memory.free();
    };
    return { memory, parameters: parameters.pointers, free };
  } catch (error) {
    memory.free();
    throw error;
  }
}

/** Grants the kernel what the plan needs, and returns what launches it once. */
export function launcherOf(
  { driver, stream, kernel }: Loaded,
  plan: PlannedLaunch,
  parameters: bigint,
): { readonly launch: () => void; readonly free: () => void } {
  if (plan.sharedBytes > sharedWithoutAsking - driver.functionAttribute('staticSharedBytes', kernel)) {
    driver.call('cuFuncSetAttribute', kernel, functionAttribute.maxDynamicSharedBytes, plan.sharedBytes);
  }
  if (plan.cluster !== undefined) return clusterLauncher(driver, stream, kernel, plan, plan.cluster, parameters);
  const shape = [kernel, ...plan.grid, ...plan.block, plan.sharedBytes, stream, parameters] as const;
  const launch = plan.cooperative
    ? () => driver.call('cuLaunchCooperativeKernel', ...shape)
    : () => driver.call('cuLaunchKernel', ...shape, null);
  return { launch, free: () => {} };
}

/** Bytes of `CUlaunchConfig` and of one `CUlaunchAttribute`, whose value begins at byte 8. */
const configBytes = 56;
const attributeBytes = 72;
/** `CU_LAUNCH_ATTRIBUTE_…` */
const launchAttribute = { cooperative: 2, clusterDimension: 4 } as const;

function clusterLauncher(
  driver: Driver,
  stream: bigint,
  kernel: bigint,
  plan: PlannedLaunch,
  cluster: Dim3,
  parameters: bigint,
) {
  const launchEx = driver.cuLaunchKernelEx;
  if (launchEx === undefined) {
    const detail = l10n.t('Thread block clusters need a driver for CUDA 11.8 or newer.');
    throw new DriverError(801, 'cuLaunchKernelEx', 'CUDA_ERROR_NOT_SUPPORTED', detail);
  }
  if (plan.grid.some((blocks, axis) => blocks % (cluster[axis] ?? 1) !== 0)) {
    throw new PlanMismatch(
      l10n.t('A grid of {0} blocks cannot be cut into clusters of {1}.', plan.grid.join(' × '), cluster.join(' × ')),
    );
  }
  const blocks = cluster[0] * cluster[1] * cluster[2];
  if (blocks > portableCluster) driver.call('cuFuncSetAttribute', kernel, functionAttribute.nonPortableCluster, 1);

  const attributes = [
    { id: launchAttribute.clusterDimension, values: cluster as readonly number[] },
    ...(plan.cooperative ? [{ id: launchAttribute.cooperative, values: [1] }] : []),
  ];
  const bytes = configBytes + attributes.length * attributeBytes;
  const base = driver.koffi.alloc('uint8_t', bytes);
  const native = driver.koffi.view(base, bytes);
  new Uint8Array(native).fill(0);
  const view = new DataView(native);
  [...plan.grid, ...plan.block, plan.sharedBytes].forEach((value, index) => view.setUint32(4 * index, value, true));
  view.setBigUint64(32, stream, true);
  view.setBigUint64(40, base + BigInt(configBytes), true);
  view.setUint32(48, attributes.length, true);
  attributes.forEach(({ id, values }, index) => {
    const at = configBytes + index * attributeBytes;
    view.setUint32(at, id, true);
    values.forEach((value, position) => view.setUint32(at + 8 + 4 * position, value, true));
  });
  const launch = () => {
    const code = launchEx(base, kernel, parameters, null);
    if (code === result.success) return;
    throw driver.error(
      code,
      'cuLaunchKernelEx',
      l10n.t('The launch asked for clusters of {0} blocks.', cluster.join(' × ')),
    );
  };
  return { launch, free: () => driver.koffi.free(base) };
}
