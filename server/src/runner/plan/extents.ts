/** How much data the planned scalars span. Pure. */
import type { Dim3 } from '../../../../protocol/src';
import { isExtent } from './scalars';
import { axesOf } from './shape';
import type { Situation } from './situation';

/** Values of the integer parameters, and members of structures, that count elements. */
export function extentsOf({ kernel, structs, numbers, body }: Situation): number[] {
  const own = kernel.parameters.filter(({ type }) => type.pointers === 0).map(({ name }) => name);
  const members = [...structs].flatMap(([{ name }, { scalars }]) => scalars.map(({ path }) => `${name}.${path}`));
  return [...own, ...members].flatMap((name) => {
    const value = numbers.get(name);
    const counts = value !== undefined && value.float !== true;
    return counts && isExtent(name, body.text) ? [value.hi] : [];
  });
}

/** The product of the extents that span the data: one an axis, two where there are several. */
export function productOf(situation: Situation): number {
  const extents = extentsOf(situation).sort((a, b) => b - a);
  const axes = axesOf(situation.kernel).length;
  if (extents.length === 1) return (extents[0] ?? 1) ** Math.max(axes, 1);
  return extents.slice(0, Math.max(axes, 2)).reduce((all, extent) => all * extent, 1);
}

/** Of a tensor with every extent: batch, time and channels. */
export function largestOf(situation: Situation): number {
  return extentsOf(situation).reduce((all, extent) => all * extent, 1);
}

/** Elements of a buffer whose indices do not show: one for each thread at least. */
export function fallbackOf(situation: Situation, grid: Dim3, block: Dim3): number {
  const threads = grid[0] * grid[1] * grid[2] * block[0] * block[1] * block[2];
  return Math.min(Math.max(productOf(situation), threads, 1024), 2 ** 30);
}
