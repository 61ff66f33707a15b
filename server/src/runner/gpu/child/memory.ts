/** Device buffers of a run: allocated, filled, kept for restoring, freed. */
import { scalarBytes, type BufferArgument } from '../../../../../protocol/src/plan';
import { DriverError, type Driver } from './driver';
import { fillPattern, randomPeriod } from '../../scalars';

export interface DeviceBuffer {
  readonly address: bigint;
  readonly bytes: number;
  /** A copy of the initial contents, for buffers that the kernel may write and read. */
  readonly backup?: bigint;
}

export class DeviceMemory {
  readonly #allocated: bigint[] = [];

  constructor(
    private readonly driver: Driver,
    private readonly stream: bigint,
  ) {}

  allocate(bytes: number): bigint {
    const address = this.driver.handle('cuMemAlloc', Math.max(bytes, 1));
    this.#allocated.push(address);
    return address;
  }

  /** Throws a `DriverError` that tells the sizes when the device has no room. */
  createBuffers(planned: readonly BufferArgument[]): Map<BufferArgument, DeviceBuffer> {
    const total = planned.reduce((sum, buffer) => sum + sizeOf(buffer), 0);
    const free = this.#freeBytes();
    if (total > free) throw this.#outOfMemory(total, free);
    const buffers = new Map<BufferArgument, DeviceBuffer>();
    try {
      planned.forEach((argument, index) => {
        const bytes = sizeOf(argument);
        const address = this.allocate(bytes);
        this.#fill(address, argument, index);
        buffers.set(argument, { address, bytes });
      });
    } catch (error) {
      if (error instanceof DriverError && error.errorName === 'CUDA_ERROR_OUT_OF_MEMORY')
        throw this.#outOfMemory(total, free);
      throw error;
    }
    return buffers;
  }

  /**
   * Keeps copies of what the kernel both reads and writes, so that every launch sees the same input (a counter that one
   * launch leaves high would send the next out of bounds). False where the device has no room for them.
   */
  keepBackups(buffers: Map<BufferArgument, DeviceBuffer>): boolean {
    const changing = [...buffers].filter(([{ access }]) => access === 'readwrite' || access === 'unknown');
    const bytes = changing.reduce((sum, [, buffer]) => sum + buffer.bytes, 0);
    if (bytes > 0.8 * this.#freeBytes()) return false;
    for (const [argument, buffer] of changing) {
      const backup = this.allocate(buffer.bytes);
      this.driver.call('cuMemcpyDtoDAsync', backup, buffer.address, buffer.bytes, this.stream);
      buffers.set(argument, { ...buffer, backup });
    }
    return true;
  }

  restore(buffers: Iterable<DeviceBuffer>): void {
    for (const { address, bytes, backup } of buffers) {
      if (backup !== undefined) this.driver.call('cuMemcpyDtoDAsync', address, backup, bytes, this.stream);
    }
  }

  free(): void {
    for (const address of this.#allocated.splice(0)) this.driver.raw.cuMemFree(address);
  }

  #freeBytes(): number {
    const total = Buffer.alloc(8);
    return Number(this.driver.handle('cuMemGetInfo', total));
  }

  #outOfMemory(total: number, free: number): DriverError {
    const detail = `The plan's buffers take ${gibibytes(total)}; ${gibibytes(free)} are free on the GPU.`;
    return new DriverError(2, 'cuMemAlloc', 'CUDA_ERROR_OUT_OF_MEMORY', detail);
  }

  #fill(address: bigint, argument: BufferArgument, seed: number): void {
    const { element, fill } = argument;
    const bytes = sizeOf(argument);
    if (fill.kind === 'constant' && fill.value === 0) {
      this.driver.call('cuMemsetD8Async', address, 0, bytes, this.stream);
      return;
    }
    const width = scalarBytes[element.scalar];
    const scalars = Math.floor(bytes / width);
    const upload = (start: number) => {
      const pattern = fillPattern(element.scalar, fill, start, Math.min(randomPeriod, scalars - start), seed);
      this.driver.call('cuMemcpyHtoD', address + BigInt(start * width), pattern, pattern.byteLength);
      return pattern.byteLength;
    };
    if (fill.kind === 'ramp') {
      for (let start = 0; start < scalars; start += randomPeriod) upload(start);
      return;
    }
    // Copies on the device take no time to speak of.
    for (let filled = upload(0), end = scalars * width; filled < end;) {
      const next = Math.min(filled, end - filled);
      this.driver.call('cuMemcpyDtoDAsync', address + BigInt(filled), address, next, this.stream);
      filled += next;
    }
  }
}

function sizeOf({ element, count }: BufferArgument): number {
  return element.bytes * count;
}

function gibibytes(bytes: number): string {
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
