/** Numbers as the device lays them out in memory. Pure. */
import { scalarBytes, type Fill, type ScalarType } from '../../../../../protocol/src/plan';

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

/** `count` scalars starting at the given index of a buffer. Random numbers depend on the index and the seed only. */
export function fillPattern(scalar: ScalarType, fill: Fill, start: number, count: number, seed: number): Uint8Array {
  const bytes = scalarBytes[scalar];
  const data = new Uint8Array(count * bytes);
  if (fill === 'zeros') return data;
  const view = new DataView(data.buffer);
  const isFloating = floating.has(scalar);
  for (let index = 0; index < count; index++) {
    let value: number;
    if (fill === 'ones') value = 1;
    else if (fill === 'ramp') value = start + index;
    else {
      const unit = hash(start + index, seed) / 2 ** 32;
      value = isFloating ? unit : scalar === 'bool' ? Math.round(unit) : Math.floor(unit * 100);
    }
    if (scalar === 'f32') view.setFloat32(index * 4, value, true);
    else if (scalar === 'i32') view.setInt32(index * 4, value, true);
    else writeScalar(view, index * bytes, scalar, value);
  }
  return data;
}

/** A 32-bit mix of the index (the finalizer of MurmurHash3). */
function hash(index: number, seed: number): number {
  let h = (index ^ Math.imul(seed + 1, 0x9e3779b9)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const words = new DataView(new ArrayBuffer(4));

function floatBits(value: number): number {
  words.setFloat32(0, value);
  return words.getUint32(0);
}

/** Round to nearest even, as __float2bfloat16 does. */
function bfloatBits(value: number): number {
  const bits = floatBits(value);
  if (Number.isNaN(value)) return 0x7fff;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
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
