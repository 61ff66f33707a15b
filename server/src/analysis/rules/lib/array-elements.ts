/** How many elements an array has that a kernel uses. */
import type { Analysis } from '../../model/build';
import type { Variable } from '../../model/facts';
import { findAllocation } from '../../model/lookups';
import { Symbolic } from '../../model/symbolic';
import type { Access } from './accesses';
import { known, type LaunchView } from './common';

/** Elements behind the argument, from its allocation in this file. */
export function elementsOf(access: Access, { launch, kernel }: LaunchView, analysis: Analysis): bigint | undefined {
  if (access.parameter < 0) return extentOf(access.variable, analysis);
  const bytes = findAllocation(analysis.model, launch, access.parameter)?.bytes.value;
  const type = kernel?.parameters[access.parameter]?.type;
  const size = type && analysis.evaluator.types.size(type.base, type.pointers - 1);
  const total = bytes && known(bytes);
  return size === undefined || total === undefined ? undefined : total / BigInt(size);
}

/** Elements of an array of the file, where it has one dimension. */
function extentOf({ type }: Variable, { evaluator }: Analysis): bigint | undefined {
  const [extent] = type.extents;
  if (!extent || type.arrays !== 1) return undefined;
  return new Symbolic(evaluator).integer(evaluator.resolveText(extent.text, { at: extent, function: undefined }));
}
