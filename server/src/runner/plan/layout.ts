/** How structures lie in memory: members at their offsets, elements of buffers. Pure. */
import * as l10n from '@vscode/l10n';
import { scalarBytes, type ElementType, type ScalarType } from '../../../../protocol/src';
import type { FileModel } from '../../analysis/model/types';
import type { DeclaredType } from '../../analysis/model/facts';
import { compiledEvaluator, sizeOf } from './compiled';
import { elementOf, scalarOf } from './elements';

/** A member at the end of its path, `n`, `size.x`, `sizes[2]`. */
export type Leaf = {
  readonly path: string;
  readonly offset: number;
  /** Of an element: the path of the array. */
  readonly array?: string;
} & (
  | { readonly kind: 'scalar'; readonly scalar: ScalarType; readonly type: string }
  | { readonly kind: 'pointer'; readonly base: string; readonly type: string; readonly constant: boolean }
);

export interface StructLayout {
  readonly bytes: number;
  readonly leaves: readonly Leaf[];
  /** The direct members in the order of an initializer list. */
  readonly order: readonly string[];
  /** Some member is an array. */
  readonly arrays: boolean;
  /** Members that have no leaf, and why. */
  readonly zero: readonly { readonly path: string; readonly why: string }[];
}

const lanes = ['x', 'y', 'z', 'w'];
const mostLeaves = 256;

/** Where the members of a class lie; undefined where the file does not tell. */
export function layoutOf(model: FileModel, base: string): StructLayout | undefined {
  const vector = scalarOf(base) === undefined ? elementOf(base) : undefined;
  if (vector !== undefined && base !== 'void') {
    const size = scalarBytes[vector.scalar];
    return {
      bytes: vector.bytes,
      leaves: lanes.slice(0, vector.lanes).map((path, index) => ({
        kind: 'scalar',
        path,
        offset: index * size,
        scalar: vector.scalar,
        type: vector.scalar,
      })),
      order: lanes.slice(0, vector.lanes),
      arrays: false,
      zero: [],
    };
  }
  const types = compiledEvaluator(model)?.types;
  const own = types?.fields(types.resolve(base).base);
  if (types === undefined || own === undefined) return undefined;
  const leaves: Leaf[] = [];
  const zero: { path: string; why: string }[] = [];
  let arrays = false;
  for (const { name, offset, type } of own.fields) {
    if (type.reference) {
      zero.push({ path: name, why: l10n.t('a reference is bound by the program') });
      continue;
    }
    const element = elementLayout(model, type);
    if (element === undefined) return undefined;
    arrays ||= type.arrays > 0 || element.arrays;
    const paths = type.arrays === 0 ? [''] : indicesOf(model, type);
    if (paths === undefined || leaves.length + paths.length * element.leaves.length > mostLeaves) {
      arrays = true;
      zero.push({ path: name, why: l10n.t('an array of more elements than are set one by one') });
      continue;
    }
    zero.push(...element.zero.map(({ path, why }) => ({ path: joined(name, path), why })));
    for (const [number, index] of paths.entries()) {
      for (const leaf of element.leaves) {
        leaves.push({
          ...leaf,
          path: joined(name + index, leaf.path),
          offset: offset + number * element.bytes + leaf.offset,
          ...(index === '' && leaf.array === undefined ? {} : { array: joined(name, leaf.array ?? leaf.path) }),
        });
      }
    }
  }
  return { bytes: own.size, leaves, order: own.fields.map(({ name }) => name), arrays, zero };
}

function joined(name: string, path: string): string {
  return path === '' ? name : `${name}.${path}`;
}

/** One element of a member: a scalar, a pointer, or a structure of its own. */
function elementLayout(
  model: FileModel,
  type: DeclaredType,
): Pick<StructLayout, 'bytes' | 'leaves' | 'arrays' | 'zero'> | undefined {
  const resolved = compiledEvaluator(model)?.types.resolve(type.base);
  if (resolved === undefined) return undefined;
  const pointers = type.pointers + resolved.pointers;
  const words = `${type.const ? 'const ' : ''}${type.base}${'*'.repeat(type.pointers)}`;
  const own = { path: '', offset: 0 } as const;
  if (pointers > 1) {
    return { bytes: 8, leaves: [], arrays: true, zero: [{ path: '', why: l10n.t('it leads to pointers of its own') }] };
  }
  if (pointers === 1) {
    const leaf: Leaf = { ...own, kind: 'pointer', base: resolved.base, type: words, constant: type.const };
    return { bytes: 8, leaves: [leaf], arrays: false, zero: [] };
  }
  const scalar = scalarOf(resolved.base);
  if (scalar === undefined) return layoutOf(model, resolved.base);
  return {
    bytes: scalarBytes[scalar],
    leaves: [{ ...own, kind: 'scalar', scalar, type: words }],
    arrays: false,
    zero: [],
  };
}

/** `[0]`, `[1]`, `[0][1]` of an array; undefined where there are too many, or nobody knows how many. */
function indicesOf(model: FileModel, { extents, arrays }: DeclaredType): string[] | undefined {
  if (extents.length !== arrays) return undefined;
  let paths = [''];
  for (const { text } of extents) {
    const size = /^\d+$/.test(text.trim()) ? Number(text) : sizeOf(model, text);
    if (size === undefined || !(size * paths.length <= mostLeaves)) return undefined;
    paths = paths.flatMap((path) => Array.from({ length: size }, (_, index) => `${path}[${index}]`));
  }
  return paths;
}

/** A structure of scalars alone, as an element of a buffer. */
function flatStruct(
  model: FileModel,
  base: string,
): { readonly bytes: number; readonly scalars: readonly { readonly scalar: ScalarType }[] } | undefined {
  const layout = layoutOf(model, base);
  if (layout === undefined) return undefined;
  const plain = layout.leaves.filter(({ array }) => array === undefined);
  const scalars = plain.flatMap((leaf) => (leaf.kind === 'scalar' ? [leaf] : []));
  return scalars.length === plain.length ? { bytes: layout.bytes, scalars: layout.arrays ? [] : scalars } : undefined;
}

/** A structure of scalars of one type is that many lanes; of several types, it is bytes. */
export function elementFor(base: string, model: FileModel): ElementType | undefined {
  const known = elementOf(base);
  if (known !== undefined) return known;
  const flat = flatStruct(model, base);
  if (flat === undefined) return undefined;
  const [first] = flat.scalars;
  const same = first !== undefined && flat.scalars.every(({ scalar }) => scalar === first.scalar);
  if (same && flat.scalars.length * scalarBytes[first.scalar] === flat.bytes) {
    return { scalar: first.scalar, lanes: flat.scalars.length, bytes: flat.bytes };
  }
  return { scalar: 'u8', lanes: flat.bytes, bytes: flat.bytes };
}
