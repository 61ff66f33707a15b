/** Device memory of a run: allocated, filled, guarded, kept for restoring, freed. */
import * as l10n from '@vscode/l10n';
import { scalarBytes } from '../../../../../protocol/src/plan';
import type { PlannedMemory } from '../../planned-memory';
import { fillPattern, randomPeriod } from '../../scalars';
import { DriverError, result, type Driver } from './driver';

/** Memory of the plan, where it lies on the device. */
export interface DeviceBuffer {
  readonly planned: PlannedMemory;
  /** In the order of `plannedMemory`. */
  readonly number: number;
  readonly address: bigint;
  readonly bytes: number;
  /** Whether guard zones lie before and behind it. */
  readonly guarded: boolean;
  /** A copy of the initial contents, for buffers that the kernel may write and read. */
  backup?: bigint;
}

/** Damage in a guard zone: the byte nearest to the buffer, from the buffer's start, and how many bytes are changed. */
export interface Damage {
  readonly buffer: DeviceBuffer;
  readonly side: 'before' | 'after';
  readonly byte: number;
  readonly bytes: number;
}

/** Bytes before and behind each buffer; a multiple of what any type is aligned to. */
export const guardBytes = 4096;
/** Bytes of addresses that belong to nobody behind each buffer, for a memory checker: as far as an index may overrun unseen. */
const gapBytes = 32 * 2 ** 20;
/** NaN in every floating-point type, so that reading outside of a buffer shows; of integers, a number nobody writes. */
const guardPattern = new Uint8Array(new Uint16Array(guardBytes / 2).fill(0xfffb).buffer);

export class DeviceMemory {
  readonly buffers: DeviceBuffer[] = [];
  readonly #allocated: bigint[] = [];

  constructor(
    private readonly driver: Driver,
    private readonly stream: bigint,
    /** A memory checker finds more without guard zones. */
    private readonly guards: boolean,
  ) {}

  allocate(bytes: number): bigint {
    const address = this.driver.handle('cuMemAlloc', Math.max(bytes, 1));
    this.#allocated.push(address);
    return address;
  }

  /**
   * Allocates and fills what the plan names; variables lie where `globals` says, and those that the module does not have
   * are left out. Throws a `DriverError` that tells the sizes when the device has no room.
   */
  createBuffers(planned: readonly PlannedMemory[], globals: ReadonlyMap<number, bigint>): void {
    const total = planned.reduce((sum, { bytes, place }) => sum + (place.kind === 'global' ? 0 : bytes), 0);
    const free = this.#freeBytes();
    if (total > free) throw this.#outOfMemory(total, free);
    const gaps = !this.guards && free - total > 2 * planned.length * gapBytes ? new Gaps(this.driver) : undefined;
    try {
      planned.forEach((memory, number) => {
        const { place, bytes } = memory;
        const variable = place.kind === 'global' ? globals.get(place.global) : undefined;
        if (place.kind === 'global' && variable === undefined) return;
        const guarded = variable === undefined && this.guards;
        const address = variable ?? (guarded ? this.#allocateGuarded(bytes) : this.allocate(bytes));
        const buffer = { planned: memory, number, address, bytes, guarded };
        gaps?.add();
        this.#fill(buffer);
        this.buffers.push(buffer);
      });
    } catch (error) {
      if (error instanceof DriverError && error.errorName === 'CUDA_ERROR_OUT_OF_MEMORY')
        throw this.#outOfMemory(total, free);
      throw error;
    } finally {
      gaps?.open();
    }
  }

  /**
   * Keeps copies of what the kernel both reads and writes, so that every launch sees the same input (a counter that one
   * launch leaves high would send the next out of bounds). False where the device has no room for them.
   */
  keepBackups(): boolean {
    const changing = this.buffers.filter(({ planned }) => planned.written && planned.access !== 'write');
    const bytes = changing.reduce((sum, buffer) => sum + buffer.bytes, 0);
    if (bytes > 0.8 * this.#freeBytes()) return false;
    for (const buffer of changing) {
      buffer.backup = this.allocate(buffer.bytes);
      this.driver.call('cuMemcpyDtoDAsync', buffer.backup, buffer.address, buffer.bytes, this.stream);
    }
    return true;
  }

  restore(): void {
    for (const { address, bytes, backup } of this.buffers) {
      if (backup !== undefined) this.driver.call('cuMemcpyDtoDAsync', address, backup, bytes, this.stream);
    }
  }

  /** What is no longer as it was in the guard zones. The device must be idle. */
  damage(): Damage[] {
    const zone = new Uint8Array(guardBytes);
    return this.buffers.flatMap((buffer): Damage[] => {
      if (!buffer.guarded) return [];
      const read = (address: bigint): number[] => {
        this.driver.call('cuMemcpyDtoH', zone, address, guardBytes);
        return [...zone.keys()].filter((index) => zone[index] !== guardPattern[index]);
      };
      const before = read(buffer.address - BigInt(guardBytes));
      const after = read(buffer.address + BigInt(buffer.bytes));
      const last = before[before.length - 1];
      return [
        ...(last === undefined
          ? []
          : [{ buffer, side: 'before' as const, byte: last - guardBytes, bytes: before.length }]),
        ...(after[0] === undefined
          ? []
          : [{ buffer, side: 'after' as const, byte: buffer.bytes + after[0], bytes: after.length }]),
      ];
    });
  }

  free(): void {
    for (const address of this.#allocated.splice(0)) this.driver.raw.cuMemFree(address);
  }

  #allocateGuarded(bytes: number): bigint {
    const address = this.allocate(bytes + 2 * guardBytes) + BigInt(guardBytes);
    this.driver.call('cuMemcpyHtoD', address - BigInt(guardBytes), guardPattern, guardBytes);
    this.driver.call('cuMemcpyHtoD', address + BigInt(bytes), guardPattern, guardBytes);
    return address;
  }

  #freeBytes(): number {
    const total = Buffer.alloc(8);
    return Number(this.driver.handle('cuMemGetInfo', total));
  }

  #outOfMemory(total: number, free: number): DriverError {
    const detail = l10n.t("The plan's buffers take {0}; {1} are free on the GPU.", gibibytes(total), gibibytes(free));
    return new DriverError(2, 'cuMemAlloc', 'CUDA_ERROR_OUT_OF_MEMORY', detail);
  }

  #fill({ planned: { element, fill }, address, bytes, number }: DeviceBuffer): void {
    if (fill.kind === 'constant' && Object.is(fill.value, 0)) {
      this.driver.call('cuMemsetD8Async', address, 0, bytes, this.stream);
      return;
    }
    const width = scalarBytes[element.scalar];
    const scalars = Math.floor(bytes / width);
    const upload = (start: number) => {
      const pattern = fillPattern(element.scalar, fill, start, Math.min(randomPeriod, scalars - start), number);
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

/** Memory between buffers, given back before the launch: a checker then tells an overrun from an access to the next buffer. */
class Gaps {
  readonly #held: bigint[] = [];

  constructor(private readonly driver: Driver) {}

  /** A device that has no room for one goes without. */
  add(): void {
    const out = Buffer.alloc(8);
    if (this.driver.raw.cuMemAlloc(out, gapBytes) === result.success) this.#held.push(out.readBigUInt64LE());
  }

  open(): void {
    for (const address of this.#held.splice(0)) this.driver.raw.cuMemFree(address);
  }
}

function gibibytes(bytes: number): string {
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
