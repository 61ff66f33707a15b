/** How structures lie in memory: members at their offsets, elements of buffers. Pure. */
import { scalarBytes, type ElementType, type ScalarType } from '../../../../protocol/src';
import type { FileModel } from '../../analysis/model/types';
import { compiledEvaluator } from './compiled';
import { elementOf, scalarOf } from './elements';

/** A member at the end of its path; arrays are left zero. */
export type Leaf = { readonly path: string; readonly offset: number } & (
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
    };
  }
  const types = compiledEvaluator(model)?.types;
  const own = types?.fields(types.resolve(base).base);
  if (types === undefined || own === undefined) return undefined;
  const leaves: Leaf[] = [];
  let arrays = false;
  for (const { name, offset, type } of own.fields) {
    const resolved = types.resolve(type.base);
    const pointers = type.pointers + resolved.pointers;
    const words = `${type.const ? 'const ' : ''}${type.base}${'*'.repeat(type.pointers)}`;
    if (type.arrays > 0 || type.reference || pointers > 1) {
      arrays = true;
      continue;
    }
    const at = { path: name, offset } as const;
    if (pointers === 1) {
      leaves.push({ ...at, kind: 'pointer', base: resolved.base, type: words, constant: type.const });
      continue;
    }
    const scalar = scalarOf(resolved.base);
    if (scalar !== undefined) {
      leaves.push({ ...at, kind: 'scalar', scalar, type: words });
      continue;
    }
    const inner = layoutOf(model, resolved.base);
    if (inner === undefined) return undefined;
    arrays ||= inner.arrays;
    for (const leaf of inner.leaves) {
      leaves.push({ ...leaf, path: `${name}.${leaf.path}`, offset: offset + leaf.offset });
    }
    if (leaves.length > mostLeaves) return undefined;
  }
  return { bytes: own.size, leaves, order: own.fields.map(({ name }) => name), arrays };
}

/** A structure of scalars alone, as an element of a buffer. */
function flatStruct(
  model: FileModel,
  base: string,
): { readonly bytes: number; readonly scalars: readonly { readonly scalar: ScalarType }[] } | undefined {
  const layout = layoutOf(model, base);
  if (layout === undefined) return undefined;
  const scalars = layout.leaves.flatMap((leaf) => (leaf.kind === 'scalar' ? [leaf] : []));
  return scalars.length === layout.leaves.length
    ? { bytes: layout.bytes, scalars: layout.arrays ? [] : scalars }
    : undefined;
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
