/** Numbers as the device lays them out in memory. Pure. */
import { scalarBytes, type ElementType, type Fill, type ScalarType } from '../../../protocol/src/plan';

const floating: ReadonlySet<ScalarType> = new Set<ScalarType>(['f16', 'bf16', 'f32', 'f64']);

/** Writes one number at `offset`; integers wrap as a C conversion would. */
export function writeScalar(view: DataView, offset: number, scalar: ScalarType, value: number | bigint): void {
  switch (scalar) {
    case 'bool':
      return view.setUint8(offset, Number(value) === 0 ? 0 : 1);
    case 'f16':
      return view.setUint16(offset, halfBits(Number(value)), true);
    case 'bf16':
      return view.setUint16(offset, bfloatBits(Number(value)), true);
    case 'f32':
      return view.setFloat32(offset, Number(value), true);
    case 'f64':
      return view.setFloat64(offset, Number(value), true);
    default:
      writeInteger(view, offset, scalarBytes[scalar], value);
  }
}

/** An integer of 1, 2, 4 or 8 bytes. */
export function writeInteger(view: DataView, offset: number, bytes: number, value: number | bigint): void {
  const whole = typeof value === 'bigint' ? value : BigInt(Math.trunc(Number.isFinite(value) ? value : 0));
  const bits = BigInt.asUintN(8 * bytes, whole);
  if (bytes === 8) view.setBigUint64(offset, bits, true);
  else if (bytes === 4) view.setUint32(offset, Number(bits), true);
  else if (bytes === 2) view.setUint16(offset, Number(bits), true);
  else view.setUint8(offset, Number(bits));
}

/** A plan's decimal text as a number; exact for integers of any size. */
export function parseValue(text: string): number | bigint {
  const trimmed = text.trim();
  if (/^[-+]?\d+$/.test(trimmed)) return BigInt(trimmed);
  if (trimmed === 'true') return 1n;
  if (trimmed === 'false') return 0n;
  const number = Number(trimmed);
  return Number.isNaN(number) ? 0 : number;
}

/** Random contents repeat after so many scalars, so that buffers of any size are filled by copying. */
export const randomPeriod = 2 ** 20;

/** `count` scalars starting at index `start` of the plan's buffer number `seed`, as `Fill` defines them. */
export function fillPattern(scalar: ScalarType, fill: Fill, start: number, count: number, seed: number): Uint8Array {
  const bytes = scalarBytes[scalar];
  const data = new Uint8Array(count * bytes);
  const view = new DataView(data.buffer);
  const write = writerOf(scalar, view);
  const value = valueOf(scalar, fill, seed);
  for (let index = 0; index < count; index++) write(index * bytes, value(start + index));
  // What rounds up to the end of the range is no longer inside of it.
  if (fill.kind === 'random' && floating.has(scalar) && fill.high > fill.low) {
    for (let index = 0; index < count; index++) {
      if (readScalar(view, index * bytes, scalar) >= fill.high) write(index * bytes, fill.low);
    }
  }
  return data;
}

/** Whether no scalar of the contents is NaN or infinite. */
export function fillsFinite(
  { element: { scalar }, bytes, fill }: { readonly element: ElementType; readonly bytes: number; readonly fill: Fill },
  seed: number,
): boolean {
  const count = Math.floor(bytes / scalarBytes[scalar]);
  if (!floating.has(scalar) || count === 0) return true;
  const isFinite = (part: Fill, index: number) => {
    const pattern = fillPattern(scalar, part, index, 1, seed);
    return Number.isFinite(readScalar(new DataView(pattern.buffer), 0, scalar));
  };
  if (fill.kind !== 'random') return isFinite(fill, count - 1);
  return [fill.low, fill.high].every((value) => isFinite({ kind: 'constant', value }, 0));
}

/** The two types that most buffers have take the short way. */
function writerOf(scalar: ScalarType, view: DataView): (offset: number, value: number) => void {
  if (scalar === 'f32') return (offset, value) => view.setFloat32(offset, value, true);
  if (scalar === 'i32') return (offset, value) => view.setInt32(offset, value, true);
  return (offset, value) => writeScalar(view, offset, scalar, value);
}

function valueOf(scalar: ScalarType, fill: Fill, seed: number): (index: number) => number {
  switch (fill.kind) {
    case 'constant':
      return () => fill.value;
    case 'ramp':
      return scalar === 'bool' ? (index) => index % 2 : (index) => index;
    case 'random': {
      const unit = (index: number) => hash(index % randomPeriod, seed) / 2 ** 32;
      if (scalar === 'bool') return (index) => (unit(index) >= 0.5 ? 1 : 0);
      if (floating.has(scalar)) return (index) => fill.low + unit(index) * (fill.high - fill.low);
      const low = Math.ceil(fill.low);
      const range = Math.max(1, Math.ceil(fill.high) - low);
      return (index) => low + Math.floor(unit(index) * range);
    }
  }
}

/** A 32-bit mix of the index (the finalizer of MurmurHash3). */
function hash(index: number, seed: number): number {
  let h = (index ^ Math.imul(seed + 1, 0x9e3779b9)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Reads what `writeScalar` writes; integers of eight bytes lose what a double cannot hold. */
export function readScalar(view: DataView, offset: number, scalar: ScalarType): number {
  switch (scalar) {
    case 'bool':
    case 'u8':
      return view.getUint8(offset);
    case 'i8':
      return view.getInt8(offset);
    case 'i16':
      return view.getInt16(offset, true);
    case 'u16':
      return view.getUint16(offset, true);
    case 'i32':
      return view.getInt32(offset, true);
    case 'u32':
      return view.getUint32(offset, true);
    case 'i64':
      return Number(view.getBigInt64(offset, true));
    case 'u64':
      return Number(view.getBigUint64(offset, true));
    case 'f32':
      return view.getFloat32(offset, true);
    case 'f64':
      return view.getFloat64(offset, true);
    case 'bf16':
      return floatValue((view.getUint16(offset, true) << 16) >>> 0);
    case 'f16':
      return halfValue(view.getUint16(offset, true));
  }
}

const words = new DataView(new ArrayBuffer(4));

function floatBits(value: number): number {
  words.setFloat32(0, value);
  return words.getUint32(0);
}

/** The nearest bfloat16, ties to even. */
function bfloatBits(value: number): number {
  if (Number.isNaN(value)) return 0x7fff;
  const bits = floatBits(value);
  // A double between two floats must not be rounded twice: its float is moved off the middle, where it is on it.
  const inexact = (bits & 0xffff) === 0x8000 ? Math.sign(Math.abs(value) - Math.abs(floatValue(bits))) : 0;
  return ((bits + inexact + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

function floatValue(bits: number): number {
  words.setUint32(0, bits);
  return words.getFloat32(0);
}

function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN;
  return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

/** Round to nearest even, as __float2half does; subnormals included. */
export function halfBits(value: number): number {
  if (Number.isNaN(value)) return 0x7fff;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | roundEven(size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  const exact = size >= 2 ** (exponent + 1) ? exponent + 1 : size < 2 ** exponent ? exponent - 1 : exponent;
  // A mantissa that rounds up to 2048 carries into the exponent by itself.
  return sign | (((exact + 14) << 10) + roundEven(size * 2 ** (10 - exact)));
}

function roundEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
