/** A kernel's arguments in native memory, as cuLaunchKernel reads them. */
import { scalarBytes, type BufferArgument, type PlannedArgument } from '../../../../../protocol/src/plan';
import { DriverError, result, type Driver } from './driver';
import type { DeviceBuffer } from './memory';
import { parseValue, writeInteger, writeScalar } from '../../scalars';

export interface Parameters {
  /** Address of the array of pointers to the values. */
  readonly pointers: bigint;
  free(): void;
}

export function encodeParameters(
  driver: Driver,
  kernel: bigint,
  planned: readonly PlannedArgument[],
  buffers: ReadonlyMap<BufferArgument, DeviceBuffer>,
): Parameters {
  const sizes = planned.map((argument, index) => sizeOfParameter(driver, kernel, argument, index));
  // Each value at a multiple of 256, which aligns any type; the pointers come first.
  const table = align(8 * Math.max(planned.length, 1));
  const offsets: number[] = [];
  let total = table;
  for (const size of sizes) {
    offsets.push(total);
    total += align(size);
  }
  const base = driver.koffi.alloc('uint8_t', total);
  const memory = driver.koffi.view(base, total);
  new Uint8Array(memory).fill(0);
  const view = new DataView(memory);
  planned.forEach((argument, index) => {
    const offset = offsets[index] ?? 0;
    view.setBigUint64(8 * index, base + BigInt(offset), true);
    writeArgument(view, offset, sizes[index] ?? 0, argument, buffers);
  });
  return { pointers: base, free: () => driver.koffi.free(base) };
}

function writeArgument(
  view: DataView,
  offset: number,
  size: number,
  argument: PlannedArgument,
  buffers: ReadonlyMap<BufferArgument, DeviceBuffer>,
): void {
  if (argument.kind === 'buffer') {
    view.setBigUint64(offset, buffers.get(argument)?.address ?? 0n, true);
  } else if (argument.kind === 'scalar') {
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
  }
}

function sizeOfParameter(driver: Driver, kernel: bigint, argument: PlannedArgument, index: number): number {
  if (driver.cuFuncGetParamInfo !== undefined) {
    const offset = Buffer.alloc(8);
    const size = Buffer.alloc(8);
    const code = driver.cuFuncGetParamInfo(kernel, index, offset, size);
    if (code === result.success) return Number(size.readBigUInt64LE());
    throw driver.error(
      code,
      'cuFuncGetParamInfo',
      `The compiled kernel has no parameter ${index + 1} (${argument.name}).`,
    );
  }
  if (argument.kind === 'buffer') return 8;
  if (argument.kind === 'scalar') return scalarBytes[argument.scalar];
  throw new DriverError(
    801,
    'cuFuncGetParamInfo',
    'CUDA_ERROR_NOT_SUPPORTED',
    `The size of parameter ${argument.name} (${argument.type}) can only be read with a driver for CUDA 12.4 or newer.`,
  );
}

function align(size: number): number {
  return Math.ceil(Math.max(size, 1) / 256) * 256;
}
