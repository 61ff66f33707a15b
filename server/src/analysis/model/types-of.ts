/** Sizes and kinds of C types, as far as one file tells. */
import type { DeclaredType, StructFacts } from './facts';
import type { NumberType } from './numbers';

const numberTypes: Record<string, NumberType> = {
  bool: 'bool',
  char: 'i8',
  'signed char': 'i8',
  'unsigned char': 'u8',
  uchar: 'u8',
  short: 'i16',
  'unsigned short': 'u16',
  ushort: 'u16',
  int: 'i32',
  unsigned: 'u32',
  'unsigned int': 'u32',
  uint: 'u32',
  long: 'i64',
  'unsigned long': 'u64',
  ulong: 'u64',
  'long long': 'i64',
  'unsigned long long': 'u64',
  size_t: 'u64',
  ssize_t: 'i64',
  ptrdiff_t: 'i64',
  float: 'f32',
  double: 'f64',
  int8_t: 'i8',
  uint8_t: 'u8',
  int16_t: 'i16',
  uint16_t: 'u16',
  int32_t: 'i32',
  uint32_t: 'u32',
  int64_t: 'i64',
  uint64_t: 'u64',
};

const otherSizes: Record<string, number> = {
  half: 2,
  __half: 2,
  __nv_bfloat16: 2,
  nv_bfloat16: 2,
  __half2: 4,
  half2: 4,
  __nv_bfloat162: 4,
  nv_bfloat162: 4,
  dim3: 12,
  cufftReal: 4,
  cufftDoubleReal: 8,
  cufftComplex: 8,
  cuFloatComplex: 8,
  cuComplex: 8,
  cufftDoubleComplex: 16,
  cuDoubleComplex: 16,
  __nv_fp8_e4m3: 1,
  __nv_fp8_e5m2: 1,
};

const lanes: Record<string, number> = { char: 1, short: 2, int: 4, long: 8, longlong: 8, float: 4, double: 8 };

/** One spelling for each type: `long unsigned int` is `unsigned long`. */
export function normalizeType(text: string): string {
  const words = text
    .replace(/\b(const|volatile|struct|typename|static|constexpr|std::)\b|std::/g, ' ')
    .trim()
    .split(/\s+/);
  if (!words.every((word) => /^(unsigned|signed|int|long|short|char)$/.test(word))) return words.join(' ');
  const unsigned = words.includes('unsigned');
  const long = words.filter((word) => word === 'long').length;
  const size = words.includes('char')
    ? 'char'
    : words.includes('short')
      ? 'short'
      : ['int', 'long', 'long long'][Math.min(long, 2)]!;
  if (size === 'char' && words.includes('signed')) return 'signed char';
  return unsigned ? `unsigned ${size}` : size;
}

export class TypeSizes {
  constructor(
    private readonly typedefs: ReadonlyMap<string, DeclaredType | null>,
    private readonly structs: ReadonlyMap<string, StructFacts | null>,
    private readonly extent: (text: string) => number | undefined,
  ) {}

  isType(name: string): boolean {
    return this.typedefs.has(name) || this.structs.has(name);
  }

  /** The type behind typedefs: base, and the pointers they add. */
  resolve(base: string, depth = 0): { base: string; pointers: number } {
    const normal = normalizeType(base);
    const known = this.typedefs.get(normal);
    if (!known || depth > 8 || known.base === normal || known.arrays > 0) return { base: normal, pointers: 0 };
    const inner = this.resolve(known.base, depth + 1);
    return { base: inner.base, pointers: inner.pointers + known.pointers };
  }

  number(base: string): NumberType | undefined {
    const type = this.resolve(base);
    return type.pointers === 0 ? numberTypes[type.base] : undefined;
  }

  /** Bytes of a value of `base` behind `pointers` stars. */
  size(base: string, pointers = 0): number | undefined {
    return this.layout(base, pointers, 0)?.size;
  }

  private layout(base: string, pointers: number, depth: number): { size: number; align: number } | undefined {
    const type = this.resolve(base);
    if (pointers + type.pointers > 0) return { size: 8, align: 8 };
    const number = numberTypes[type.base];
    if (number) {
      const size = number === 'bool' ? 1 : Number(number.slice(1)) / 8;
      return { size, align: size };
    }
    const other = otherSizes[type.base];
    if (other !== undefined) return { size: other, align: type.base === 'dim3' ? 4 : other };
    const complex = /^(?:thrust::|cuda::)?complex ?< ?(float|double) ?>$/.exec(type.base);
    if (complex) return complex[1] === 'float' ? { size: 8, align: 4 } : { size: 16, align: 8 };
    const vector = /^u?(char|short|int|long|longlong|float|double)([1-4])$/.exec(type.base);
    if (vector) {
      const lane = lanes[vector[1]!]!;
      const count = Number(vector[2]);
      return { size: lane * count, align: count === 3 ? lane : Math.min(lane * count, 16) };
    }
    return this.structLayout(type.base, depth);
  }

  private structLayout(name: string, depth: number): { size: number; align: number } | undefined {
    return this.placedFields(name, depth);
  }

  /** The fields of a structure at their offsets, or nothing where its layout is not known. */
  fields(name: string): { readonly size: number; readonly fields: readonly PlacedField[] } | undefined {
    return this.placedFields(normalizeType(name), 0);
  }

  private placedFields(
    name: string,
    depth: number,
  ): { size: number; align: number; fields: readonly PlacedField[] } | undefined {
    const struct = this.structs.get(name);
    if (!struct || struct.opaque || depth > 8) return undefined;
    const fields: PlacedField[] = [];
    let size = 0;
    let align = 1;
    for (const { name: field, type } of struct.fields) {
      const layout = this.layout(type.base, type.pointers + (type.reference ? 1 : 0), depth + 1);
      if (!layout || type.arrays !== type.extents.length) return undefined;
      let count = 1;
      for (const extent of type.extents) {
        const value = this.extent(extent.text);
        if (value === undefined) return undefined;
        count *= value;
      }
      const offset = Math.ceil(size / layout.align) * layout.align;
      fields.push({ name: field, offset, type });
      size = offset + layout.size * count;
      align = Math.max(align, layout.align);
    }
    return { size: Math.max(1, Math.ceil(size / align) * align), align, fields };
  }
}

export interface PlacedField {
  readonly name: string;
  /** Bytes from the structure's start. */
  readonly offset: number;
  readonly type: DeclaredType;
}
