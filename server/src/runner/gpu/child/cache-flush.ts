/** Empties the GPU's second-level cache of the measured kernel's data. */
import { deviceAttribute, result, type Driver } from './driver';
import { readAllBlock, readAllVector } from './helpers';

/** Reading a small buffer ends before the next launches are enqueued, and then the GPU idles inside the sample. */
const smallestFlush = 64 * 2 ** 20;

export interface CacheFlush {
  enqueue(stream: bigint): void;
  /** Kernels that this launches. */
  readonly kernels: number;
}

/** One a device and context; its buffer stays for later runs. Undefined where the device has no room for it. */
export function createCacheFlush(driver: Driver, device: number, kernel: bigint | undefined): CacheFlush | undefined {
  const l2 = Buffer.alloc(4);
  driver.raw.cuDeviceGetAttribute(l2, deviceAttribute.l2CacheBytes, device);
  const bytes = Math.max(2 * l2.readInt32LE(), smallestFlush);
  const out = Buffer.alloc(8);
  if (driver.raw.cuMemAlloc(out, bytes) !== result.success) return undefined;
  const base = out.readBigUInt64LE();
  driver.call('cuMemsetD8Async', base, 0, bytes, null);
  // No compiler for PTX in this driver: writing flushes as well, if less gently.
  if (kernel === undefined) {
    return { kernels: 0, enqueue: (stream) => driver.call('cuMemsetD8Async', base, 0, bytes, stream) };
  }

  const vectors = bytes / readAllVector;
  const blocks = Math.ceil(vectors / readAllBlock);
  const memory = driver.koffi.alloc('uint8_t', 32);
  const view = new DataView(driver.koffi.view(memory, 32));
  view.setBigUint64(0, memory + 16n, true);
  view.setBigUint64(8, memory + 24n, true);
  view.setBigUint64(16, base, true);
  view.setBigUint64(24, BigInt(Math.floor(vectors)), true);
  return {
    kernels: 1,
    enqueue: (stream) =>
      driver.call('cuLaunchKernel', kernel, blocks, 1, 1, readAllBlock, 1, 1, 0, stream, memory, null),
  };
}
