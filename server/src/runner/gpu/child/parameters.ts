/** A kernel's arguments in native memory, as cuLaunchKernel reads them. */
import * as l10n from '@vscode/l10n';
import { scalarBytes, type PlannedArgument } from '../../../../../protocol/src/plan';
import { sizeMismatch } from '../../check/findings';
import { parseValue, writeInteger, writeScalar } from '../../scalars';
import { DriverError, PlanMismatch, result, type Driver } from './driver';
import type { DeviceMemory } from './memory';

export interface Parameters {
  /** Address of the array of pointers to the values. */
  readonly pointers: bigint;
  readonly free: () => void;
}

const pointerBytes = 8;

export function encodeParameters(
  driver: Driver,
  kernel: bigint,
  planned: readonly PlannedArgument[],
  memory: DeviceMemory,
): Parameters {
  const sizes = planned.map((argument, index) => sizeOfParameter(driver, kernel, argument, index));
  // Each value at a multiple of 256, which aligns any type; the pointers come first.
  const table = align(pointerBytes * Math.max(planned.length, 1));
  const offsets: number[] = [];
  let total = table;
  for (const size of sizes) {
    offsets.push(total);
    total += align(size);
  }
  const base = driver.koffi.alloc('uint8_t', total);
  const native = driver.koffi.view(base, total);
  new Uint8Array(native).fill(0);
  const view = new DataView(native);
  planned.forEach((argument, index) => {
    const offset = offsets[index] ?? 0;
    view.setBigUint64(pointerBytes * index, base + BigInt(offset), true);
    writeArgument(view, offset, sizes[index] ?? 0, argument, addressesOf(memory, index), driver, memory);
  });
  return { pointers: base, free: () => driver.koffi.free(base) };
}

/** Addresses of an argument's memory by member or pointer; of a plain buffer, 0 → its address. */
function addressesOf({ buffers }: DeviceMemory, argument: number): Map<number, bigint> {
  const addresses = new Map<number, bigint>();
  for (const { planned, address } of buffers) {
    const { place } = planned;
    if (place.kind === 'global' || place.argument !== argument) continue;
    addresses.set(place.kind === 'pointer' ? place.pointer : place.kind === 'member' ? place.member : 0, address);
  }
  return addresses;
}

function writeArgument(
  view: DataView,
  offset: number,
  size: number,
  argument: PlannedArgument,
  addresses: ReadonlyMap<number, bigint>,
  driver: Driver,
  memory: DeviceMemory,
): void {
  switch (argument.kind) {
    case 'buffer':
      view.setBigUint64(
        offset,
        (addresses.get(0) ?? 0n) + BigInt((argument.offset ?? 0) * argument.element.bytes),
        true,
      );
      return;
    case 'pointers': {
      const table = Buffer.alloc(pointerBytes * argument.pointers);
      for (const [index, address] of addresses) table.writeBigUInt64LE(address, pointerBytes * index);
      const tableAddress = memory.allocate(table.length);
      if (table.length > 0) driver.call('cuMemcpyHtoD', tableAddress, table, table.length);
      view.setBigUint64(offset, tableAddress, true);
      return;
    }
    case 'struct':
      argument.members.forEach(({ offset: within, value }, member) => {
        if (value.kind === 'buffer') view.setBigUint64(offset + within, addresses.get(member) ?? 0n, true);
        else writeScalar(view, offset + within, value.scalar, parseValue(value.value));
      });
      return;
    case 'scalar': {
      const value = parseValue(argument.value);
      const isInteger = /^([iu]\d+|bool)$/.test(argument.scalar);
      // A typedef may be wider than the plan could know: the compiled kernel's own size is the truth.
      if (isInteger && size !== scalarBytes[argument.scalar] && [1, 2, 4, 8].includes(size)) {
        writeInteger(view, offset, size, value);
      } else if (argument.scalar === 'f32' && size === 8) {
        writeScalar(view, offset, 'f64', value);
      } else {
        writeScalar(view, offset, argument.scalar, value);
      }
      return;
    }
    case 'opaque':
  }
}

function sizeOfParameter(driver: Driver, kernel: bigint, argument: PlannedArgument, index: number): number {
  if (driver.cuFuncGetParamInfo !== undefined) {
    const offset = Buffer.alloc(8);
    const size = Buffer.alloc(8);
    const code = driver.cuFuncGetParamInfo(kernel, index, offset, size);
    if (code !== result.success) {
      throw driver.error(
        code,
        'cuFuncGetParamInfo',
        l10n.t('The compiled kernel has no parameter {0} ({1}).', index + 1, argument.name),
      );
    }
    const actual = Number(size.readBigUInt64LE());
    if (argument.kind === 'struct' && argument.bytes !== actual) {
      throw new PlanMismatch(sizeMismatch({ name: argument.name, planned: argument.bytes, actual }));
    }
    return actual;
  }
  switch (argument.kind) {
    case 'buffer':
    case 'pointers':
      return pointerBytes;
    case 'scalar':
      return scalarBytes[argument.scalar];
    case 'struct':
      return argument.bytes;
    case 'opaque':
      throw new DriverError(
        801,
        'cuFuncGetParamInfo',
        'CUDA_ERROR_NOT_SUPPORTED',
        l10n.t(
          'The size of parameter {0} ({1}) can only be read with a driver for CUDA 12.4 or newer.',
          argument.name,
          argument.type,
        ),
      );
  }
}

function align(size: number): number {
  return Math.ceil(Math.max(size, 1) / 256) * 256;
}
