/** C++ type names → how the device lays their values out. Pure. */
import { scalarBytes, type ElementType, type ScalarType } from '../../../../protocol/src/plan';

const named: Readonly<Record<string, ScalarType>> = {
  bool: 'bool',
  char: 'i8',
  int8_t: 'i8',
  uint8_t: 'u8',
  uchar: 'u8',
  byte: 'u8',
  int16_t: 'i16',
  uint16_t: 'u16',
  ushort: 'u16',
  char16_t: 'u16',
  wchar_t: 'i32',
  int32_t: 'i32',
  uint32_t: 'u32',
  uint: 'u32',
  char32_t: 'u32',
  int64_t: 'i64',
  ptrdiff_t: 'i64',
  ssize_t: 'i64',
  intptr_t: 'i64',
  uint64_t: 'u64',
  size_t: 'u64',
  uintptr_t: 'u64',
  ulong: 'u64',
  half: 'f16',
  __half: 'f16',
  __nv_bfloat16: 'bf16',
  nv_bfloat16: 'bf16',
  float: 'f32',
  double: 'f64',
};

/** Vector and complex types by their own name: scalar, lanes and, where padding makes it differ, bytes. */
const vectors: Readonly<Record<string, readonly [ScalarType, number]>> = {
  half2: ['f16', 2],
  __half2: ['f16', 2],
  __nv_bfloat162: ['bf16', 2],
  nv_bfloat162: ['bf16', 2],
  cuComplex: ['f32', 2],
  cuFloatComplex: ['f32', 2],
  cufftComplex: ['f32', 2],
  cuDoubleComplex: ['f64', 2],
  cufftDoubleComplex: ['f64', 2],
  cufftReal: ['f32', 1],
  cufftDoubleReal: ['f64', 1],
  dim3: ['u32', 3],
};

const vectorBases: Readonly<Record<string, ScalarType>> = {
  char: 'i8',
  uchar: 'u8',
  short: 'i16',
  ushort: 'u16',
  int: 'i32',
  uint: 'u32',
  long: 'i64',
  ulong: 'u64',
  longlong: 'i64',
  ulonglong: 'u64',
  float: 'f32',
  double: 'f64',
};

/** A scalar type by any of its spellings; `long` has 64 bits, as everywhere but on Windows, where the runner asks the kernel. */
export function scalarOf(base: string): ScalarType | undefined {
  const name = plain(base);
  const known = named[name];
  if (known !== undefined) return known;
  const words = name.split(' ');
  if (!words.every((word) => /^(unsigned|signed|char|short|int|long)$/.test(word))) return undefined;
  const unsigned = words.includes('unsigned');
  if (words.includes('char')) return unsigned ? 'u8' : 'i8';
  if (words.includes('short')) return unsigned ? 'u16' : 'i16';
  if (words.includes('long')) return unsigned ? 'u64' : 'i64';
  return unsigned ? 'u32' : 'i32';
}

/** What a buffer of this type holds; undefined for a class the device's headers do not define. */
export function elementOf(base: string): ElementType | undefined {
  const scalar = scalarOf(base);
  if (scalar !== undefined) return element(scalar, 1);
  const name = plain(base);
  const vector = vectors[name];
  if (vector !== undefined) return element(vector[0], vector[1]);
  const sized = /^(u?(?:char|short|int|long|longlong)|float|double)([1-4])(?:_16a|_32a)?$/.exec(name);
  const lane = vectorBases[sized?.[1] ?? ''];
  if (sized !== null && lane !== undefined) return element(lane, Number(sized[2]));
  const complex = /^(?:cuda::std::|thrust::)?complex<\s*(float|double)\s*>$/.exec(name);
  if (complex !== null) return element(complex[1] === 'float' ? 'f32' : 'f64', 2);
  if (name === 'void') return element('u8', 1);
  return undefined;
}

function element(scalar: ScalarType, lanes: number): ElementType {
  return { scalar, lanes, bytes: scalarBytes[scalar] * lanes };
}

function plain(base: string): string {
  return base
    .replace(/\b(const|volatile|struct|typename|__restrict__|__restrict)\b/g, ' ')
    .replace(/(^|[^\w:])(?:::)?std::/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

export function isFloating(scalar: ScalarType): boolean {
  return scalar === 'f16' || scalar === 'bf16' || scalar === 'f32' || scalar === 'f64';
}
