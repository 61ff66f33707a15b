/** The devices of this machine, as the driver lists them. */
import * as l10n from '@vscode/l10n';
import type { GpuDevice } from '../../../../../protocol/src';
import { peakFlops } from '../peaks';
import type { DeviceLimits } from '../messages';
import type { Nvml } from './nvml';
import { NoDriver, result, type Driver } from './driver';

/** What `cuInit` says when no kernel can run, in words that help. */
const initReasons = (): Readonly<Record<string, string>> => ({
  CUDA_ERROR_NO_DEVICE: l10n.t(
    'The NVIDIA driver is installed but sees no GPU. Check nvidia-smi, and that CUDA_VISIBLE_DEVICES does not hide it.',
  ),
  CUDA_ERROR_SYSTEM_DRIVER_MISMATCH: l10n.t(
    'The NVIDIA driver library does not match the loaded kernel module. Restart the machine after a driver update.',
  ),
  CUDA_ERROR_OPERATING_SYSTEM: l10n.t(
    'The operating system refused the NVIDIA driver. Check the permissions of /dev/nvidia* and that your user may use the GPU.',
  ),
  CUDA_ERROR_NOT_PERMITTED: l10n.t('This user may not use the GPU. Check the permissions of /dev/nvidia*.'),
  CUDA_ERROR_SYSTEM_NOT_READY: l10n.t(
    'The GPU is not ready. On machines with NVSwitch, check that nvidia-fabricmanager runs.',
  ),
  CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE: l10n.t(
    'The CUDA compatibility library in use does not support this GPU. Remove it from LD_LIBRARY_PATH or update the driver.',
  ),
  CUDA_ERROR_STUB_LIBRARY: l10n.t(
    'The library libcuda.so.1 that was found is the stub of the toolkit, not a driver. Install the NVIDIA driver, or fix LD_LIBRARY_PATH.',
  ),
});

/** Initialises the driver; throws `NoDriver` with a sentence for the user. */
export function initialize(driver: Driver): void {
  const code = driver.raw.cuInit(0);
  if (code === result.success) return;
  const name = driver.errorName(code);
  throw new NoDriver(
    initReasons()[name] ?? l10n.t('The NVIDIA driver could not start ({0}, {1}). Check nvidia-smi.', name, code),
  );
}

export function listDevices(driver: Driver, nvml: Nvml | undefined): GpuDevice[] {
  const count = driver.int('cuDeviceGetCount');
  const driverVersion = cudaOfDriver(driver);
  return Array.from({ length: count }, (_, index) => describe(driver, nvml, index, driverVersion));
}

function describe(driver: Driver, nvml: Nvml | undefined, index: number, driverVersion: string): GpuDevice {
  const device = driver.int('cuDeviceGet', index);
  const name = Buffer.alloc(256);
  driver.call('cuDeviceGetName', name, 256, device);
  // Two transfers a clock: the driver tells the clock of the command lines.
  const peak =
    (2 * 1000 * driver.attributeOr0('memoryClockKilohertz', device) * driver.attributeOr0('memoryBusBits', device)) / 8;
  const text = name.toString('utf8', 0, name.indexOf(0));
  const uuid = uuidOf(driver, nvml, device, text);
  const computeCapability = `${driver.attribute('computeMajor', device)}.${driver.attribute('computeMinor', device)}`;
  const multiprocessors = driver.attribute('multiprocessors', device);
  const maxClock = driver.attributeOr0('clockKilohertz', device) / 1000;
  const flops = peakFlops(computeCapability, multiprocessors, maxClock);
  return {
    kind: 'gpu',
    name: text,
    index,
    computeCapability,
    driverVersion,
    multiprocessors,
    memory: Number(driver.handle('cuDeviceTotalMem', device)),
    ...(uuid === undefined ? {} : { uuid }),
    ...(maxClock > 0 ? { maxClock } : {}),
    ...(flops === undefined ? {} : { peakFlops: flops }),
    ...(peak > 0 ? { peakBandwidth: peak } : {}),
  };
}

/**
 * As nvidia-smi writes it. The driver does not say whether the device is a whole GPU or a part of one; NVML knows, and
 * else the name tells: `NVIDIA A100-SXM4-40GB MIG 1g.5gb`.
 */
export function uuidOf(driver: Driver, nvml: Nvml | undefined, device: number, name = ''): string | undefined {
  const bytes = Buffer.alloc(16);
  if (driver.cuDeviceGetUuid?.(bytes, device) !== result.success) return undefined;
  const text = bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return (
    ['GPU-', 'MIG-'].map((kind) => kind + text).find((uuid) => nvml?.knows(uuid)) ??
    (/ MIG \d+[cg]\./.test(name) ? 'MIG-' : 'GPU-') + text
  );
}

export function limitsOf(driver: Driver, device: number): DeviceLimits {
  return {
    maxThreadsPerBlock: driver.attribute('maxThreadsPerBlock', device),
    maxThreadsPerMultiprocessor: driver.attribute('maxThreadsPerMultiprocessor', device),
    maxBlocksPerMultiprocessor: driver.attributeOr0('maxBlocksPerMultiprocessor', device),
    registersPerMultiprocessor: driver.attribute('registersPerMultiprocessor', device),
    sharedPerMultiprocessor: driver.attribute('sharedPerMultiprocessor', device),
    reservedSharedPerBlock: driver.attributeOr0('reservedSharedPerBlock', device),
    warpSize: driver.attribute('warpSize', device),
  };
}

/** The newest CUDA that the driver supports: `13.0`. */
function cudaOfDriver(driver: Driver): string {
  const version = driver.int('cuDriverGetVersion');
  return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
}
